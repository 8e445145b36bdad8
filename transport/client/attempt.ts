import type { Link } from "../link/link.ts";
import type { Codec, CodecName } from "../protocol/codec.ts";
import type { ProtocolError } from "../protocol/errors.ts";
import type { ClientMessage } from "../protocol/messages.ts";
import type { Timers } from "../link/timers.ts";
import type { Dial } from "./dial.ts";
import { linkLost, ServerError } from "./server_error.ts";
import type { ServerHello } from "./update.ts";
import { type Traffic, Wire, type WireEvents } from "./wire.ts";

/** Our first message: who we are, and what we come back to. */
export type ClientHello = Extract<ClientMessage, { readonly type: "hello" }>["data"];

/** What an attempt needs, and whom it tells. One of `welcome` and `failed` is called, once. */
export interface AttemptOptions {
  readonly dial: Dial;
  readonly codec: CodecName;
  readonly loadCodec: (name: CodecName) => Promise<Codec>;
  /** Asked for when the link is there, so that positions are of that moment. */
  readonly hello: () => Promise<() => ClientHello>;
  readonly clock: Timers;
  readonly random: () => number;
  readonly timeoutMs: number;
  readonly traffic: Traffic;
  /** The server said hello. What follows in the same frame is heard by those who `listen` in this turn. */
  welcome(wire: Wire, hello: ServerHello): void;
  failed(error: ProtocolError): void;
}

/**
 * One try to get from nothing to the server's hello: a link is dialled, hello said, and the answer awaited, all within one
 * time-out. A link that comes after that is terminated.
 */
export class Attempt implements WireEvents {
  readonly #options: AttemptOptions;
  readonly #cancelTimer: () => void;
  #over = false;
  #wire: Wire | undefined;
  /** What the server said before it closed. */
  #error: ServerError | undefined;

  constructor(options: AttemptOptions) {
    this.#options = options;
    const { timeoutMs, clock } = options;
    this.#cancelTimer = clock.after(timeoutMs, () => {
      this.#fail(
        linkLost("connect", `the server said no hello in ${timeoutMs} ms; try again`),
      );
    });
    this.#begin().catch((error: unknown) => this.#fail(linkLost("connect", error)));
  }

  /** Gives it up without a word. */
  cancel(): void {
    this.#over = true;
    this.#cancelTimer();
    this.#wire?.terminate();
  }

  message(message: Parameters<WireEvents["message"]>[0], wire: Wire): void {
    if (this.#over) return;
    if (message.type === "hello") {
      this.#over = true;
      this.#cancelTimer();
      this.#options.welcome(wire, message.data);
    } else if (message.type === "error") this.#error = new ServerError(message.data);
    // The server's first words are hello or an error; whatever else comes before is not ours to judge.
  }

  closed(code: number, reason: string): void {
    this.#fail(endError(this.#error, code, reason));
  }

  async #begin(): Promise<void> {
    const { codec: name, loadCodec, dial, hello, clock, random, traffic } = this.#options;
    const [codec, sayHello] = await Promise.all([loadCodec(name), hello()]);
    if (this.#over) return;
    const link: Link = await dial({ codec: name });
    if (this.#over) return link.terminate();
    this.#wire = new Wire(link, { codec, clock, random, traffic }, this);
    this.#wire.send({ type: "hello", id: "hello", data: sayHello() });
  }

  #fail(error: ProtocolError): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelTimer();
    this.#wire?.terminate();
    this.#options.failed(error);
  }
}

/**
 * Why a link ended: what the server said before it closed, where the code is the same, as carriers cut a reason short or have
 * none; else what the code stands for.
 */
export function endError(said: ServerError | undefined, code: number, reason: string): ProtocolError {
  return said && (code < 1000 || said.data.code === code) ? said : closeError(code, reason);
}

/** The error that a close code stands for. Codes below 1000 are none of ours: the link is lost. */
function closeError(code: number, reason: string): ProtocolError {
  const message = `Cannot stay connected: ${reason || "the link was closed"}`;
  const fields = {
    code: Math.max(1000, code),
    name: "LINK_LOST",
    category: "network",
    message,
    remedy: "reconnect",
    retryMs: 0,
  };
  return new ServerError(fields);
}
