import { type Fields, object, text, textOr } from "../json_fields.ts";
import type { LiveTools } from "../live_tools.ts";
import { OrderLink } from "../order_link.ts";
import type { SignedRest } from "./signed_rest.ts";

/** Hears reports, and that some may be missing. */
export interface ReportListener {
  report(event: Fields, at: bigint): void;
  missed(reason: string): void;
}

const PATH = "/fapi/v1/listenKey";
/** A listen key lives for an hour after it was last asked for. */
const KEEP_MS = 30 * 60_000;
const DAY_MS = 86_400_000, PING_MS = 30_000, SILENCE_MS = 75_000;

/** The stream of reports of USD-M: a key that is kept alive, and a connection that is made anew with another where it expires. */
export class ListenKey {
  readonly #rest: SignedRest;
  readonly #tools: LiveTools;
  readonly #link: OrderLink<never>;
  #stop: () => void = () => {};

  constructor(venue: string, base: string, rest: SignedRest, listener: ReportListener, tools: LiveTools) {
    this.#rest = rest;
    this.#tools = tools;
    // A stream answers what is asked of it, which is a sign of life.
    const alive = JSON.stringify({ id: "hello", method: "LIST_SUBSCRIPTIONS" });
    this.#link = new OrderLink<never>({
      venue,
      name: "reports",
      url: async () => `${base}/private/ws?listenKey=${text(object(await rest.keyed("POST", PATH)), "listenKey")}`,
      hello: () => [alive],
      greeted: (frame) => frame.id === "hello" ? true : undefined,
      frame: (frame, at) => this.#frame(frame, at, listener),
      missed: (reason) => listener.missed(reason),
      unanswered: () => {},
      lifeMs: DAY_MS,
      silenceMs: SILENCE_MS,
      ping: { everyMs: PING_MS, frame: () => alive },
    }, tools);
  }

  get ready(): boolean {
    return this.#link.ready;
  }

  async open(): Promise<void> {
    await this.#link.open();
    this.#keep();
  }

  close(): void {
    this.#stop();
    this.#link.close();
  }

  #frame(frame: Fields, at: bigint, listener: ReportListener): void {
    const type = textOr(frame, "e");
    if (type === "listenKeyExpired") this.#link.renew("its key expired", true);
    else if (type === "serverShutdown") this.#link.renew("the exchange said that it shuts down");
    else if (type !== undefined) listener.report(frame, at);
  }

  #keep(): void {
    this.#stop = this.#tools.timers.after(KEEP_MS, () => {
      this.#keep();
      this.#rest.keyed("PUT", PATH).catch((error) => this.#link.renew(`its key is not kept (${error.message})`, true));
    });
  }
}
