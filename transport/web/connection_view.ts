import type { Client, StatusElement } from "../client/mod.ts";
import { CHOSEN, INSTEAD, type PageCarriers } from "./carriers.ts";
import { button, make } from "./dom.ts";

/** How the connection fares, a card with all of that, and the switch between carriers. */
export class ConnectionView {
  readonly element: HTMLElement;
  readonly #client: Client;
  readonly #carriers: PageCarriers;
  readonly #select: HTMLSelectElement;
  readonly #failed: (why: string) => void;
  readonly #stops: (() => void)[];

  /** `failed` hears why another carrier cannot be had; an empty text once one was. */
  constructor(client: Client, carriers: PageCarriers, failed: (why: string) => void) {
    this.#client = client;
    this.#carriers = carriers;
    this.#failed = failed;
    this.#select = make(
      "select",
      { id: "carrier", "aria-label": "Carrier", on: { change: () => void this.#move() } },
      Object.entries(CHOSEN).map(([carrier, title]) => make("option", { value: carrier, text: title })),
    );
    const compact = statusOf(client, "compact"),
      card = make("div", { class: "card", id: "card", hidden: true }, [statusOf(client, "card")]);
    const show = (open: boolean) => {
      card.hidden = !open;
      details.ariaExpanded = `${open}`;
    };
    const details = button("Details", () => show(card.hidden !== false), {
      id: "details",
      "aria-expanded": "false",
      "aria-controls": "card",
      "aria-label": "Details of the connection",
    });
    compact.addEventListener("click", () => show(card.hidden !== false));
    this.element = make("div", { class: "connection" }, [compact, details, this.#select, card]);
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || card.hidden) return;
      show(false);
      details.focus();
    });
    const sync = () => this.#sync();
    this.#stops = [client.on("state", sync), client.on("hello", sync)];
    sync();
  }

  /** Ends what it listens to. */
  close(): void {
    for (const stop of this.#stops) stop();
  }

  #sync(): void {
    const { carrier } = this.#client;
    if (carrier === "") return;
    // What nobody can choose is listed while it is so.
    for (const option of [...this.#select.options]) if (option.value in INSTEAD) option.remove();
    if (carrier in INSTEAD) this.#select.append(make("option", { value: carrier, text: INSTEAD[carrier] }));
    this.#select.value = carrier;
  }

  async #move(): Promise<void> {
    const { value } = this.#select;
    if (value === this.#client.carrier) return;
    this.#select.disabled = true;
    try {
      await this.#carriers.choose(value);
      // Perhaps one can be opened by now.
      if (this.#client.carrier in INSTEAD) this.#client.reconnect();
      this.#failed("");
    } catch (error) {
      const why = (error as Error).message;
      this.#failed(`The ${CHOSEN[value]} cannot be had, so the page stays where it is. ${why}`);
    } finally {
      this.#select.disabled = false;
      this.#sync();
    }
  }
}

function statusOf(client: Client, view: "compact" | "card"): StatusElement {
  const status = document.createElement("lockstep-status") as StatusElement;
  status.setAttribute("view", view);
  status.client = client;
  return status;
}
