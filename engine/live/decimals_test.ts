import { assertEquals, assertThrows } from "@std/assert";
import { compare, minus, plain, plus } from "./decimals.ts";

Deno.test("plus, minus: exact where floats are not, and longer than 2^53", () => {
  assertEquals(plus("0.1", "0.2"), "0.3");
  assertEquals(minus("0.3", "0.30000000"), "0");
  assertEquals(plus("123456789012345678.00000001", "0.000000000000000001"), "123456789012345678.000000010000000001");
  assertEquals(minus("1", "2.50"), "-1.5");
  assertEquals(plus("100", "200"), "300");
});

Deno.test("compare: by number, not by text", () => {
  assertEquals([compare("0.10", "0.1"), compare("9", "10"), compare("1e-7", "0")].map(Math.sign), [0, -1, 1]);
});

Deno.test("plain: exponents and zeros go, and what is no number is refused", () => {
  assertEquals(["1e3", "0.00100000", "1.5E-8", ".5", "0.0", "-0"].map(plain), [
    "1000",
    "0.001",
    "0.000000015",
    "0.5",
    "0",
    "0",
  ]);
  for (const text of ["", ".", "1.2.3", "NaN", "0x10", "1,5"]) assertThrows(() => plain(text), RangeError, "decimal");
});
