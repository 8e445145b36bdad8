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
    ["1d,limitRate=1000", "about 173 million messages, at most 100"],
    ["1h,view=l1", "view is l2 or l3"],
  ];
  for (const [text, why] of refused) assertThrows(() => parseAgents(text), RangeError, why, text);
});
