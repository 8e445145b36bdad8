import type { Client, ServerHello } from "../client/mod.ts";
import { reactionTo } from "../protocol/errors.ts";
import { AccountView } from "./account_view.ts";
import { CHOSEN, INSTEAD, type PageCarriers } from "./carriers.ts";
import { ConnectionView } from "./connection_view.ts";
import { Controls } from "./controls.ts";
import { make, write } from "./dom.ts";
import { dateText } from "./format.ts";
import { InstrumentView } from "./instrument_view.ts";
import { Notices } from "./notices.ts";
import { abilities, modeText, type Send, type Session } from "./session.ts";

/** What a session's view is given beside the session. */
export interface SessionViewOptions {
  readonly carriers: PageCarriers;
  /** Where the server's other sessions are listed; undefined where it has no others. */
  readonly others?: string | undefined;
}

/** All of the page, once the session is known. */
export class SessionView {
  readonly elements: readonly HTMLElement[];
  readonly #session: Session;
  readonly #notices = new Notices();
  readonly #account: AccountView;
  readonly #connection: ConnectionView;
  readonly #grid = make("div", { class: "grid" });
  readonly #stops: (() => void)[] = [];
  #instrument: InstrumentView | undefined;
  #ended = false;

  constructor(client: Client, hello: ServerHello, { carriers, others }: SessionViewOptions) {
    const able = abilities(hello), can: Session["can"] = (kind, symbol) => !this.#ended && able(kind, symbol);
    this.#session = { client, hello, can, send: this.#sender(client) };
    this.#account = new AccountView(client, hello);
    const say = (text: string) =>
      this.#notices.tell("command", text === "" ? undefined : { text, bad: true, action: this.#dismiss });
    this.#connection = new ConnectionView(client, carriers, say);
    carriers.changed = () => this.#tellCarrier(carriers);
    this.#tellCarrier(carriers);
    document.body.classList.toggle("live", hello.live);
    document.title = `${hello.live ? "LIVE " : ""}${hello.session} – Lockstep`;
    const progress = make("progress", { "aria-label": "Rows of tape passed", max: 1, value: 0, hidden: true });
    this.elements = [this.#header(others), progress, this.#notices.element, this.#grid];
    this.#choose(0);
    this.#stops.push(
      client.listen("progress", "", ({ data: { rows, total } }) => {
        progress.hidden = total === 0;
        progress.value = total === 0 ? 0 : rows / total;
      }, { rateMax: 5 }),
      client.on("hello", () => this.#tellCarrier(carriers)),
      // Why a connection is lost is known a moment later than that it is.
      client.on("state", () => queueMicrotask(() => this.#watch())),
      client.on("drain", ({ reason }) => {
        this.#notices.tell("connection", { text: `The server tells that ${reason}.`, bad: true });
      }),
      client.on("lost", ({ channel, symbol, count }) => {
        const some = Number.isFinite(count) ? `${count} messages` : "Some messages";
        say(`${some} of ${channel} ${symbol} could not be had any more: there is a gap.`);
      }),
    );
  }

  /** Ends what it listens to. */
  close(): void {
    for (const stop of this.#stops) stop();
    this.#account.close();
    this.#connection.close();
    this.#instrument?.close();
  }

  get #dismiss(): readonly [string, () => void] {
    return ["Dismiss", () => this.#notices.tell("command")];
  }

  #sender(client: Client): Send {
    return async (command) => {
      try {
        const answer = await client.command(command);
        this.#notices.tell("command");
        return answer;
      } catch (error) {
        this.#notices.tell("command", { text: (error as Error).message, bad: true, action: this.#dismiss });
        return error as Error;
      }
    };
  }

  #header(others: string | undefined): HTMLElement {
    const { client, hello } = this.#session,
      controls = new Controls(this.#session),
      time = make("span", { class: "time" });
    this.#stops.push(client.listen("clock", "", ({ data }) => {
      write(time, `${dateText(data.time)} UTC, ${data.state}`);
      controls.show(data);
      this.#over(data.state);
    }, { rateMax: 20 }));
    // Two lines on a phone, of which the first stays in sight.
    return make("header", { class: "top" }, [
      make("div", { class: "title" }, [
        make("h1", { text: "Lockstep" }),
        make("span", {
          class: hello.live ? "mode live" : "mode",
          id: "mode",
          text: modeText(hello),
        }),
        make("span", { class: "session", text: hello.session }),
        ...(others ? [make("a", { href: others, text: "All sessions" })] : []),
      ]),
      make("div", { class: "tools" }, [
        time,
        make("span", { class: "spacer" }),
        this.#connection.element,
        ...this.#chooser(),
        controls.element,
      ]),
    ]);
  }

