/** What cache_test.ts runs in a browser: a page whose client keeps its last states. */
import { indexedDbCache } from "./cache.ts";
import { connect } from "./mod.ts";
import { keepStates } from "./state_keeper.ts";

/** The first book of a symbol: how many levels, and whether it is an old one. */
async function firstBook(url: string, token: string, symbol: string) {
  const client = connect({
    url,
    token,
    cache: keepStates(indexedDbCache("test")),
  });
  for await (const { bids, asks, seq, stale } of client.book(symbol)) {
    // What is left to write is written when it ends; who reads then reads what has been written.
    client.close();
    await indexedDbCache("test")!.read("");
    return { bids, asks, seq, stale };
  }
}

/** Writes and reads one state, whose 64-bit integer is beyond what a number can hold. */
async function there(key: string, write: boolean): Promise<string | undefined> {
  const cache = indexedDbCache("plain")!;
  if (write) {
    const data = { position: 3 }, timestamp = 2n ** 53n + 1n;
    await cache.write(key, { type: "snapshot", channel: "positions", symbol: "BTC", data, timestamp, seq: 7, prev: 0 });
  }
  const found = await cache.read(key);
  return found && `${found.symbol} ${found.timestamp} ${JSON.stringify(found.data)}`;
}

/** What a cache says whose database is of a later version than it knows. */
async function later(): Promise<string> {
  await new Promise((resolve) => indexedDB.open("later", 2).onsuccess = resolve);
  return await indexedDbCache("later")!.read("x").then(() => "read", (error: Error) => error.name);
}

Object.assign(globalThis, { firstBook, there, later });
