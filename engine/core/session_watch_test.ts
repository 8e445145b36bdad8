import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { madeBars, madeTape } from "../feed/_made_tape.ts";
import { BUY, SELL } from "./event.ts";
import { busy, oddMarket, seenLate } from "./_busy.ts";
import { OutputLog, rig, type RigOptions } from "./_rig.ts";
import type { Feed } from "./feed.ts";
import type { Recorder } from "./recorder.ts";
import { Rng } from "./rng.ts";

const START = 1_700_000_000_000_000_000n;

function market(seed: number, rows = 400) {
  const rng = new Rng(seed);
  return madeTape(seenLate(rng, oddMarket(rng, rows, START, 40), 60), { batch: 64 });
}

/** A book put together of nothing but what `pending` says has changed. */
class Watcher extends OutputLog implements Recorder {
  messages = 0;
  readonly levels = new Map<string, number>();

  heard({ view: { pending, book } }: Feed): void {
    this.messages++;
    pending.logs = true;
    if (pending.cleared || this.messages === 1) {
      this.levels.clear();
      const prices = new Float64Array(1000), sizes = new Float64Array(1000);
      for (const side of [BUY, SELL]) {
        const count = book.top(side, 1000, prices, sizes);
        for (let i = 0; i < count; i++) this.levels.set(`${side} ${prices[i]}`, sizes[i]);
      }
      return;
    }
    for (let i = 0; i < pending.changes; i++) {
      const side = pending.changedSides[i], price = pending.changedPrices[i], size = book.size(side, price);
      if (size > 0) this.levels.set(`${side} ${price}`, size);
      else this.levels.delete(`${side} ${price}`);
    }
  }
}

function watched(
  options: Omit<RigOptions, "recorder">,
): { steps: number; lines: string[]; watcher: Watcher; book: Feed } {
  const watcher = new Watcher();
  const session = rig({ ...options, recorder: watcher });
  session.run();
  return { steps: session.steps, lines: watcher.lines, watcher, book: session.core.feeds[0] };
}

Deno.test("Session: one that stops at every message puts out what it does without", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const { onStart, onTimer } = busy({ interval: "53ns" });
      const options = {
        tapes: { A: market(seed) },
        strategy: { onStart, onTimer },
        latency: { order: 17, response: 5 },
      };
      const plain = watched(options), stopping = watched({ ...options, everyMessage: true });
      assertEquals(stopping.lines, plain.lines);
      assert(plain.watcher.messages === 0 && stopping.watcher.messages > 0 && stopping.steps > plain.steps);
    }),
    { numRuns: 20 },
  );
});

Deno.test("Session: the changes of its messages add up to the book", () => {
  const { watcher, book: { view: { book } } } = watched({ tapes: { A: market(3) }, everyMessage: true });
  const prices = new Float64Array(1000), sizes = new Float64Array(1000), levels: [string, number][] = [];
  for (const side of [BUY, SELL]) {
    const count = book.top(side, 1000, prices, sizes);
    for (let i = 0; i < count; i++) levels.push([`${side} ${prices[i]}`, sizes[i]]);
  }
  assert(levels.length > 0);
  assertEquals(new Map([...watcher.levels].sort()), new Map(levels.sort()));
});

Deno.test("Session: every bar is heard, one by one", () => {
  const minute = 60_000_000_000n;
  const bars = [10, 11, 12].map((close, i) => {
    return { opens: START + BigInt(i) * minute, closes: START + BigInt(i + 1) * minute, close };
  });
  const closes: number[] = [];
  const recorder: Recorder = { heard: ({ view }) => void closes.push(view.pending.bar!.close) };
  rig({ tapes: { A: madeBars(bars) }, strategy: { onBar: () => {} }, everyMessage: true, recorder }).run();
  assertEquals(closes, [10, 11, 12]);
});

Deno.test("Context.signal: whoever watches is told, with the time; what is no number is refused", () => {
  const told: [number, string, unknown][] = [];
  const session = rig({
    tapes: { A: market(1) },
    strategy: {
      onStart(ctx) {
        ctx.signal("pair", { zscore: 1.5 });
        assertThrows(() => ctx.signal("pair", { zscore: "1" as never }), TypeError, "zscore is 1; give a number");
      },
    },
    recorder: { signal: (ns, name, values) => void told.push([ns, name, values]) },
  });
  session.run();
  assertEquals(told.map(([, name, values]) => [name, values]), [["pair", { zscore: 1.5 }]]);
});
