import { assertThrows } from "@std/assert";
import { assertScript, Script, type Step } from "./_script.ts";
import { HftbacktestVenue } from "./hftbacktest_venue.ts";
import { queueModel } from "./queue_model.ts";
import type { VenueOptions } from "./venue_options.ts";

function scripted(options: Partial<VenueOptions>): Script {
  return new Script((orders, all, out) => new HftbacktestVenue(orders, all, queueModel("risk", 1), out), options);
}

function scenario(name: string, steps: readonly Step[]): void {
  Deno.test(`HftbacktestVenue: ${name}`, () => assertScript(scripted({ fills: "whole" }), steps));
}

scenario("one traded lot fills two of ours that are first at their price", [
  ["bid 100 2", ""],
  ["a: buy 4 @100", "a works"],
  ["b: buy 4 @100", "b works"],
  ["trade sell 100 2", ""],
  ["trade sell 100 1", "a makes 4@100; b makes 4@100"],
]);

scenario("a trade without an aggressor does nothing, but triggers stops", [
  ["bid 100 1", ""],
  ["ask 103 1", ""],
  ["a: buy 4 @101", "a works"],
  ["trade none 100 2", ""],
  ["b: sell 1 stop=99", "b works"],
  ["trade none 99 2", "b triggers; b takes 1@100"],
]);

scenario("a trade through ours, and a best that reaches ours, fill us whole", [
  ["bid 100 1", ""],
  ["ask 105 1", ""],
  ["a: sell 4 @102", "a works"],
  ["b: sell 4 @103", "b works"],
  ["trade buy 102 1", "a makes 4@102"],
  ["bid 103 1", "b makes 4@103"],
]);

Deno.test("HftbacktestVenue: partial fills, and a book that orders of ours stand in, are refused", () => {
  assertThrows(() => scripted({ fills: "partial" }), RangeError, "fills are partial and impact is frozen");
  assertThrows(
    () => scripted({ fills: "whole", impact: "insert" }),
    RangeError,
    "fills are whole and impact is insert",
  );
});
