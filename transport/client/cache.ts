import type { ChannelMessage } from "../protocol/messages.ts";

/** Keeps the last state of each topic for when there is no connection. What it gives back is handed on marked stale. */
export interface StateCache {
  /** The snapshot that was kept under a key; undefined where there is none. */
  read(key: string): Promise<ChannelMessage | undefined>;
  write(key: string, snapshot: ChannelMessage): Promise<void>;
}

const STORE = "states";

/**
 * A cache in the browser's IndexedDB; undefined where there is none, as on Deno. A store that cannot be opened or is full keeps
 * nothing, and nobody is the worse for it but for an empty page when offline.
 */
export function indexedDbCache(
  name = "lockstep",
  factory: IDBFactory | undefined = globalThis.indexedDB,
): StateCache | undefined {
  if (!factory) return undefined;
  let opened: Promise<IDBDatabase> | undefined;
  const open = () =>
    opened ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = factory.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onsuccess = () => resolve(request.result);
      request.onerror = request.onblocked = () => reject(request.error);
    });
  const store = async (mode: IDBTransactionMode) => (await open()).transaction(STORE, mode).objectStore(STORE);
  return {
    read: async (key) => await settled((await store("readonly")).get(key)) as ChannelMessage | undefined,
    write: async (key, snapshot) => {
      await settled((await store("readwrite")).put(snapshot, key));
    },
  };
}

/** A cache that lives as long as the program. */
export function memoryCache(): StateCache {
  const states = new Map<string, ChannelMessage>();
  return {
    read: (key) => Promise.resolve(states.get(key)),
    write: (key, snapshot) => {
      states.set(key, snapshot);
      return Promise.resolve();
    },
  };
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