  /** A choice of instruments, where there are several. */
  #chooser(): HTMLElement[] {
    const { instruments } = this.#session.hello;
    if (instruments.length < 2) return [];
    const options = instruments.map(({ symbol, venue }, i) => make("option", { value: i, text: `${symbol} ${venue}` }));
    const change = () => this.#choose(Number(select.value));
    const select = make("select", { id: "instrument", "aria-label": "Instrument", on: { change } }, options);
    return [select];
  }

  #choose(at: number): void {
    this.#instrument?.close();
    const { figures, equity, alerts, signals } = this.#account;
    const instrument = this.#session.hello.instruments[at];
    if (instrument === undefined) {
      return this.#grid.replaceChildren(make("p", { class: "empty", text: "No instruments." }));
    }
    const view = this.#instrument = new InstrumentView(this.#session, instrument);
    if (this.#ended) view.end();
    const column = (name: string, ...parts: { readonly element: HTMLElement }[]) =>
      make("div", { class: `column ${name}` }, parts.map(({ element }) => element));
    this.#grid.replaceChildren(
      column("left", view.ladder, view.position),
      column("middle", { element: figures.element }, view.price, equity, signals, view.orders, view.fills),
      column("side", view.ticket, alerts, view.trades),
    );
  }

  #over(state: string): void {
    if (!this.#ended && (state === "ended" || state === "failed")) {
      this.#ended = true;
      this.#instrument?.end();
    }
    const text = state === "ended"
      ? "The session has ended: this is how it stands at its end."
      : state === "failed"
      ? "The session failed: what it printed says why."
      : "";
    this.#notices.tell("session", text === "" ? undefined : { text, bad: state === "failed" });
  }

  /** Says why the page is not on the carrier that was chosen. */
  #tellCarrier(carriers: PageCarriers): void {
    const { away } = carriers, { carrier } = this.#session.client, here = INSTEAD[carrier] ?? CHOSEN[carrier];
    if (away === undefined) {
      const text = `No WebSocket can be opened from here, so the page goes over HTTP: by ${here}.`;
      return this.#notices.tell("carrier", carrier in INSTEAD ? { text, bad: false } : undefined);
    }
    const what = away === "poor" ? "does badly" : "is lost", stay = () => void carriers.choose("websocket");
    const text = `The data channel ${what}, so the page goes over ${here} until one does well again.`;
    this.#notices.tell("carrier", { text, bad: false, action: ["Stay here", stay] });
  }

  /** Says when what is shown is no longer so. */
  #watch(): void {
    const { client } = this.#session, { state, error } = client;
    document.body.classList.toggle("stale", state !== "connected");
    if (state === "connected") return this.#notices.tell("connection");
    if (state !== "error") {
      const text = "The connection is lost, and what you see is as it was. The page reconnects by itself …";
      return this.#notices.tell("connection", { text, bad: true, action: ["Try now", () => client.reconnect()] });
    }
    const old = error !== undefined && reactionTo(error.data.code) === "authenticate";
    const text = old
      ? "The server does not take this page's token any more: open the address that it printed when it started."
      : `The connection is lost, and what you see is as it was. ${error?.message ?? ""}`;
    this.#notices.tell("connection", { text, bad: true, action: ["Reconnect", () => client.reconnect()] });
  }
}
