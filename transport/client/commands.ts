import { ProtocolError, reactionTo } from "../protocol/errors.ts";
import { type BreakerOptions, CircuitBreaker } from "./circuit_breaker.ts";
import type { Timers } from "../link/timers.ts";
import { randomName } from "./random.ts";
import type { ClockOffset } from "./clock_offset.ts";
import { OfflineQueue, type QueueOptions } from "./offline_queue.ts";
import type { Requests } from "./requests.ts";
import { wrongAnswer } from "./server_error.ts";
import type { CommandAnswer } from "./update.ts";

/** A command of the session or its clock: its kind, and the fields that the kind has. */
export interface Command {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** How one command goes out. */
export interface CommandOptions {
  /** The same key gets the same answer, however often it is sent; a new one where absent. */
  readonly key?: string;
  /** From now on, by when the server must have begun it; later it expires rather than fires; 5000. */
  readonly expireMs?: number;
  /** How long the answer may take, once it is sent; 10,000. */
  readonly timeoutMs?: number;
}

/** What commands are made with. */
export interface CommandsHost {
  readonly clock: Timers;
  readonly random: () => number;
  readonly requests: Requests;
  readonly offset: ClockOffset;
  readonly queue: QueueOptions;
  readonly breaker: BreakerOptions;
}

interface Waiting {
  readonly command: Command;
  readonly key: string;
  readonly until: number;
  readonly timeoutMs: number;
  readonly resolve: (answer: CommandAnswer) => void;
  readonly reject: (error: ProtocolError) => void;
  tries: number;
  /** Calls off what tells that it expired while it waited. */
  cancel: () => void;
}

const TRIES = 3;

/**
 * Commands, each carried out at most once and never late.
 *
 * - With a link it goes out at once. Without one it waits in the offline queue, and expires there rather than fire late.
 * - Its key stays the same over links, so that one whose answer was lost is sent again and gets the first answer.
 * - A refusal by risk, venue or session is an answer (`code` not 0). What the protocol refuses rejects with a `ProtocolError`; of
 *   limits and faults of the server it is tried again, three times in all, while it has not expired.
 * - Several failures in a row open a breaker: then it fails at once, with OVERLOADED.
 * - No answer within the time-out says nothing of whether it was carried out: ask again with the same key.
 */
export class Commands {
  readonly #host: CommandsHost;
  readonly #queue: OfflineQueue<Waiting>;
  readonly #breaker: CircuitBreaker;
  readonly #prefix: string;
  /** All that have no answer yet, wherever they wait. */
  readonly #live = new Set<Waiting>();
  #next = 1;

  constructor(host: CommandsHost) {
    this.#host = host;
    this.#breaker = new CircuitBreaker(host.breaker, host.clock);
    this.#prefix = randomName(host.random, 12);
    this.#queue = new OfflineQueue(host.queue, host.clock, (waiting) => this.#go(waiting), (waiting) => {
      this.#fail(
        waiting,
        new ProtocolError(
          "OVERLOADED",
          `Cannot send ${waiting.command.kind}: newer commands took its place in the queue`,
        ),
      );
    });
  }

  /** Commands that wait for a link. */
  get queued(): number {
    return this.#queue.size;
  }

  /** Sends a command; resolves with its answer. */
  send(command: Command, options: CommandOptions = {}): Promise<CommandAnswer> {
    const { clock } = this.#host;
    const expireMs = options.expireMs ?? 5000;
    const key = options.key ?? `${this.#prefix}-${this.#next++}`;
    return new Promise((resolve, reject) => {
      if (!this.#breaker.allows()) {
        const why = `Cannot send ${command.kind}: the last commands all failed; wait ${
          Math.ceil(this.#breaker.waitMs)
        } ms`;
        return reject(new ProtocolError("OVERLOADED", why, this.#breaker.waitMs));
      }
      const waiting: Waiting = {
        command,
        key,
        until: clock.now() + expireMs,
        timeoutMs: options.timeoutMs ?? 10_000,
        resolve,
        reject,
        tries: 0,
        cancel: clock.after(expireMs, () => this.#expire(waiting)),
      };
      this.#live.add(waiting);
      this.#queue.put(waiting);
    });
  }

  /** There is a link: what waits goes, paced. */
  open(): void {
    this.#queue.open();
  }

  /** There is none. */
  shut(): void {
    this.#queue.shut();
  }

  /** No link will come. */
  failAll(error: ProtocolError): void {
    this.#queue.clear();
    for (const waiting of [...this.#live]) this.#fail(waiting, error);
  }

  #go(waiting: Waiting): boolean {
    if (!this.#live.has(waiting)) return false;
    waiting.cancel();
    waiting.tries++;
    const { command, key, until, timeoutMs } = waiting;
    const expires = Math.round(until + this.#host.offset.ms);
    const late =
      `Cannot tell what became of ${command.kind}: no answer came in ${timeoutMs} ms; ask again with key ${key}`;
    this.#host.requests.ask({ type: "command", data: { command: { ...command }, key, expires } }, {
      timeoutMs,
      again: true,
      late,
    }, {
      done: (answer) => {
        if (answer.type !== "commanded") return this.#refused(waiting, wrongAnswer("command", answer.type));
        this.#breaker.worked();
        this.#live.delete(waiting);
        waiting.resolve(answer.data);
      },
      failed: (error) => this.#refused(waiting, error),
    });
    return true;
  }

  #refused(waiting: Waiting, error: ProtocolError): void {
    const { clock } = this.#host;
    const { code, retryMs } = error.data;
    const reaction = reactionTo(code);
    const wait = Math.max(retryMs, 100 * waiting.tries);
    if (
      reaction === "retry" && error.data.name !== "TOO_LARGE" && waiting.tries < TRIES &&
      clock.now() + wait < waiting.until
    ) {
      waiting.cancel = clock.after(wait, () => {
        waiting.cancel = clock.after(waiting.until - clock.now(), () => this.#expire(waiting));
        this.#queue.put(waiting);
      });
      return;
    }
    if (reaction === "retry" || reaction === "reconnect") this.#breaker.failed();
    else this.#breaker.worked();
    this.#fail(waiting, error);
  }

  #expire(waiting: Waiting): void {
    const why = `Cannot send ${waiting.command.kind}: it expired while there was no connection; decide again`;
    this.#fail(waiting, new ProtocolError("EXPIRED", why));
  }

  #fail(waiting: Waiting, error: ProtocolError): void {
    if (!this.#live.delete(waiting)) return;
    waiting.cancel();
    if (waiting.tries === 0) this.#breaker.untried();
    waiting.reject(error);
  }
}
