import { assertEquals, assertThrows } from "@std/assert";
import type { CommandKind } from "./command.ts";
import { commandTime, parseCommand } from "./command_text.ts";

const apply = () => {};
const KINDS = new Map<string, CommandKind>([
  ["submit", {
    about: "",
    fields: {
      side: { type: "side" },
      size: { type: "count" },
      price: { type: "ticks", optional: true },
      postOnly: { type: "flag" },
    },
    apply,
  }],
  ["limit", { about: "", fields: { name: { type: "text" }, value: { type: "limit" } }, apply }],
  ["kill", { about: "", fields: {}, apply }],
]);

Deno.test("parseCommand: fields stand in order or by name, numbers and flags are read as such", () => {
  const cases: readonly (readonly [text: string, command: unknown])[] = [
    ["+90s kill", { kind: "kill" }],
    ["+90s kill id=stop", { kind: "kill", id: "stop" }],
    ["+90s submit buy 3 -2001", { kind: "submit", side: "buy", size: 3, price: -2001 }],
    ["+90s  submit size=3 buy postOnly=true ", { kind: "submit", size: 3, side: "buy", postOnly: true }],
    ["+90s limit position 1e3", { kind: "limit", name: "position", value: 1000 }],
    ["+90s limit 5 unlimited", { kind: "limit", name: "5", value: "unlimited" }],
    [`+90s limit "two words" id='a "b"'`, { kind: "limit", name: "two words", id: 'a "b"' }],
    [`+90s limit "two id=it's`, { kind: "limit", name: '"two', id: "it's" }],
    // What it is not is for the kind to say.
    ["+90s submit sideways many", { kind: "submit", side: "sideways", size: "many" }],
  ];
  for (const [text, command] of cases) assertEquals(parseCommand(text, KINDS), { at: "+90s", command });
});

Deno.test("parseCommand: what is none is refused with the near name", () => {
  const cases: readonly (readonly [text: string, message: string])[] = [
    ["+90s kil", "Cannot take command kil: there is none of that kind; did you mean kill?"],
    ["+90s", "Cannot take command nothing: there is none of that kind; "],
    ["+90s kill now", 'Cannot read command "+90s kill now": now is one word too many'],
    ["+90s submit buy side=sell", "side is given twice"],
    ["90s kill", 'Cannot read a command\'s time: "90s"'],
    ["+90 kill", 'Cannot read a duration: "90"'],
    ["", 'Cannot read a command\'s time: ""'],
  ];
  for (const [text, message] of cases) assertThrows(() => parseCommand(text, KINDS), Error, message);
});

Deno.test("commandTime: to the nanosecond, from the start or in UTC", () => {
  assertEquals(commandTime("+1h", 5n), 3_600_000_000_005n);
  assertEquals(commandTime("2024-08-08T23:54:15.000000007Z", 0n), 1_723_161_255_000_000_007n);
  assertEquals(commandTime("2024-08-09T01:54:15+02:00", 0n), 1_723_161_255_000_000_000n);
  assertThrows(() => commandTime("2024-13-08T23:54:15Z", 0n), RangeError);
});
