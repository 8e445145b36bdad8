import { assertEquals, assertThrows } from "@std/assert";
import { parseMargin } from "./margin_text.ts";

Deno.test("parseMargin: modes and rates, spaces and order do not matter", () => {
  assertEquals(parseMargin("none"), "none");
  const spec = { initial: "0.1", maintenance: "0.05" };
  assertEquals(parseMargin("cross:initial=0.1,maintenance=0.05"), { mode: "cross", ...spec });
  assertEquals(parseMargin(" isolated : maintenance=0.05 , initial = 0.1 "), { mode: "isolated", ...spec });
});

Deno.test("parseMargin: says what is wrong, and the nearest right name", () => {
  const wrong: [string, string][] = [
    ["corss:initial=0.1,maintenance=0.05", "there is no mode corss; did you mean cross?"],
    ["", 'there is no mode ""'],
    ["none:initial=0.1", "none has no rates"],
    ["cross", "initial is missing"],
    ["cross:initial=0.1", "maintenance is missing"],
    ["cross:initail=0.1,maintenance=0.05", "there is no rate initail; did you mean initial?"],
    ["cross:initial=0.1,initial=0.2", "initial must be given once"],
    ["cross:initial=,maintenance=0.05", "initial must be given once"],
    ["cross:initial=0.1=0.2,maintenance=0.05", "initial must be given once"],
  ];
  for (const [text, message] of wrong) assertThrows(() => parseMargin(text), RangeError, message);
});
