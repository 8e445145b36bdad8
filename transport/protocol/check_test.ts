import { assertThrows } from "@std/assert";
import { checked } from "./check.ts";
import { ProtocolError } from "./errors.ts";

Deno.test("checked: what is wrong is told with its place, its value and what would be right, in words", () => {
  const subscribe = { channel: "book", symbol: "BTC" };
  const wrong: readonly (readonly [type: string, data: unknown, message: string])[] = [
    ["presence", undefined, "Cannot read presence: data is missing; it must be there"],
    ["subscribe", { channel: "book" }, "Cannot read subscribe: data.symbol is missing; it must be there"],
    ["subscribe", { ...subscribe, symbol: 3 }, "Cannot read subscribe: data.symbol is 3; it is a text"],
    ["subscribe", { ...subscribe, symbl: "x" }, "Cannot read subscribe: data.symbl is not a field"],
    ["subscribe", { ...subscribe, channel: "bok" }, 'Cannot read subscribe: data.channel is "bok"'],
    ["subscribe", { ...subscribe, where: { side: "buy" } }, 'data.where.side is "buy"; it is a list'],
    ["ack", { bytes: "many" }, 'Cannot read ack: data.bytes is "many"; it is a number'],
    ["ack", { bytes: 1.5 }, "data.bytes is 1.5; it is safe_integer"],
    ["command", { command: {} }, "Cannot read command: data.command.kind is missing; it must be there"],
  ];
  for (const [type, data, message] of wrong) {
    assertThrows(() => checked({ type, ...(data ? { data } : {}) }, "client"), ProtocolError, message);
  }
});
