import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { Code, codeName } from "../core/codes.ts";
import { BUY, SELL } from "../core/event.ts";
import { ALL, Gate, GATE_STATES, HALTED, REDUCING } from "./gate.ts";

/** A gate over two instruments; `position` and `open` are of the first. */
function gateOf(position = 0, open: { readonly buys?: number; readonly sells?: number } = {}): Gate {
  return new Gate(2, {
    position: (i) => i === 0 ? position : 0,
    openLots: (i, side) => i === 0 ? (side > 0 ? open.buys : open.sells) ?? 0 : 0,
  });
}

const says = (code: Code | 0) => code === 0 ? "passes" : codeName(code);

const REDUCES: readonly (readonly [
  position: number,
  open: { readonly buys?: number; readonly sells?: number },
  side: number,
  lots: number,
  says: string,
])[] = [
  [10, {}, SELL, 10, "passes"],
  [10, {}, SELL, 11, "NOT_REDUCING_POSITION"],
  [10, {}, BUY, 1, "NOT_REDUCING_POSITION"],
  [10, { sells: 4 }, SELL, 6, "passes"],
  [10, { sells: 4 }, SELL, 7, "NOT_REDUCING_POSITION"],
  [10, { buys: 5 }, SELL, 10, "passes"],
  [-10, {}, BUY, 10, "passes"],
  [-10, { buys: 10 }, BUY, 1, "NOT_REDUCING_POSITION"],
  [-10, {}, SELL, 1, "NOT_REDUCING_POSITION"],
  [0, {}, BUY, 1, "NOT_REDUCING_POSITION"],
  [0, {}, SELL, 1, "NOT_REDUCING_POSITION"],
  // An amend is judged by the lots it adds.
  [10, { sells: 10 }, SELL, 0, "passes"],
  [10, { sells: 10 }, SELL, -3, "passes"],
  [10, { sells: 10 }, SELL, 1, "NOT_REDUCING_POSITION"],
  [10, { sells: 14 }, SELL, -3, "NOT_REDUCING_POSITION"],
  // An order of money has no size to judge by.
  [10, {}, SELL, Infinity, "NOT_REDUCING_POSITION"],
];

for (const [position, open, side, lots, expected] of REDUCES) {
  const does = `${side > 0 ? "buying" : "selling"} ${lots} more`;
  Deno.test(`Gate: reducing, holding ${position} with ${JSON.stringify(open)} open: ${does} ${expected}`, () => {
    const gate = gateOf(position, open);
    assertEquals(gate.admits(0, side, lots), 0);
    gate.hold(0, REDUCING, Code.DRAWDOWN);
    assertEquals(says(gate.admits(0, side, lots)), expected);
    gate.release(0, Code.DRAWDOWN);
    assertEquals(gate.admits(0, side, lots), 0);
  });
}

type Step = readonly [does: string, act: (gate: Gate) => void, first: string, second: string];

const STACK: readonly Step[] = [
  ["nothing yet", () => {}, "open", "open"],
  ["the session warms up", (gate) => gate.hold(ALL, HALTED, Code.WARMING_UP), "WARMING_UP", "WARMING_UP"],
  ["a breaker trips in the first", (gate) => gate.hold(0, HALTED, Code.BANDS), "WARMING_UP", "WARMING_UP"],
  ["the warm-up is over", (gate) => void gate.release(ALL, Code.WARMING_UP), "BANDS", "open"],
  ["reduce on drawdown", (gate) => gate.hold(ALL, REDUCING, Code.DRAWDOWN), "BANDS", "DRAWDOWN"],
  ["a command halts the first", (gate) => gate.hold(0, HALTED, Code.HELD, true), "HELD", "DRAWDOWN"],
  ["the breaker returns", (gate) => void gate.release(0, Code.BANDS), "HELD", "DRAWDOWN"],
  ["killed", (gate) => gate.hold(ALL, HALTED, Code.KILLED, true), "KILLED", "KILLED"],
  ["a breaker trips under the kill", (gate) => gate.hold(0, HALTED, Code.BANDS), "KILLED", "KILLED"],
  ["the session ends", (gate) => gate.hold(ALL, HALTED, Code.CLOSED), "CLOSED", "CLOSED"],
  ["it never ended", (gate) => void gate.release(ALL, Code.CLOSED), "KILLED", "KILLED"],
  ["reset", (gate) => void gate.release(ALL, Code.KILLED), "BANDS", "DRAWDOWN"],
  ["the breaker returns", (gate) => void gate.release(0, Code.BANDS), "HELD", "DRAWDOWN"],
  ["the command is taken back", (gate) => void gate.release(0, Code.HELD), "DRAWDOWN", "DRAWDOWN"],
  ["a new peak by command", (gate) => void gate.release(ALL, Code.DRAWDOWN), "open", "open"],
];

Deno.test("Gate: causes stack, and what holds is named, step by step", () => {
  const gate = gateOf();
  const named = (i: number) => gate.state(i) === 0 ? "open" : codeName(gate.code(i));
  for (const [does, act, first, second] of STACK) {
    act(gate);
    assertEquals([does, named(0), named(1)], [does, first, second]);
  }
});

Deno.test("Gate: an instrument that is none is refused where the session is halted, and else left to the checks behind", () => {
  const gate = gateOf();
  for (const unknown of [-1, 2, 7]) {
    assertEquals(gate.admits(unknown, BUY, 1), 0);
    gate.hold(ALL, HALTED, Code.CLOSED);
    assertEquals(gate.admits(unknown, BUY, 1), Code.CLOSED);
    gate.release(ALL, Code.CLOSED);
    gate.hold(ALL, REDUCING, Code.CLOSED);
    assertEquals(gate.admits(unknown, BUY, 1), 0);
    gate.release(ALL, Code.CLOSED);
  }
  assertThrows(() => gate.hold(2, HALTED, Code.HELD), RangeError, "Cannot hold instrument 2");
  assertThrows(() => gate.hold(0, 0, Code.HELD), RangeError, "Cannot hold a gate in state 0");
});

Deno.test("Gate: whatever is held and released, in whatever order, the strictest that is left holds", () => {
  const codes = [Code.WARMING_UP, Code.BANDS, Code.DRAWDOWN, Code.KILLED, Code.CLOSED] as const;
  const step = fc.record({
    instrument: fc.constantFrom(ALL, 0, 1),
    state: fc.constantFrom(0, REDUCING, HALTED),
    code: fc.constantFrom(...codes),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      generated(steps.length);
      const gate = gateOf(), held = new Map<string, readonly [number, number]>();
      for (const { instrument, state, code } of steps) {
        const key = `${instrument} ${code}`;
        if (state === 0) assertEquals(gate.release(instrument, code), held.delete(key));
        else {
          gate.hold(instrument, state, code);
          held.set(key, [instrument, state]);
        }
        for (const i of [0, 1]) {
          const states = [...held.values()].filter(([scope]) => scope === ALL || scope === i).map((each) => each[1]);
          const strictest = Math.max(0, ...states);
          assertEquals(gate.state(i), strictest);
          assertEquals(gate.admits(i, BUY, 1) === 0, strictest === 0);
          assertEquals(gate.code(i) === 0, strictest === 0);
        }
        assertEquals(gate.causes().map((cause) => GATE_STATES.indexOf(cause.state)).length, held.size);
      }
    }),
    { numRuns: fuzzRuns(100) },
  );
});
