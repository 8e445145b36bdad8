import { assertEquals, assertThrows } from "@std/assert";
import { parseAgents } from "./agent_spec.ts";

Deno.test("parseAgents: a time, and what is other than usual", () => {
  assertEquals(parseAgents("1h"), { forNs: 3600e9, view: "l2", market: {} });
  assertEquals(parseAgents(" 2d , view=l3,startTicks=5000,feedMs=0.5,cancelRate=0.01"), {
    forNs: 172_800e9,
    view: "l3",
    market: { startTicks: 5000, feedMs: 0.5, cancelRate: 0.01 },
  });
});

Deno.test("parseAgents: what cannot be is refused by its name, with what can", () => {
  const refused: readonly (readonly [text: string, why: string])[] = [
    ["", "duration"],
    ["long", '"long" is not like'],
    ["0s", "more than 0 and at most 31d"],
    ["32d", "32d: it is more than 0 and at most 31d"],
    ["1h,newsRate", 'Cannot read "newsRate" of agents: write NAME=VALUE'],
    ["1h,", 'Cannot read "" of agents'],
    ["1h,newRate=1", "did you mean newsRate"],
    ["1h,constructor=1", "no such setting"],
    ["1h,seed=3", "no such setting"],
    ["1h,limitRate=0", "limitRate of agents to 0: it is a decimal from 0.01 to 1000"],
    ["1h,limitRate=1e3", "to 1e3"],
    ["1h,startTicks=500.5", "a whole number from 400 to 100000"],
    ["1d,limitRate=1000", "about 173 million events, at most 100; give a shorter time, or lower rates"],
    ["31d,newsRate=1000", "million events"],
    ["1s,limitRate=0.01,marketRate=0,newsRate=1000", "give more orders, or less news"],
    ["1h,newsRate=1,newsRate=2", "Cannot set newsRate of agents twice"],
    ["1h,view=l2, view=l2", "Cannot set view of agents twice"],
    [`1h,newsRate=0.${"0".repeat(150)}1`, "165 letters; write at most 150"],
    ["1h,view=l1", "view is l2 or l3"],
  ];
  for (const [text, why] of refused) assertThrows(() => parseAgents(text), RangeError, why, text);
});
