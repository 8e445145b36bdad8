import { Insistence } from "../../engine/run/insistence.ts";
import type { Timers } from "../link/timers.ts";

/** What is stopped, and how long each part may take. */
export interface ShutdownOptions {
  /** Begins no more: what is ready says that it is draining, and listeners take no connection. */
  readonly refuse: () => void;
  /** Tells all clients to come back after so many ms, to this server's successor. */
  readonly drain: (reconnectMs: number, reason: string) => void;
  /** Clients that are still here. */
  readonly clients: () => number;
  /** Ends sessions and connections, and keeps what is to be kept. */
  readonly close: () => void | Promise<void>;
  /** Cuts what is left, at once. */
  readonly terminate: () => void;
  /** Calls `run` after so many ms; returns what calls it off. */
  readonly after: Timers["after"];
  /** How long clients may take to go by themselves. 5 s. */
  readonly drainMs?: number;
  /** How long `close` may take. 10 s. */
  readonly closeMs?: number;
  /** When clients are told to come back. 1 s. */
  readonly reconnectMs?: number;
  /** Hears what happens: "draining", "closing", "forced", "stopped", and errors of `close`. */
  readonly onStep?: (step: string, error?: unknown) => void;
}

/** How often clients are counted while they go, in ms. */
const LOOK_MS = 50;

/**
 * Stops a server in order: nobody new, a notice to all who are here, time for them to go, then the end of everything, and, when
 * that takes too long or somebody insists, the end at once.
 *
 * @example
 * ```ts
 * import { Shutdown } from "./shutdown.ts";
 * const steps: string[] = [];
 * const shutdown = new Shutdown({
 *   refuse: () => steps.push("refuse"),
 *   drain: (ms) => steps.push(`come back after ${ms} ms`),
 *   clients: () => 0,
 *   close: () => void steps.push("close"),
 *   terminate: () => steps.push("terminate"),
 *   after: () => () => {},
 * });
 * if (await shutdown.begin("SIGTERM") !== "clean") throw new Error("unexpected");
 * if (steps.join() !== "refuse,come back after 1000 ms,close") throw new Error(steps.join());
 * ```
 */
export class Shutdown {
  readonly #options: ShutdownOptions;
  #done: Promise<"clean" | "forced"> | undefined;
  #force: () => void = () => {};
  readonly #forced: Promise<void>;

  constructor(options: ShutdownOptions) {
    this.#options = options;
    this.#forced = new Promise((resolve) => this.#force = resolve);
  }

  /** Whether it has begun. */
  get stopping(): boolean {
    return this.#done !== undefined;
  }

  /** Begins, once; whoever calls again gets the same end. It is forced where `close` failed or took too long. */
  begin(reason: string): Promise<"clean" | "forced"> {
    return this.#done ??= this.#run(reason);
  }

  /** Waits for nothing any more. */
  force(): void {
    this.#force();
  }

  async #run(reason: string): Promise<"clean" | "forced"> {
    const { refuse, drain, close, terminate, drainMs = 5000, closeMs = 10_000, reconnectMs = 1000, onStep } =
      this.#options;
    onStep?.("draining");
    refuse();
    drain(reconnectMs, reason);
    await this.#within(drainMs, this.#gone.bind(this));
    onStep?.("closing");
    const closed = await this.#within(closeMs, async () => {
      try {
        await close();
        return true;
      } catch (error) {
        onStep?.("closing", error);
        return false;
      }
    });
    if (closed !== true) {
      onStep?.("forced");
      terminate();
    }
    onStep?.("stopped");
    return closed === true ? "clean" : "forced";
  }

  /** Until the last client has gone, or it is over. */
  async #gone(over: () => boolean): Promise<void> {
    const { clients, after } = this.#options;
    while (clients() > 0 && !over()) await new Promise<void>((resolve) => after(LOOK_MS, resolve));
  }

  /** What `wait` gives, or undefined where that takes longer than so many ms or is forced. */
  async #within<Value>(ms: number, wait: (over: () => boolean) => Promise<Value>): Promise<Value | undefined> {
    let over = false, cancel = () => {};
    const late = new Promise<undefined>((resolve) => cancel = this.#options.after(ms, () => resolve(undefined)));
    const value = await Promise.race([wait(() => over), late, this.#forced.then(() => undefined)]);
    over = true;
    cancel();
    return value;
  }
}

/** Signals that ask a program to end, as the system has them. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];

/**
 * Begins a shutdown when the system or the user asks for the end, and forces it when they ask again, of which the first one's echo
 * is none (see {@linkcode Insistence}); returns what ends that.
 * `ended` is called when all has stopped.
 */
export function onSignals(shutdown: Shutdown, ended: (how: "clean" | "forced") => void): () => void {
  const presses = new Insistence();
  const handlers = SIGNALS.map((signal) => {
    const handler = () => {
      const press = presses.hear();
      if (press === "echo") return;
      if (shutdown.stopping) return shutdown.force();
      void shutdown.begin(signal).then(ended);
    };
    Deno.addSignalListener(signal, handler);
    return () => Deno.removeSignalListener(signal, handler);
  });
  return () => handlers.forEach((remove) => remove());
}
