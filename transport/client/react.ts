import type { Channel } from "../protocol/channels.ts";
import type { BookView } from "./book.ts";
import type { Client } from "./client.ts";
import type { ClientState } from "./state.ts";
import type { Update, Wishes } from "./update.ts";

/** What is needed of React, or of anything that has the same two hooks. */
export interface ReactLike {
  useEffect(effect: () => (() => void) | void, dependencies: readonly unknown[]): void;
  useState<T>(first: T): [value: T, set: (value: T) => void];
}

/** Hooks for one React. */
export interface ClientHooks {
  /** How the client stands; renders again when that changes. */
  useClientState(client: Client): ClientState;
  /** The newest book of an instrument; undefined before there is one. */
  useBook(client: Client, symbol: string, wishes?: Wishes): BookView | undefined;
  /** The newest message of a channel; undefined before there is one. */
  useChannel<C extends Channel>(client: Client, channel: C, symbol?: string, wishes?: Wishes): Update<C> | undefined;
}

/**
 * Hooks over a client: `const { useBook } = clientHooks(React)`. React is handed in, so that nothing here depends on it, and any
 * version of it will do.
 *
 * A component that goes ends its subscription; all that want the same share one. What comes faster than React renders is merged,
 * as for any slow reader.
 */
export function clientHooks({ useEffect, useState }: ReactLike): ClientHooks {
  return {
    useClientState(client) {
      const [state, set] = useState(client.state);
      useEffect(() => {
        set(client.state);
        return client.on("state", (event) => set(event.state));
      }, [client]);
      return state;
    },
    useBook(client, symbol, wishes) {
      const [book, set] = useState<BookView | undefined>(undefined);
      useEffect(() => follow(client.book(symbol, wishes), set), [client, symbol, JSON.stringify(wishes)]);
      return book;
    },
    useChannel<C extends Channel>(client: Client, channel: C, symbol = "", wishes?: Wishes) {
      const [update, set] = useState<Update<C> | undefined>(undefined);
      const key = JSON.stringify(wishes);
      useEffect(() => follow(client.subscribe(channel, symbol, wishes), set), [client, channel, symbol, key]);
      return update;
    },
  };
}

/** Hands each value on until it is told to stop; a subscription that fails leaves the last value standing. */
function follow<T>(values: AsyncIterable<T> & { close(): void }, set: (value: T | undefined) => void): () => void {
  let over = false;
  set(undefined);
  (async () => {
    for await (const value of values) if (!over) set(value);
  })().catch(() => {});
  return () => {
    over = true;
    values.close();
  };
}
