import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseDecimal } from "../../core/decimal.ts";
import { SourceError } from "../decoder.ts";
import { Fields } from "./fields.ts";

const fields = new Fields();

function split(line: string): Fields {
  const bytes = new TextEncoder().encode(line);
  fields.split(bytes, 0, bytes.length, 7);
  return fields;
}

Deno.test("Fields: splits at commas, empty and quoted ones too", () => {
  split('a,,"b,c",d,');
  assertEquals(Array.from({ length: fields.count }, (_, i) => fields.text(i)), ["a", "", "b,c", "d", ""]);
  assertEquals([fields.isEmpty(1), fields.isEmpty(9), fields.letter(3), fields.letter(1)], [true, true, 100, 0]);
  assertEquals([fields.equals(2, new TextEncoder().encode("b,c")), fields.equals(0, new Uint8Array(0))], [true, false]);
  assertThrows(() => split('a,"b'), SourceError, "line 7: a quote is not closed");
  split(Array.from({ length: 200 }, (_, i) => i).join());
  assertEquals([fields.count, fields.integer(199, "x")], [200, 199]);
});

Deno.test("Fields: decimals read as parseDecimal reads them", () => {
  const part = fc.array(fc.nat(9), { maxLength: 9 }).map((digits) => digits.join(""));
  fc.assert(fc.property(fc.constantFrom("", "-", "+"), part, part, (sign, whole, rest) => {
    fc.pre(whole + rest !== "" && Number(whole + rest) < 2 ** 53);
    const text = `${sign}${whole}.${rest}`;
    split(text).decimal(0, "price");
    const { mantissa, decimals } = parseDecimal(text);
    assertEquals([fields.mantissa, fields.decimals], [mantissa, decimals]);
  }));
  split("1e-7,13.400000000,61659.70000000000000000000,9007199254740993,abc,,NaN,.,-0.0");
  fields.decimal(0, "price");
  assertEquals([fields.mantissa, fields.decimals], [1, 7]);
  fields.decimal(1, "price");
  assertEquals([fields.mantissa, fields.decimals], [134, 1]);
  fields.decimal(2, "price");
  assertEquals([fields.mantissa, fields.decimals], [616597, 1]);
  assertThrows(() => fields.decimal(3, "price"), SourceError, "price is 9007199254740993, not a number below 2^53");
  assertThrows(() => fields.decimal(4, "price"), SourceError, "line 7: price is abc");
  assertThrows(() => fields.decimal(5, "price"), SourceError, "price is missing");
  assertThrows(() => fields.decimal(6, "price"), SourceError, "price is NaN");
  assertThrows(() => fields.decimal(7, "price"), SourceError, "price is .");
  assertThrows(() => fields.decimal(20, "price"), SourceError, "price is missing");
  fields.decimal(8, "price");
  assertEquals([fields.mantissa, fields.decimals], [0, 0]);
});

Deno.test("Fields: integers and ids keep every digit or are refused", () => {
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (id) => {
    split(`${id}`).id(0, "order_id");
    assertEquals((BigInt(fields.idHigh) << 32n) | BigInt(fields.idLow), id);
  }));
  assertThrows(() => split("18446744073709551616").id(0, "order_id"), SourceError, "an unsigned 64-bit number");
  assertThrows(() => split("-1").id(0, "order_id"), SourceError, "an unsigned 64-bit number");
  assertEquals(split("-42").integer(0, "size"), -42);
  assertThrows(() => split("9007199254740992").integer(0, "size"), SourceError, "below 2^53");
  assertThrows(() => split("1.5").integer(0, "size"), SourceError, "size is 1.5, not a whole number");
  assertThrows(() => split("-").integer(0, "size"), SourceError, "size is -,");
});

Deno.test("Fields: times as ISO 8601 and as nanoseconds since 1970", () => {
  const times =
    "2025-07-17T07:05:09.035793433Z,2025-07-17 09:05:09.035793433+02:00,1752735909035793433,2025-07-17T07:05:09";
  for (let i = 0; i < 4; i++) {
    split(times).time(i, "ts_recv");
    assertEquals([fields.sec, fields.ns], [Date.UTC(2025, 6, 17, 7, 5, 9) / 1000, i === 3 ? 0 : 35793433]);
  }
  for (const bad of ["", "noon", "2025-13-17T07:05:09Z", "2025-02-29T07:05:09Z", "2025-07-17T07:05:09.1234567891Z"]) {
    assertThrows(() => split(bad).time(0, "ts_recv"), SourceError, "ts_recv is");
  }
});
