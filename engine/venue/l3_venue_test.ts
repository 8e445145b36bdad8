import { assertEquals } from "@std/assert";
import { assertScript, Script, type Step } from "./_script.ts";
import { L3Venue } from "./l3_venue.ts";
import type { VenueOptions } from "./venue_options.ts";

const make = (...of: ConstructorParameters<typeof L3Venue>): L3Venue => new L3Venue(...of);

function scenario(name: string, options: Partial<VenueOptions>, steps: readonly Step[]): void {
  Deno.test(`L3Venue: ${name}`, () => assertScript(new Script(make, options), steps));
}

scenario("we trade after exactly those who stood before us", {}, [
  ["add 1 buy 100 5", ""],
  ["add 2 buy 100 3", ""],
  ["a: buy 4 @100", "a works"],
  ["add 3 buy 100 9", ""],
  ["execute 1 buy 100 5", ""],
  ["cancel 2 1", ""],
  ["execute 2 buy 100 2", ""],
  ["execute 3 buy 100 1", "a makes 1@100"],
  ["execute 3 buy 100 8", "a makes 3@100"],
]);

scenario("a cancel behind us says nothing, one before us brings us forward", {}, [
  ["add 1 buy 100 5", ""],
  ["a: buy 4 @100", "a works"],
  ["add 2 buy 100 5", ""],
  ["add 3 buy 100 2", ""],
  ["cancel 2 5", ""],
  ["execute 1 buy 100 4", ""],
  ["cancel 1 1", ""],
  ["execute 3 buy 100 2", "a makes 2@100"],
]);

scenario("a smaller order keeps its place, a larger or moved one goes behind us", {}, [
  ["add 1 buy 100 5", ""],
  ["add 2 buy 100 5", ""],
  ["add 3 buy 100 5", ""],
  ["a: buy 9 @100", "a works"],
  ["modify 1 buy 100 2", ""],
  ["execute 1 buy 100 2", ""],
  ["modify 2 buy 100 6", ""],
  ["modify 3 buy 99 5", ""],
  ["execute 2 buy 100 4", "a makes 4@100"],
  ["modify 3 buy 100 5", ""],
  ["execute 3 buy 100 5", "a makes 5@100"],
]);

scenario("an execution at a worse price fills us first, at our price", {}, [
  ["add 1 sell 102 5", ""],
  ["a: sell 3 @101", "a works"],
  ["execute 1 sell 102 2", "a makes 2@101"],
  ["execute 1 sell 102 3", "a makes 1@101"],
]);

scenario("one traded lot never fills two of ours", {}, [
  ["add 1 buy 100 2", ""],
  ["a: buy 2 @100", "a works"],
  ["b: buy 2 @100", "b works"],
  ["add 2 buy 100 1", ""],
  ["c: buy 2 @100", "c works"],
  ["add 3 buy 100 9", ""],
  ["execute 1 buy 100 2", ""],
  ["execute 2 buy 100 1", "a makes 1@100"],
  ["execute 3 buy 100 4", "a makes 1@100; b makes 2@100; c makes 1@100"],
]);

scenario("an order that comes to our price trades with us; frozen: it rests as recorded", {}, [
  ["a: sell 3 @101", "a works"],
  ["add 1 buy 101 2", "a makes 2@101"],
  ["b: sell 2 @101", "b takes 2@101"],
]);

scenario("an order that comes to our price trades with us; insert: it rests with what is left", { impact: "insert" }, [
  ["a: sell 3 @101", "a works"],
  ["add 1 buy 101 2", "a makes 2@101"],
  ["b: sell 2 @101 ioc", "b expired NOT_IMMEDIATE"],
  ["add 2 buy 102 4", "a makes 1@101"],
  ["b: sell 9 @102 ioc", "b takes 3@102; b expired NOT_IMMEDIATE"],
  ["modify 1 buy 101 3", ""],
  ["c: sell 9 @101 ioc", "c takes 1@101; c expired NOT_IMMEDIATE"],
]);

