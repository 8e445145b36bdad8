import type { Codec, CodecName } from "../protocol/codec.ts";
import { ERRORS, type ProtocolError, reactionTo } from "../protocol/errors.ts";
import { Attempt, type ClientHello, endError } from "./attempt.ts";
import { Backoff, type BackoffOptions } from "../../engine/live/backoff.ts";
import { type BreakerOptions, CircuitBreaker } from "./circuit_breaker.ts";
import type { Timers } from "../link/timers.ts";
import type { Dial } from "./dial.ts";
import { linkLost, type ServerError } from "./server_error.ts";
import { type ClientState, StateMachine } from "./state.ts";
import type { ServerHello } from "./update.ts";
import type { Incoming, Traffic, Wire } from "./wire.ts";
import { defined } from "./defined.ts";

/** What a connector is made with. */
export interface ConnectorOptions {
  readonly dials: readonly Dial[];
  readonly codec: CodecName;
  readonly loadCodec: (name: CodecName) => Promise<Codec>;
  readonly clock: Timers;
  readonly random: () => number;
  readonly backoff: BackoffOptions;
  readonly breaker: BreakerOptions;
  readonly timeoutMs: number;
  readonly traffic: Traffic;
}

/** What a connector asks and tells. */
export interface ConnectorHost {
  /** What to say first; `renew`: the token that was tried is no good. Undefined where there is no other. */
  hello(renew: boolean): Promise<() => Omit<ClientHello, "connection">>;
  /** Whether another token can be had. */
  canRenew(): boolean;
  changed(to: ClientState, from: ClientState): void;
  /** A link is there; `moved`: in the place of another that still was. */
  welcome(hello: ServerHello, moved: boolean): void;
  message(message: Incoming): void;
  /** The link is gone; another is looked for, or not. */
  lost(error: ProtocolError, final: boolean): void;
  note(text: string): void;
}

