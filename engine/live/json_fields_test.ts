import { assertEquals, assertThrows } from "@std/assert";
import { whole } from "./json_fields.ts";

Deno.test("whole: numbers and their texts, and nothing that merely becomes one", () => {
  assertEquals([7, "7", -3, "-3", 0].map((value) => whole({ value }, "value")), [7, 7, -3, -3, 0]);
  const others: unknown[] = [
    undefined,
    null,
    "",
    " 7",
    "0x10",
    "1e3",
    1.5,
    2 ** 53,
    "9007199254740993",
    true,
    [5],
    {},
    {
      toString: 1,
    },
  ];
  for (const value of others) assertThrows(() => whole({ value }, "value"), SyntaxError, "not a whole number");
});
