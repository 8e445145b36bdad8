/**
 * A live session on many instruments with a recorder, whose memory is measured from outside: for soak.ts. It answers "opened" once all
 * books are whole, "memory" with its bytes after garbage has been collected, and a number, once so many frames have come, with how many are
 * on disk.
 *
 * Arguments: the server's port, the instruments, a folder. Run with `--v8-flags=--expose-gc`.
 *
 * @module
 */
import { BUY } from "../engine/core/event.ts";
import { strategy } from "../engine/core/strategy.ts";
import { BufferedLines } from "./bench/lines.ts";
import { CountedFrames } from "./counted_frames.ts";
import { LiveOnDisk } from "./live_on_disk.ts";
import { streamedFrames } from "./streamed_frames.ts";

const { gc } = globalThis as { readonly gc?: () => void };
if (!gc) throw new Error("Cannot measure: garbage cannot be collected; run with --v8-flags=--expose-gc");
const [port, names, folder] = Deno.args, symbols = names.split(",");

/** Quotes each instrument in turn, far from the market, for ten requests a second in all. */
const quoter = strategy({
  name: "round",
  about: "Places a bid far away on one instrument after the other, and cancels it a round later.",
  needs: "book",
  create: () => {
    let at = 0;
    const orders: number[] = [];
    return {
      onStart: (ctx) => void ctx.every("100ms"),
      onTimer(ctx) {
        const instrument = at++ % ctx.instruments.length, { bestBid, stale } = ctx.book(instrument);
        if (orders[instrument] > 0) {
          if (ctx.cancel(orders[instrument])) orders[instrument] = 0;
        } else if (!stale) {
          orders[instrument] = ctx.submit({ instrument, side: BUY, price: bestBid - 5000, size: 1, postOnly: true });
        }
      },
    };
  },
});

let frames: CountedFrames | undefined;
const session = await LiveOnDisk.open({
  ...{ port, symbols, folder },
  strategy: quoter,
  watch: (network) => (frames = new CountedFrames(network)).network,
});
session.opened.catch(() => {});
console.log("{}");
const lines = new BufferedLines(Deno.stdin.readable);
for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
  if (line === "opened") {
    await session.opened;
    console.log("{}");
  } else if (line === "memory") {
    for (let i = 0; i < 3; i++) gc();
    const { heapUsed, external, rss } = Deno.memoryUsage();
    console.log(JSON.stringify({ bytes: heapUsed + external, rss, events: Object.fromEntries(session.events) }));
  } else {
    await frames!.until(Number(line));
    await session.close();
    console.log(JSON.stringify({ written: Object.fromEntries(await streamedFrames(`${folder}/recording`)) }));
  }
}
Deno.exit(0);
