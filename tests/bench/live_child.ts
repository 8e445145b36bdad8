/**
 * A live session against a server of this machine, with journal, order log and recording on disk. Between a line and the next that it
 * reads it measures, in µs: from when a chunk of bytes was read to the strategy's callback, and from there to the socket.
 *
 * Arguments: the server's port, the instruments, a folder, and how far requests are apart at least, in ms.
 *
 * @module
 */
import net from "node:net";
import { BUY } from "../../engine/core/event.ts";
import { type Context, strategy } from "../../engine/core/strategy.ts";
import type { Network } from "../../engine/live/network.ts";
import { LiveOnDisk } from "../live_on_disk.ts";
import { watchedNetwork } from "../watched_network.ts";
import { BufferedLines } from "./lines.ts";

/** The first ones come as fast as the market does, until the code that makes them is compiled as it will be. */
const WARM_UP = 2000;

const [port, symbols, folder, everyMs] = Deno.args;
/** Time between two requests, in ns. */
const REQUEST_NS = BigInt(everyMs) * 1_000_000n;
/** When the chunk at hand was read, and when the server sent the frame at hand: ms since 1970-01-01 UTC. */
let readAt = 0, sentAt = 0;
/** When the callback at hand began; 0 outside of one that has a request to send. */
let calledAt = 0;
let figures = { read: [] as number[], way: [] as number[], bytes: [] as number[], left: [] as number[] };
stampReads();

/** Quotes far from the market, on and off. */
const quoter = strategy({
  name: "quoter",
  about: "Places a bid far away and cancels it, in turns.",
  needs: "book",
  create: () => {
    let asked = 0n, order = 0, requests = 0;
    const called = (ctx: Context) => {
      const now = nowMs();
      figures.read.push((now - readAt) * 1000);
      figures.way.push((now - sentAt) * 1000);
      if (requests >= WARM_UP && ctx.now - asked < REQUEST_NS) return;
      const { bestBid, stale } = ctx.book();
      if (stale || bestBid === -Infinity) return;
      asked = ctx.now;
      requests++;
      calledAt = now;
      if (order > 0 && ctx.cancel(order)) order = 0;
      else if (order <= 0) order = ctx.submit({ side: BUY, price: bestBid - 5000, size: 1, postOnly: true });
      else {
        calledAt = 0;
        if (ctx.openOrders().length === 0) order = 0;
      }
    };
    return { onBook: called, onTrade: called };
  },
});

const { opened } = await LiveOnDisk.open({
  port,
  symbols: symbols.split(","),
  folder,
  strategy: quoter,
  watch: watched,
});
console.log("{}");
const lines = new BufferedLines(Deno.stdin.readable);
for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
  if (line === "opened") await opened;
  console.log(JSON.stringify(figures));
  figures = { read: [], way: [], bytes: [], left: [] };
}
Deno.exit(0);

/** Notes when a socket's bytes were read: the first moment at which anything here can know of them. */
function stampReads(): void {
  const { push } = net.Socket.prototype;
  net.Socket.prototype.push = function (...args: Parameters<typeof push>): boolean {
    readAt = nowMs();
    return push.apply(this, args);
  };
}

/** The network, with each frame's time of sending, and when frames were written to sockets. */
function watched(network: Network): Network {
  return watchedNetwork(network, {
    heard: (text) => sentAt = sentMs(text),
    sending: (send) => {
      const now = nowMs();
      send();
      if (calledAt === 0) return;
      figures.bytes.push((nowMs() - calledAt) * 1000);
      figures.left.push(now);
      calledAt = 0;
    },
  });
}

/** When the server sent a frame, which it writes in µs in front of the data. */
function sentMs(text: string): number {
  const at = text.indexOf('"w":', 20) + 4;
  return Number(text.slice(at, at + 16)) / 1000;
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