/**
 * Keeps one logical connection over one link after another.
 *
 * What follows a loss is said by the error's category (protocol/errors.ts): network and server, back-off and again; limit, not
 * before `retryMs`; authentication, once more with a new token; all else, stop. Of several dials the next is tried when one
 * fails, and one that failed several times in a row is left out for a while.
 */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #host: ConnectorHost;
  readonly #machine: StateMachine;
  readonly #backoff: Backoff;
  #dials: { readonly dial: Dial; readonly breaker: CircuitBreaker }[];
  #at = 0;
  #attempt: Attempt | undefined;
  #move: Attempt | undefined;
  #failMove: ((error: ProtocolError) => void) | undefined;
  #wire: Wire | undefined;
  #connection: string | undefined;
  #since = 0;
  #cancelWait: (() => void) | undefined;
  #renewed = false;
  #renew = false;
  #offline = false;
  /** The server's last word on why, and when to come back. */
  #said: ServerError | undefined;
  #floorMs = 0;

  constructor(options: ConnectorOptions, host: ConnectorHost) {
    this.#options = options;
    this.#host = host;
    this.#machine = new StateMachine((to, from) => host.changed(to, from));
    this.#backoff = new Backoff(options.backoff, options.random);
    this.#dials = options.dials.map((dial) => this.#dialled(dial));
  }

  get state(): ClientState {
    return this.#machine.state;
  }

  /** The link in use; undefined where there is none. */
  get wire(): Wire | undefined {
    return this.#wire;
  }

  /** Connects where it is not, and tries at once where it waits. */
  open(): void {
    if (this.state === "connected" || this.#attempt) return;
    if (this.state === "error" || this.state === "disconnected") {
      this.#backoff.reset();
      this.#renewed = false;
      this.#machine.on("open");
    }
    this.#try();
  }

  /** Drops the link that is there, and makes another at once. */
  reopen(): void {
    if (this.state === "connected") {
      this.lose(linkLost("keep the link", "another was asked for"));
    }
    this.open();
  }

  /** Ends it in good order. */
  close(): void {
    this.#endWaits();
    const wire = this.#wire;
    this.#wire = undefined;
    this.#connection = undefined;
    if (wire) {
      wire.send({ type: "bye", data: {} });
      wire.close(0, "bye");
    }
    this.#machine.on("close");
  }

  /** The link is no good: it is cut, and another looked for. */
  lose(error: ProtocolError): void {
    const wire = this.#wire;
    if (!wire) return;
    wire.terminate();
    this.#lost(error);
  }

  /** The network is gone: nothing is tried until it is there again. */
  offline(): void {
    this.#offline = true;
    this.lose(linkLost("keep the link", "the network is gone"));
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }

  /** The network is there again. */
  online(): void {
    this.#offline = false;
    if (this.state === "reconnecting") this.open();
  }

  /** The server will stop, and wants us back after so long. */
  drain(reconnectMs: number): void {
    this.#floorMs = reconnectMs;
  }

  /**
   * The server told of an error that is of no request: why it closes, if it does. False where it only lets go of the link that
   * our own move leaves.
   */
  said(error: ServerError): boolean {
    if (this.#move && error.data.code === ERRORS.REPLACED[0]) return false;
    this.#said = error;
    return true;
  }

  /** Tries this dial before the others, when next there is one to try. */
  prefer(dial: Dial): void {
    this.#dials = [this.#dialled(dial), ...this.#dials.filter((entry) => entry.dial !== dial)];
    this.#at = 0;
  }

  /** Goes on over another link, by sequence and without loss; the old one is kept until the new one is welcome. */
  move(dial: Dial): Promise<void> {
    if (this.state !== "connected") {
      return Promise.reject(
        linkLost("move", `the client is ${this.state}; wait until it is connected`),
      );
    }
    this.#endMove("another move was asked for");
    return new Promise((resolve, reject) => {
      this.#failMove = reject;
      this.#move = this.#begin(dial, (wire, hello) => {
        this.#move = this.#failMove = undefined;
        const old = this.#wire;
        this.prefer(dial);
        this.#adopt(wire, hello, true);
        old?.close(0, "moved");
        resolve();
      }, (error) => {
        this.#move = this.#failMove = undefined;
        reject(error);
        if (this.state === "connected" && !this.#wire) this.#lost(error);
      });
    });
  }

  #try(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    const entry = this.#nextDial();
    this.#host.note(`dial ${this.#at % this.#dials.length + 1} of ${this.#dials.length}`);
    this.#attempt = this.#begin(entry.dial, (wire, hello) => {
      this.#attempt = undefined;
      entry.breaker.worked();
      this.#adopt(wire, hello, false);
    }, (error) => {
      this.#attempt = undefined;
      if (reactionTo(error.data.code) === "reconnect") entry.breaker.failed();
      else entry.breaker.untried();
      this.#at++;
      this.#after(error);
    });
  }

  /** The next dial whose breaker lets it through; the next of all where none does. */
  #nextDial() {
    for (let i = 0; i < this.#dials.length; i++) {
      const entry = this.#dials[(this.#at + i) % this.#dials.length];
      if (!entry.breaker.allows()) continue;
      this.#at += i;
      return entry;
    }
    return this.#dials[this.#at % this.#dials.length];
  }

  #begin(
    dial: Dial,
    welcome: (wire: Wire, hello: ServerHello) => void,
    failed: (error: ProtocolError) => void,
  ): Attempt {
    const renew = this.#renew;
    this.#renew = false;
    const hello = async () => {
      const rest = await this.#host.hello(renew);
      return (): ClientHello => defined({ ...rest(), connection: this.#connection });
    };
    return new Attempt({ ...this.#options, dial, hello, welcome, failed });
  }

  #adopt(wire: Wire, hello: ServerHello, moved: boolean): void {
    this.#wire = wire;
    this.#connection = hello.connection;
    this.#since = this.#options.clock.now();
    this.#renewed = false;
    this.#said = undefined;
    this.#floorMs = 0;
    wire.listen({
      message: (message, from) => {
        if (from === this.#wire) this.#host.message(message);
      },
      closed: (code, reason, from) => {
        if (from !== this.#wire) return;
        if (code === ERRORS.REPLACED[0] && this.#move) {
          // Our own move: the word that it succeeded is on its way over the other link.
          this.#wire = undefined;
          return;
        }
        this.#lost(endError(this.#said, code, reason));
      },
    });
    if (!moved) this.#machine.on("welcome");
    this.#host.welcome(hello, moved);
  }

  #lost(error: ProtocolError): void {
    this.#wire = undefined;
    this.#said = undefined;
    this.#endMove("the link it came from is gone");
    if (this.#options.clock.now() - this.#since >= this.#backoff.stableMs) this.#backoff.reset();
    // Somebody else goes on with our connection: to take it back would have the two take it from each other for ever.
    if (error.data.code === ERRORS.REPLACED[0]) this.#connection = undefined;
    this.#after(error);
  }

  /** Waits and tries again, or gives up. */
  #after(error: ProtocolError): void {
    const { code, retryMs } = error.data;
    const reaction = reactionTo(code);
    if (reaction === "authenticate" && !this.#renewed && this.#host.canRenew()) {
      this.#renewed = this.#renew = true;
      return this.#wait(0, error);
    }
    if (reaction !== "reconnect" && reaction !== "retry") return this.#giveUp(error);
    const wait = this.#backoff.next(Math.max(retryMs, this.#floorMs));
    this.#floorMs = 0;
    if (wait === undefined) this.#giveUp(error);
    else this.#wait(wait, error);
  }

  #wait(ms: number, error: ProtocolError): void {
    this.#machine.on("lost");
    this.#host.lost(error, false);
    // Whoever heard of it may have closed, or opened it at once.
    if (this.state !== "reconnecting" || this.#attempt || this.#offline) return;
    this.#host.note(`again in ${Math.round(ms)} ms: ${error.message}`);
    this.#cancelWait = this.#options.clock.after(ms, () => this.#try());
  }

  #giveUp(error: ProtocolError): void {
    this.#connection = undefined;
    this.#machine.on("refused");
    this.#host.lost(error, true);
  }

  #endWaits(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    this.#attempt?.cancel();
    this.#attempt = undefined;
    this.#endMove("the client was closed");
  }

  #endMove(why: string): void {
    this.#move?.cancel();
    this.#failMove?.(linkLost("move", why));
    this.#move = this.#failMove = undefined;
  }

  #dialled(dial: Dial) {
    return { dial, breaker: new CircuitBreaker(this.#options.breaker, this.#options.clock) };
  }
}
