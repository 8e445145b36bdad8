import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { assertScript, Script, type Step } from "./_script.ts";
import { L2Venue } from "./l2_venue.ts";
import { queueModel } from "./queue_model.ts";
import type { VenueOptions } from "./venue_options.ts";

function scripted(options: Partial<VenueOptions>, queue = "risk"): Script {
  return new Script((orders, all, out) => new L2Venue(orders, all, queueModel(queue, 1), out), options);
}

function scenario(name: string, options: Partial<VenueOptions>, steps: readonly Step[], queue = "risk"): void {
  Deno.test(`L2Venue: ${name}`, () => assertScript(scripted(options, queue), steps));
}

for (const fills of ["partial", "whole"] as const) {
  const of = (lots: number): number => fills === "partial" ? lots : 4;
  scenario(`${fills}: trades at our price use up the queue before us`, { fills }, [
    ["bid 100 5", ""],
    ["a: buy 4 @100", "a works"],
    ["bid 100 9", ""],
    ["trade sell 100 4", ""],
    ["trade sell 100 2", `a makes ${of(1)}@100`],
  ]);

  scenario(`${fills}: a trade through our price fills us at our own`, { fills }, [
    ["bid 100 5", ""],
    ["a: buy 4 @100", "a works"],
    ["trade sell 99 3", `a makes ${of(3)}@100`],
  ]);

  scenario(`${fills}: the other side's best at or through our price fills us at our own`, { fills }, [
    ["bid 100 5", ""],
    ["a: sell 4 @102", "a works"],
    ["bid 101 9", ""],
    ["bid 103 2", `a makes ${of(2)}@102`],
  ]);

  scenario(`${fills}: a trade without an aggressor hits the side it is at or through`, { fills }, [
    ["bid 100 1", ""],
    ["ask 103 1", ""],
    ["a: buy 4 @101", "a works"],
    ["b: sell 4 @102", "b works"],
    ["trade none 101 9", ""],
    ["trade none 103 2", `b makes ${of(2)}@102`],
    ["trade none 100 2", `a makes ${of(2)}@101`],
  ]);

  scenario(`${fills}: trades of the other direction say nothing`, { fills }, [
    ["bid 100 1", ""],
    ["a: buy 4 @100", "a works"],
    ["trade buy 100 9", ""],
    ["trade buy 99 9", ""],
    ["trade sell 101 9", ""],
  ]);
}

scenario("one traded lot never fills two of ours", {}, [
  ["bid 100 2", ""],
  ["a: buy 2 @100", "a works"],
  ["bid 100 3", ""],
  ["b: buy 2 @100", "b works"],
  ["c: buy 2 @100", "c works"],
  ["trade sell 100 3", "a makes 1@100"],
  ["bid 100 1", ""],
  ["trade sell 100 2", "a makes 1@100"],
  ["trade sell 100 3", "b makes 2@100; c makes 1@100"],
  ["d: buy 2 @101", "d works"],
  ["e: buy 2 @101", "e works"],
  ["trade sell 99 3", "d makes 2@101; e makes 1@101"],
  ["ask 98 2", "e makes 1@101; c makes 1@100"],
]);

scenario("whole: each one that is reached is filled whole, by the lots that reach it", { fills: "whole" }, [
  ["bid 100 2", ""],
  ["a: buy 2 @100", "a works"],
  ["b: buy 2 @100", "b works"],
  ["trade sell 100 3", "a makes 2@100"],
  ["c: buy 2 @101", "c works"],
  ["d: buy 2 @101", "d works"],
  ["trade sell 100 1", "c makes 2@101; d makes 2@101; b makes 2@100"],
  ["e: buy 9 @100 show=2", "e works"],
  ["ask 99 1", "e makes 9@100"],
]);

scenario("frozen: what we took is gone until the tape's next row for that level", {}, [
  ["ask 101 5", ""],
  ["a: buy 4", "a takes 4@101"],
  ["b: buy 4", "b takes 1@101; b expired NOT_IMMEDIATE"],
  ["ask 101 5", ""],
  ["c: buy 4", "c takes 4@101"],
]);

scenario("insert: what we took stays gone until the tape empties the level", { impact: "insert" }, [
  ["ask 101 5", ""],
  ["a: buy 4", "a takes 4@101"],
  ["ask 101 6", ""],
  ["b: buy 4", "b takes 2@101; b expired NOT_IMMEDIATE"],
  ["ask 101 5", ""],
  ["c: buy 4", "c expired NO_LIQUIDITY"],
  ["ask 101 0", ""],
  ["ask 101 5", ""],
  ["d: buy 4", "d takes 4@101"],
]);

scenario("insert: what a trade took from us it did not take from the level", { impact: "insert" }, [
  ["a: buy 4 @100", "a works"],
  ["bid 100 5", ""],
  ["trade sell 100 3", "a makes 3@100"],
  ["bid 100 2", ""],
  ["b: sell 9 @100 ioc", "b takes 5@100; b expired NOT_IMMEDIATE"],
]);

scenario("insert: a trade through us spares the level that the tape took from", { impact: "insert" }, [
  ["bid 99 5", ""],
  ["a: buy 2 @100", "a works"],
  ["trade sell 99 5", "a makes 2@100"],
  ["bid 99 1", ""],
  ["b: sell 9 @99 ioc", "b takes 3@99; b expired NOT_IMMEDIATE"],
  ["c: buy 1 @98", "c works"],
]);

