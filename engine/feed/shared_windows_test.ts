import { assertEquals } from "@std/assert";
import { AT_EXCHANGE } from "../core/event.ts";
import { rig } from "../core/_rig.ts";
import { busy, oddMarket } from "../core/_busy.ts";
import { ERA } from "../core/clock.ts";
import { Rng } from "../core/rng.ts";
import { madeTape } from "./_made_tape.ts";
import { tapeOfBars } from "./_tape_of_bars.ts";
import { VOLUME } from "./bar_columns.ts";
import { SharedTape } from "./shared_windows.ts";
import { WINDOW } from "./window_cache.ts";

Deno.test("SharedTape: sources that go on in turn decode each window once", () => {
  const shared = new SharedTape(tapeOfBars(20 * WINDOW, 60));
  const sources = Array.from({ length: 5 }, () => shared.bars(0));
  for (let window = 0; window < 20; window++) {
    for (const source of sources) assertEquals(source.columns(window).at(VOLUME, 7), 5 * (window * WINDOW + 7));
  }
  assertEquals(shared.decoded, 20);
});

Deno.test("SharedTape: a source far behind keeps its three windows, whatever the others do", () => {
  const shared = new SharedTape(tapeOfBars(40 * WINDOW, 60));
  const slow = shared.bars(0), fast = shared.bars(0);
  const kept = [0, 1, 2].map((index) => slow.columns(index));
  for (let window = 0; window < 40; window++) {
    fast.columns(window);
    kept.forEach((columns, index) => assertEquals(columns.at(VOLUME, 3), 5 * (index * WINDOW + 3)));
  }
  // What the slow one held was there for the fast one, too.
  assertEquals(shared.decoded, 40);
});

Deno.test("SharedTape: two sources may count from different eras", () => {
  const year = 365n * 86_400_000_000_000n;
  const rows = Array.from({ length: 6 }, (_, i) => ({ exchange: BigInt(i) * year, side: 1, price: i }));
  const shared = new SharedTape(madeTape(rows));
  const [a, b] = [shared.events(0), shared.events(0)];
  assertEquals([a.columns(0), a.columns(0).timeOf(AT_EXCHANGE, 0)], [b.columns(0), 0]);
  const era = a.eraAt(0, 3);
  a.rebase(era);
  assertEquals(a.columns(0).timeOf(AT_EXCHANGE, 3), Number(3n * year - BigInt(era) * BigInt(ERA)));
  assertEquals(b.columns(0).timeOf(AT_EXCHANGE, 3), Infinity);
  assertEquals(b.columns(0).timeOf(AT_EXCHANGE, 0), 0);
});

Deno.test("SharedTape: sessions in turn over one decoding have the digests they have alone, feed latencies included", () => {
  for (const feed of [undefined, 5000]) {
    const tape = madeTape(oddMarket(new Rng(5).child("shared"), 30_000, 0n, 400), { batch: 7000 });
    const options = (queue: string) => ({ queue, strategy: busy({ interval: "20us" }), latency: { order: 300, feed } });
    const queues = ["risk", "power3", "log", "optimistic"];
    const alone = queues.map((queue) => {
      const session = rig({ tapes: { X: tape }, ...options(queue) });
      session.run();
      return session.core.digest.hex();
    });
    const shared = new SharedTape(tape), one = { ...tape, shared };
    const sessions = queues.map((queue) => rig({ tapes: { X: one }, ...options(queue) }));
    for (const session of sessions) session.start();
    const running = new Set(sessions);
    for (let rows = 2000; running.size > 0; rows += 2000) {
      for (const session of running) {
        while (session.core.feeds[0].row < rows) {
          if (session.step()) continue;
          session.finish();
          running.delete(session);
          break;
        }
      }
    }
    assertEquals(sessions.map(({ core }) => core.digest.hex()), alone);
    assertEquals(new Set(alone).size > 1, true);
    assertEquals(shared.decoded, 9);
  }
});
