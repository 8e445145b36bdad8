import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { ERA } from "./clock.ts";
import { ANSWER, EventQueue, EXCHANGE_DATA, REQUEST, TIMER } from "./event_queue.ts";

interface Event {
  readonly time: number;
  readonly kind: number;
  readonly instrument: number;
  readonly sequence: number;
}

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 4 }), fc.nat(1023)) },
    { weight: 2, arbitrary: fc.constant("pop" as const) },
    { weight: 1, arbitrary: fc.constant("rebase" as const) },
  ),
  { minLength: 100, maxLength: 1500, size: "max" },
);

function compare(a: Event, b: Event): number {
  return a.time - b.time || a.kind - b.kind || a.instrument - b.instrument || a.sequence - b.sequence;
}

Deno.test("EventQueue: time, then class, then instrument, then sequence, as a sorted array has it", () => {
  fc.assert(
    fc.property(steps, (given) => {
      generated(given.length);
      const queue = new EventQueue();
      let twin: Event[] = [], sequence = 0;
      for (const step of given) {
        if (step === "rebase") {
          queue.rebase(3);
          twin = twin.map((event) => ({ ...event, time: event.time - 3 }));
        } else if (step !== "pop") {
          const [time, kind, instrument] = step;
          queue.push(time, kind, instrument, kind + 10, sequence, time / 2, -time, 2 ** 53 - 1 - sequence, NaN);
          twin.push({ time, kind, instrument, sequence: sequence++ });
          twin.sort(compare);
        } else if (twin.length > 0) {
          const event = twin.shift()!;
          assertEquals([queue.time, queue.class], [event.time, event.kind]);
          assertEquals(queue.pop(), event.time);
          const { instrument, action, slot, c, d } = queue;
          assertEquals([instrument, action, slot, c, d], [
            event.instrument,
            event.kind + 10,
            event.sequence,
            2 ** 53 - 1 - event.sequence,
            NaN,
          ]);
        }
        assertEquals([queue.length, queue.time], [twin.length, twin[0]?.time ?? Infinity]);
      }
    }),
    { numRuns: fuzzRuns(40) },
  );
});

Deno.test("EventQueue: at one time answers come first, then exchange data, requests and timers", () => {
  const queue = new EventQueue();
  for (const kind of [TIMER, REQUEST, EXCHANGE_DATA, ANSWER]) queue.push(7, kind, 0, kind, 0, 0, 0, 0, 0);
  const order = [0, 0, 0, 0].map(() => (queue.pop(), queue.action));
  assertEquals(order, [ANSWER, EXCHANGE_DATA, REQUEST, TIMER]);
  assertEquals([queue.length, queue.time, queue.class], [0, Infinity, TIMER]);
});

Deno.test("EventQueue: has a bound, and says who is to blame", () => {
  const queue = new EventQueue();
  for (let i = 0; i < 1 << 21; i++) queue.push(i, TIMER, 0, 0, i, 0, 0, 0, 0);
  assertThrows(
    () => queue.push(0, TIMER, 0, 0, 0, 0, 0, 0, 0),
    RangeError,
    "Cannot schedule another event: 2097152 are waiting",
  );
  for (let i = 0; i < 1000; i++) assertEquals([queue.pop(), queue.slot], [i, i]);
});

Deno.test("EventQueue: timers out of the clock's reach keep their nanosecond and their place among others", () => {
  const queue = new EventQueue();
  queue.pushFar({ eras: 3, ns: 7 }, 24, 1, 0);
  queue.pushFar({ eras: 2, ns: 7 }, 24, 2, 0);
  queue.pushFar({ eras: 1, ns: 7 }, 24, 3, 0); // within reach: ahead of all
  queue.pushFar({ eras: 3, ns: 7 }, 24, 4, 9);
  assertEquals([queue.length, queue.time, queue.farEras], [4, ERA + 7, 2]);
  queue.rebase(2 * ERA);
  assertEquals([queue.length, queue.time, queue.farEras], [4, 7 - ERA, Infinity]);
  queue.push(ERA + 7, TIMER, 0, 24, 5, 0, 0, 0, 0); // after those that were far away
  const order = Array.from({ length: 5 }, () => [queue.pop(), queue.slot, queue.a]);
  assertEquals(order, [[7 - ERA, 3, 0], [7, 2, 0], [ERA + 7, 1, 0], [ERA + 7, 4, 9], [ERA + 7, 5, 0]]);
});
