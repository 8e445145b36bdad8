import type { Client, Dial, StatusElement } from "../client/mod.ts";
import { button, make } from "./dom.ts";

/** A carrier that the page can go over, by its name in links. */
export interface CarrierChoice {
  readonly carrier: string;
  readonly title: string;
  readonly dial: Dial;
}

/** How the connection fares, a card with all of that, and the switch between carriers. */
export class ConnectionView {
  readonly element: HTMLElement;
  readonly #client: Client;
  readonly #choices: readonly CarrierChoice[];
  readonly #select: HTMLSelectElement;
  readonly #failed: (why: string) => void;
  readonly #stops: (() => void)[];

  /** `failed` hears why another carrier cannot be had; an empty text once one was. */
  constructor(client: Client, choices: readonly CarrierChoice[], failed: (why: string) => void) {
    this.#client = client;
    this.#choices = choices;
    this.#failed = failed;
    this.#select = make(
      "select",
      { id: "carrier", "aria-label": "Carrier", on: { change: () => void this.#move() } },
      choices.map(({ carrier, title }) => make("option", { value: carrier, text: title })),
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
    if (this.#choices.some((choice) => choice.carrier === carrier)) this.#select.value = carrier;
  }

  async #move(): Promise<void> {
    const choice = this.#choices.find(({ carrier }) => carrier === this.#select.value);
    if (!choice || choice.carrier === this.#client.carrier) return;
    this.#select.disabled = true;
    try {
      await this.#client.move(choice.dial);
      this.#failed("");
    } catch (error) {
      this.#failed(`The ${choice.title} cannot be had, so the page stays where it is. ${(error as Error).message}`);
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
