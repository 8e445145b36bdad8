import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Digest } from "../core/digest.ts";
import { JournalWriter } from "../core/journal.ts";
import { JOURNAL_VERSION } from "../core/journal_format.ts";
import { JournalReader } from "../core/journal_reader.ts";
import { BytesSource } from "../feed/byte_source.ts";
import { fillTag } from "../core/recorder.ts";
import { MemoryFile } from "../feed/memory_file.ts";
import { compareOrders } from "./order_difference.ts";
import { sha256 } from "./sha256.ts";

/** One order of a made run: when it is sent, its price, and when it is filled, if it is. */
interface Made {
  readonly at: number;
  readonly price: number;
  readonly filledAt?: number;
}

const NEW = 1, FILLED = 6;
const instrument = { symbol: "A", venue: "made", tick: "1", lot: "1" };

/** The journal of a run of such orders, each of one lot, numbered as they come. */
function journalOf(orders: readonly Made[]): JournalReader {
  const file = new MemoryFile("journal");
  const journal = new JournalWriter({ sink: { write: (bytes) => file.append(bytes) }, hasher: sha256 });
  journal.start({
    journal: JOURNAL_VERSION,
    lockstep: "",
    strategy: { name: "", sha256: null },
    parameters: {},
    seed: 1,
    options: {},
    code: [],
    tapes: [{ sha256: "", name: "a", rows: 0, instrument }],
  }, { digest: new Digest(), feeds: [{ row: 0 }] });
  const records = orders.flatMap(({ at, price, filledAt }, i) => [
    { at, put: () => journal.output(1, 0, at, i + 1, NEW, price, 1) },
    ...(filledAt === undefined ? [] : [{
      at: filledAt,
      put: () => {
        journal.output(fillTag(FILLED, 0), 0, filledAt, i + 1, price, 1, 0);
      },
    }]),
  ]);
  for (const { put } of records.sort((a, b) => a.at - b.at)) put();
  journal.close({ steps: 1, finished: true, incomplete: null });
  return new JournalReader(new BytesSource(file.bytes.slice()), sha256);
}

/** The slow, obvious way: each thing is taken out of the other list where it stands there. */
function naive(was: readonly string[], now: readonly string[]) {
  const rest = [...now];
  let both = 0;
  for (const each of was) {
    const at = rest.indexOf(each);
    if (at < 0) continue;
    rest.splice(at, 1);
    both++;
  }
  return { both, onlyWas: was.length - both, onlyNow: rest.length };
}

const made = fc.record({
  at: fc.nat(30),
  price: fc.integer({ min: 1, max: 3 }),
  wait: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
}).map(({ at, price, wait }): Made => ({ at, price, filledAt: wait === undefined ? undefined : at + wait }));

Deno.test("compareOrders: finds what the slow, obvious way finds", () => {
  const list = fc.array(made, { maxLength: 30 }).map((orders) => orders.toSorted((a, b) => a.at - b.at));
  fc.assert(fc.property(list, list, fc.boolean(), (was, other, alike) => {
    // Often the second is the first with something else at its end.
    const now = alike ? [...was.slice(0, -2), ...other.slice(-3)].toSorted((a, b) => a.at - b.at) : other;
    const { orders, fills, filled, first } = compareOrders(journalOf(was), journalOf(now));
    const sent = (all: readonly Made[]) => all.map(({ at, price }) => `${at} ${price}`);
    const done = (all: readonly Made[]) =>
      all.flatMap(({ price, filledAt }) => filledAt === undefined ? [] : [`${filledAt} ${price}`]);
    assertEquals(orders, naive(sent(was), sent(now)));
    assertEquals(fills, naive(done(was), done(now)));
    assert(filled.both + filled.onlyWas + filled.onlyNow <= orders.both);
    assertEquals(first.length, Math.min(10, orders.onlyWas + orders.onlyNow + fills.onlyWas + fills.onlyNow));
    assert(first.every(({ time }, i) => i === 0 || first[i - 1].time <= time));
  }));
});

Deno.test("compareOrders: an order that both have, filled in one alone, is told of", () => {
  const was: Made[] = [{ at: 1, price: 5, filledAt: 4 }, { at: 2, price: 6 }, { at: 3, price: 7, filledAt: 9 }];
  const now: Made[] = [{ at: 1, price: 5 }, { at: 2, price: 6, filledAt: 8 }, { at: 3, price: 7, filledAt: 10 }];
  const { orders, fills, filled, first } = compareOrders(journalOf(was), journalOf(now));
  assertEquals(orders, { both: 3, onlyWas: 0, onlyNow: 0 });
  assertEquals(fills, { both: 0, onlyWas: 2, onlyNow: 2 });
  assertEquals(filled, { both: 1, onlyWas: 1, onlyNow: 1 });
  assertEquals(first.map(({ time, run, words }) => `${time} ${run} ${words}`), [
    "4 was order 1 of A is Filled: bought 1 at 5, fee 0.00000000",
    "8 now order 2 of A is Filled: bought 1 at 6, fee 0.00000000",
    "9 was order 3 of A is Filled: bought 1 at 7, fee 0.00000000",
    "10 now order 3 of A is Filled: bought 1 at 7, fee 0.00000000",
  ]);
});