scenario("insert: who came to trade with us rests with what is left", { impact: "insert" }, [
  ["a: sell 3 @101", "a works"],
  ["bid 101 5", "a makes 3@101"],
  ["b: sell 9 @101 ioc", "b takes 2@101; b expired NOT_IMMEDIATE"],
  ["bid 101 6", ""],
  ["c: sell 9 @101 ioc", "c takes 1@101; c expired NOT_IMMEDIATE"],
  ["clear none 0", ""],
  ["snapshot bid 101 6", ""],
  ["d: sell 9 @101 ioc", "d takes 6@101; d expired NOT_IMMEDIATE"],
]);

scenario("insert: our own taking brings us forward in that queue", { impact: "insert" }, [
  ["ask 101 3", ""],
  ["a: sell 1 @101", "a works"],
  ["b: buy 2 @101 ioc", "b takes 2@101"],
  ["trade buy 101 2", "a makes 1@101"],
]);

const QUEUES: readonly (readonly [queue: string, steps: readonly Step[], ahead: number])[] = [
  // Ten before us, ten behind.
  ["risk", [["bid 100 12", ""]], 10],
  ["risk", [["bid 100 8", ""]], 8],
  ["risk", [["trade sell 100 4", ""], ["bid 100 16", ""]], 6],
  ["risk", [["bid 100 30", ""]], 10],
  // Half of what cancels stands before us.
  ["power1", [["bid 100 12", ""]], 6],
  ["power3", [["bid 100 12", ""]], 6],
  ["log", [["bid 100 12", ""]], 6],
  // Four traded and four cancelled: six before us, fourteen behind, weights as their cubes.
  ["power1", [["trade sell 100 4", ""], ["bid 100 12", ""]], 6 - 4 * 6 / 20],
  ["power3", [["trade sell 100 4", ""], ["bid 100 12", ""]], 6 - 4 * 216 / (216 + 2744)],
  // More cannot leave behind us than stands there.
  ["power9", [["bid 100 30", ""], ["bid 100 1", ""]], 1],
];

for (const [queue, steps, ahead] of QUEUES) {
  Deno.test(`L2Venue: queue ${queue}: ${steps.map(([does]) => does).join(", ")}: ${ahead} before us`, () => {
    const script = scripted({}, queue);
    for (const line of ["bid 100 10", "a: buy 4 @100", "bid 100 20"]) script.play(line);
    assertScript(script, steps);
    const found = (script.venue as L2Venue).ahead(script.slot("a"));
    assertEquals(Math.round(found * 1e9), Math.round(ahead * 1e9));
  });
}

Deno.test("L2Venue: queue models get a level's rows with what traded since", () => {
  const seen: number[][] = [];
  const queue = { name: "own", front: (...of: number[]) => (seen.push(of), of[0]) };
  const script = new Script((orders, all, out) => new L2Venue(orders, all, queue, out));
  const lines = ["bid 100 5", "a: buy 1 @100", "bid 99 7", "trade sell 100 2", "bid 100 3", "bid 100 8", "bid 101 1"];
  for (const line of lines) script.play(line);
  assertEquals(seen, [[3, 2, 5, 3], [3, 0, 3, 8]]);
});

const walks = fc.array(
  fc.record({
    does: fc.constantFrom("bid", "ask", "trade", "trade", "order", "order", "cancel"),
    side: fc.constantFrom("buy", "sell"),
    price: fc.integer({ min: 98, max: 103 }),
    size: fc.integer({ min: 0, max: 9 }),
    id: fc.integer({ min: 1, max: 30 }),
    words: fc.constantFrom("", "", "", " ioc", " fok", " post", " show=2", " reduce"),
  }),
  { minLength: 40, maxLength: 120, size: "max" },
);

Deno.test("L2Venue: a print fills no more lots than it has, and nobody more than was asked for", () => {
  fc.assert(
    fc.property(
      walks,
      fc.constantFrom<"frozen" | "insert">("frozen", "insert"),
      fc.boolean(),
      (steps, impact, allow) => {
        generated(steps.length);
        const script = scripted({ impact, selfTrade: allow ? "allow" : "decrement" });
        let orders = 0, position = 0;
        const asked = new Map<string, { side: string; size: number; price: number }>();
        for (const { does, side, price, size, id, words } of steps) {
          let line = `${does} ${price} ${size}`;
          if (does === "trade") line = `trade ${side} ${price} ${size + 1}`;
          else if (does === "order") {
            asked.set(`o${++orders}`, { side, size: size + 1, price });
            line = `o${orders}: ${side} ${size + 1} @${price}${words}`;
          } else if (does === "cancel") {
            if (orders === 0) continue;
            line = `o${1 + id % orders}: cancel`;
          }
          let made = 0;
          for (const [, name, what, text, at] of script.play(line).matchAll(/(o\d+) (makes|takes) (\d+)@(\d+)/g)) {
            const order = asked.get(name)!, lots = Number(text), sign = order.side === "buy" ? 1 : -1;
            order.size -= lots;
            position += sign * lots;
            if (what === "makes") made += lots;
            assertEquals(
              [lots > 0, order.size >= 0, sign * Number(at) <= sign * order.price],
              [true, true, true],
              line,
            );
          }
          if (does === "trade" && made > size + 1) throw new Error(`${line} made ${made} lots`);
          assertEquals(script.venue.position, position, line);
        }
      },
    ),
    { numRuns: fuzzRuns(300) },
  );
});