scenario("insert: who was spared because of us is next, until the last live order of the price leaves", {
  impact: "insert",
}, [
  ["a: buy 5 @100", "a works"],
  ["add 1 buy 100 5", ""],
  ["add 2 buy 100 5", ""],
  ["execute 1 buy 100 5", "a makes 5@100"],
  ["b: buy 1 @100", "b works"],
  ["add 3 buy 100 5", ""],
  ["execute 2 buy 100 5", ""],
  ["add 4 buy 100 5", ""],
  ["execute 3 buy 100 5", ""],
  ["execute 4 buy 100 2", "b makes 1@100"],
  ["c: sell 1 @100", "c takes 1@100"],
  ["cancel 4 3", ""],
  ["d: sell 9 @100 ioc", "d expired NOT_IMMEDIATE"],
]);

scenario("frozen: who is executed on the tape is executed here", {}, [
  ["a: buy 5 @100", "a works"],
  ["add 1 buy 100 5", ""],
  ["execute 1 buy 100 5", "a makes 5@100"],
  ["b: sell 9 @100 ioc", "b expired NOT_IMMEDIATE"],
]);

for (const impact of ["frozen", "insert"] as const) {
  scenario(`${impact}: what we took stays taken`, { impact }, [
    ["add 1 sell 101 3", ""],
    ["add 2 sell 101 4", ""],
    ["add 3 sell 102 9", ""],
    ["a: buy 5 @101 ioc", "a takes 3@101; a takes 2@101"],
    ["cancel 1 3", ""],
    ["modify 2 sell 101 3", ""],
    ["b: buy 9 @101 ioc", "b takes 1@101; b expired NOT_IMMEDIATE"],
    ["execute 2 sell 101 3", ""],
    ["c: buy 9", "c takes 9@102"],
  ]);

  scenario(
    `${impact}: our own taking brings us forward in that queue`,
    { impact },
    [
      ["add 1 sell 101 3", ""],
      ["a: sell 1 @101", "a works"],
      ["add 2 sell 101 4", ""],
      ["b: buy 2 @101 ioc", "b takes 2@101"],
      ["execute 2 sell 101 1", ""],
      ["execute 1 sell 101 3", ""],
    ].map(([does, answers]) => [does, does === "execute 2 sell 101 1" ? "a makes 1@101" : answers] as Step),
  );
}

scenario("hidden executions fill through our price, not at it", {}, [
  ["add 1 buy 100 1", ""],
  ["a: buy 5 @100", "a works"],
  ["trade sell 100 9", ""],
  ["trade buy 99 9", ""],
  ["trade sell 99 2", "a makes 2@100"],
  ["trade none 98 2", "a makes 2@100"],
]);

scenario("executions of orders from before the tape stand before us at our price", {}, [
  ["a: buy 5 @100", "a works"],
  ["execute 77 buy 100 9", ""],
  ["execute 77 buy 99 2", "a makes 2@100"],
  ["cancel 78 2", ""],
]);

scenario("whole: reached is filled whole, and nothing is taken", { fills: "whole" }, [
  ["add 1 sell 101 2", ""],
  ["a: buy 9 @105", "a takes 9@101"],
  ["b: buy 9", "b takes 9@101"],
  ["c: buy 9 @100", "c works"],
  ["add 2 buy 100 1", ""],
  ["execute 2 buy 100 1", "c makes 9@100"],
]);

scenario("what is told again after a clear stands before us", {}, [
  ["add 1 buy 100 5", ""],
  ["a: buy 2 @100", "a works"],
  ["clear none 0", ""],
  ["add 1 buy 100 5", ""],
  ["add 2 buy 100 5", ""],
  ["execute 1 buy 100 5", ""],
  ["execute 2 buy 100 5", "a makes 2@100"],
]);

scenario("a crossed book of the tape (before an auction) fills us only beyond what stands before us", {}, [
  ["add 1 sell 100 5", ""],
  ["a: sell 4 @101", "a works"],
  ["add 2 buy 101 7", "a makes 2@101"],
  ["halt", "a suspended"],
  ["add 3 buy 101 90", ""],
]);

Deno.test("L3Venue: the place in the queue is known at any time", () => {
  const script = new Script(make);
  for (const line of ["add 1 buy 100 5", "add 2 buy 100 3", "a: buy 2 @100", "cancel 1 2"]) script.play(line);
  const venue = script.venue as L3Venue;
  assertEquals([venue.ahead(script.slot("a")), venue.unknownOrders, venue.changed], [6, 0, 0]);
  for (const line of ["cancel 9 2", "execute 9 buy 100 1", "modify 9 buy 100 1"]) script.play(line);
  assertEquals([venue.ahead(script.slot("a")), venue.unknownOrders], [6, 3]);
});
