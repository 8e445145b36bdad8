import { assertEquals } from "@std/assert";
import { ADD, BUY, CANCEL, DEPTH, SELL } from "../core/event.ts";
import { OutputLog, rig } from "../core/_rig.ts";
import type { Tape } from "../core/line.ts";
import { StateReader } from "../core/state_reader.ts";
import { StateWriter } from "../core/state_writer.ts";
import type { Strategy } from "../core/strategy.ts";
import { madeBars, type MadeRow, madeTape } from "../feed/_made_tape.ts";

const START = 1_700_000_000_000_000_000n;

/** A market whose touch goes through `middles`, one each 10 ns, 50 lots a tick on either side of the middle. */
const TAPES: Readonly<Record<string, (middles: readonly number[]) => Tape>> = {
  levels(middles) {
    const rows: MadeRow[] = [];
    middles.forEach((middle, i) => {
      const at = { exchange: START + BigInt(10 * i), kind: DEPTH };
      if (i > 0) {
        rows.push({ ...at, side: BUY, price: middles[i - 1] - 1, size: 0, flags: 3 });
        rows.push({ ...at, side: SELL, price: middles[i - 1] + 1, size: 0, flags: 3 });
      }
      rows.push({ ...at, side: BUY, price: middle - 1, size: 50, flags: 3 });
      rows.push({ ...at, side: SELL, price: middle + 1, size: 50 });
    });
    return madeTape(rows);
  },
  orders(middles) {
    const rows: (MadeRow & { readonly id: number })[] = [];
    middles.forEach((middle, i) => {
      const at = { exchange: START + BigInt(10 * i) };
      for (const id of i > 0 ? [2 * i - 1, 2 * i] : []) rows.push({ ...at, kind: CANCEL, id, size: 50, flags: 3 });
      rows.push({ ...at, kind: ADD, id: 2 * i + 1, side: BUY, price: middle - 1, size: 50, flags: 3 });
      rows.push({ ...at, kind: ADD, id: 2 * i + 2, side: SELL, price: middle + 1, size: 50 });
    });
    const tape = madeTape(rows), ids = new Int32Array(BigInt64Array.from(rows, ({ id }) => BigInt(id)).buffer);
    return { ...tape, layout: "l3", batch: (i) => ({ ...tape.batch(i), order: ids }) };
  },
  bars: (middles) =>
    madeBars(middles.map((close, i) => ({
      opens: START + BigInt(10 * i),
      closes: START + BigInt(10 * i + 9),
      open: middles[Math.max(0, i - 1)],
      close,
    }))),
};

const bracketed = (): Strategy => {
  let begun = false;
  const begin: Strategy["onBook"] = (ctx) => {
    if (begun) return;
    begun = true;
    ctx.links.bracket({ entry: { side: BUY, size: 5 }, stop: { trigger: 95 }, target: { price: 108 } });
  };
  return { onBook: begin, onBar: (ctx) => begin(ctx, 0), save: () => begun, load: (state) => void (begun = !!state) };
};

const PATHS = {
  "to the target": { middles: [100, 100, 102, 98, 104, 112, 112, 90, 90], exit: "Filled", other: "Cancelled" },
  "to the stop": { middles: [100, 100, 102, 98, 92, 92, 115, 115], exit: "Cancelled", other: "Filled" },
};

for (const [layout, tape] of Object.entries(TAPES)) {
  for (const [name, { middles, exit, other }] of Object.entries(PATHS)) {
    for (const latency of [0, 1, 3]) {
      Deno.test(`Links.bracket: on ${layout}, ${name}, with ${latency} ns each way`, () => {
        const states = new Map<number, string>();
        const session = rig({
          tapes: { X: tape(middles) },
          latency: { order: latency, response: latency },
          strategy: { ...bracketed(), onOrder: (_, { id, state }) => void states.set(id, state) },
        });
        session.run();
        // Entry, stop, target: the same orders on every kind of tape.
        assertEquals([...states].sort(), [[1, "Filled"], [2, other], [3, exit]]);
        const { state, filled, open, excess } = session.context.links.view(1)!;
        assertEquals([state, filled, open, excess, session.core.account.position(0)], ["Done", 5, 0, 0, 0]);
      });
    }
  }

  Deno.test(`Links: go on from a snapshot as if there had been none, on ${layout}`, () => {
    const { middles } = PATHS["to the target"];
    const make = (log: OutputLog) =>
      rig({ tapes: { X: tape(middles) }, latency: { order: 3, response: 3 }, strategy: bracketed(), recorder: log });
    const steps = (() => {
      const session = make(new OutputLog());
      session.start();
      let count = 0;
      while (session.step()) count++;
      return count;
    })();
    for (let at = 0; at < steps; at++) {
      const whole = make(new OutputLog()), log = new OutputLog(), again = make(log);
      whole.start();
      for (let i = 0; i < at; i++) whole.step();
      const to = new StateWriter();
      whole.save(to);
      again.load(new StateReader(to.bytes()));
      for (const session of [whole, again]) {
        while (session.step());
        session.finish();
      }
      assertEquals(again.core.digest.hex(), whole.core.digest.hex(), `after ${at} steps`);
      assertEquals(again.context.links.view(1), whole.context.links.view(1));
    }
  });
}
