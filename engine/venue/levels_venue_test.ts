import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { assertScript, Script, type Step } from "./_script.ts";
import { L2Venue } from "./l2_venue.ts";
import { LevelsVenue } from "./levels_venue.ts";
import { queueModel } from "./queue_model.ts";
import type { VenueOptions } from "./venue_options.ts";

/** A script over single orders, of which the venue tells levels alone. */
function byOrder(queue: string, options: Partial<VenueOptions> = {}): Script {
  return new Script((orders, given, out) => new LevelsVenue(orders, given, queueModel(queue, 1), out), options);
}

function scenario(name: string, queue: string, steps: readonly Step[]): void {
  Deno.test(`LevelsVenue: ${name}`, () => assertScript(byOrder(queue), steps));
}

scenario("with risk, who cancels before us is taken to have stood behind us", "risk", [
  ["add 1 buy 100 5", ""],
  ["a: buy 4 @100", "a works"],
  ["add 2 buy 100 9", ""],
  ["cancel 1 5", ""],
  // Known by orders, we would be first by now; by levels, five lots still stand before us.
  ["execute 2 buy 100 3", ""],
  ["execute 2 buy 100 3", "a makes 1@100"],
]);

scenario("optimistic: whatever trades at our price trades with us first", "optimistic", [
  ["add 1 buy 100 50", ""],
  ["a: buy 4 @100", "a works"],
  ["execute 1 buy 100 1", "a makes 1@100"],
  ["modify 1 buy 99 40", ""],
  ["trade sell 100 9", "a makes 3@100"],
]);

scenario("an order that moves leaves one level and joins another", "risk", [
  ["add 1 sell 105 5", ""],
  ["add 2 sell 106 2", ""],
  ["a: sell 3 @105", "a works"],
  ["modify 1 sell 106 5", ""],
  ["b: buy 9 @106", "b takes 7@106"],
]);

scenario("an order that comes to our price fills us with what it has", "risk", [
  ["add 1 buy 100 5", ""],
  ["add 2 sell 103 5", ""],
  ["a: buy 4 @102", "a works"],
  ["add 3 sell 102 2", "a makes 2@102"],
]);

/** What one line about an order comes to in lines about levels. */
class Levels {
  readonly #orders = new Map<number, { side: string; price: number; size: number }>();

  lines(line: string): string[] {
    const [head, ...words] = line.split(" ");
    if (head === "add") {
      this.#orders.set(Number(words[0]), { side: words[1], price: Number(words[2]), size: Number(words[3]) });
      return [this.#level(words[1], Number(words[2]))];
    }
    const order = this.#orders.get(Number(words[0]))!;
    const { side, price } = order;
    if (head === "modify") {
      order.price = Number(words[2]);
      order.size = Number(words[3]);
      return order.price === price
        ? [this.#level(side, price)]
        : [price, order.price].map((at) => this.#level(side, at));
    }
    const lots = Number(words[words.length - 1]);
    order.size -= lots;
    const trade = head === "execute" ? [`trade ${side === "buy" ? "sell" : "buy"} ${price} ${lots}`] : [];
    return [...trade, this.#level(side, price)];
  }

  get open(): [number, { side: string; price: number; size: number }][] {
    return [...this.#orders].filter(([, { size }]) => size > 0);
  }

  #level(side: string, price: number): string {
    let size = 0;
    for (const order of this.#orders.values()) if (order.side === side && order.price === price) size += order.size;
    return `${side === "buy" ? "bid" : "ask"} ${price} ${size}`;
  }
}

Deno.test("LevelsVenue: is L2Venue on the levels that the orders make, under every queue model", () => {
  const draws = fc.array(fc.tuple(fc.nat(99), fc.nat(6), fc.integer({ min: 1, max: 9 }), fc.nat(999)), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(draws, fc.constantFrom("risk", "power3", "log", "optimistic"), (steps, queue) => {
      generated(steps.length);
      const orders = byOrder(queue), levels = new Levels();
      const plain = new Script((table, given, out) => new L2Venue(table, given, queueModel(queue, 1), out));
      let ours = 0, next = 1;
      for (const [kind, price, size, pick] of steps) {
        const side = pick % 2 === 0 ? "buy" : "sell", at = side === "buy" ? 100 - price % 4 : 101 + price % 4;
        if (kind < 25) {
          const line = `o${ours++}: ${side} ${size} @${at}`;
          assertEquals(orders.play(line), plain.play(line));
          continue;
        }
        const { open } = levels, [id, order] = open[pick % Math.max(1, open.length)] ?? [0, undefined];
        const line = kind < 60 || order === undefined
          ? `add ${next++} ${side} ${at} ${size}`
          : kind < 75
          ? `cancel ${id} ${Math.min(size, order.size)}`
          : kind < 85
          ? `modify ${id} ${order.side} ${order.side === "buy" ? 100 - price % 4 : 101 + price % 4} ${size}`
          : `execute ${id} ${order.side} ${order.price} ${Math.min(size, order.size)}`;
        const said = orders.play(line);
        const told = levels.lines(line).map((each) => plain.play(each)).filter((text) => text !== "").join("; ");
        assertEquals(said, told, line);
      }
    }),
    { numRuns: fuzzRuns(100) },
  );
});
