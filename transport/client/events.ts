import type { Channel } from "../protocol/channels.ts";
import type { ProtocolError } from "../protocol/errors.ts";
import type { ClientState } from "./state.ts";
import type { ServerHello, Turn } from "./update.ts";

/** What a client tells, by name of the event. */
export interface ClientEvents {
  /** The state changed. */
  state: { readonly state: ClientState; readonly from: ClientState };
  /** The server said hello: over a first link, a later one, or one moved to. */
  hello: ServerHello;
  /** Something went wrong that no caller waits for: links, attempts, the server's own words. */
  error: ProtocolError;
  /** The server is about to stop. */
  drain: { readonly reconnectMs: number; readonly reason: string };
  /** A remote strategy is to answer with `client.done(step)`. */
  turn: Turn;
  /** Messages of a lossless channel, or changes of another, cannot be had any more. */
  lost: { readonly channel: Channel; readonly symbol: string; readonly count: number };
  /** Something was missing or wrong, and is asked for again. */
  resync: { readonly channel: Channel; readonly symbol: string; readonly why: "gap" | "checksum" };
}

/** Listeners by event, called in the order in which they came. Cost: O(listeners) an event. */
export class EventHub {
  readonly #listeners = new Map<keyof ClientEvents, Set<(event: never) => void>>();
  readonly #threw: (error: unknown) => void;

  /** `threw` hears of what a listener threw; the others hear the event all the same. */
  constructor(threw: (error: unknown) => void) {
    this.#threw = threw;
  }

  /** Adds a listener; returns what takes it away. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void {
    let listeners = this.#listeners.get(name);
    if (!listeners) this.#listeners.set(name, listeners = new Set());
    listeners.add(listener as (event: never) => void);
    return () => listeners.delete(listener as (event: never) => void);
  }

  /** Tells an event. */
  tell<Name extends keyof ClientEvents>(name: Name, event: ClientEvents[Name]): void {
    for (const listener of [...this.#listeners.get(name) ?? []] as ((event: ClientEvents[Name]) => void)[]) {
      try {
        listener(event);
      } catch (error) {
        this.#threw(error);
      }
    }
  }
}
