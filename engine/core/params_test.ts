import { assertEquals, assertThrows } from "@std/assert";
import { checkInstruments, param, paramValues } from "./params.ts";

const SPECS = {
  spread: param.int(2, "ticks", { min: 0, max: 9 }),
  skew: param.number(0.5, "a share", { min: -1 }),
  note: param.text("x", "a note"),
  quick: param.flag(false, "in haste"),
  pause: param.duration("100ms", "between two looks"),
  other: param.instrument("the other leg"),
};

Deno.test("paramValues: defaults stand where nothing is given, texts are read by type", () => {
  const defaults = { spread: 2, skew: 0.5, note: "x", quick: false, pause: "100ms", other: "" };
  assertEquals(paramValues(SPECS, {}), defaults);
  assertEquals(
    paramValues(SPECS, { spread: "7", skew: "-0.25", note: "7", quick: "true", pause: "1.5s", other: "BTC" }),
    { spread: 7, skew: -0.25, note: "7", quick: true, pause: "1.5s", other: "BTC" },
  );
  assertEquals(paramValues(SPECS, { spread: 9, skew: 1e9, quick: true }), {
    ...defaults,
    spread: 9,
    skew: 1e9,
    quick: true,
  });
});

for (
  const [name, value, why] of [
    ["spred", 3, "there is none of that name; did you mean spread?"],
    ["zzzzzzzz", 3, "there are spread, skew, note, quick, pause, other"],
    ["__proto__", 3, "there is none of that name"],
    ["toString", 3, "there is none of that name"],
    ["spread", "", " is not a number (ticks)"],
    ["spread", "two", "two is not a number (ticks)"],
    ["spread", 2.5, "2.5 is not a whole number (ticks)"],
    ["spread", "1e300", "1e300 is not a whole number"],
    ["spread", true, "true is not a number"],
    ["spread", -1, "-1 is not 0 or more (ticks)"],
    ["spread", "10", "10 is not 9 or less (ticks)"],
    ["skew", NaN, "NaN is not a number"],
    ["skew", "Infinity", "Infinity is not a number"],
    ["skew", -1.01, "-1.01 is not -1 or more"],
    ["quick", "yes", "yes is not true or false"],
    ["quick", 1, "1 is not true or false"],
    ["pause", "soon", "soon is not a duration like 100ms (between two looks)"],
    ["pause", "0.3ns", "0.3ns is not a duration"],
    ["pause", "-1s", "-1s is not a duration"],
  ] as const
) {
  Deno.test(`paramValues: ${name}=${value} is refused in words`, () => {
    const given = JSON.parse(`{"${name}": 0}`);
    Object.defineProperty(given, name, { value, enumerable: true });
    const error = assertThrows(() => paramValues(SPECS, given), RangeError, `Cannot set parameter ${name}: `);
    assertEquals(error.message.includes(why), true, error.message);
  });
}

Deno.test("checkInstruments: a name of the session passes, another is refused with the near one or all there are", () => {
  const specs = { a: param.instrument("one leg"), size: param.int(1, "lots"), b: param.instrument("the other leg") };
  const check = (given: Record<string, string>, ...symbols: string[]) =>
    checkInstruments(specs, paramValues(specs, given), symbols);
  check({}, "TWIN_A", "TWIN_B");
  check({ a: "TWIN_B", b: "TWIN_A" }, "TWIN_A", "TWIN_B");
  check({ b: "TWIN_A" }, "TWIN_A");
  const cases: [given: Record<string, string>, symbols: string[], why: string][] = [
    [{ a: "TWIN_C" }, ["TWIN_A", "TWIN_B"], "a: no tape of this session has instrument TWIN_C; did you mean TWIN_A?"],
    [{ b: "OTHER" }, ["X1", "X2"], "b: no tape of this session has instrument OTHER; there are X1, X2"],
    [
      {},
      ["X"],
      "b: it stands for instrument 2, and the session has one alone, X; give another tape, or set b to one of those",
    ],
  ];
  for (const [given, symbols, why] of cases) {
    assertThrows(() => check(given, ...symbols), RangeError, `Cannot set parameter ${why}`);
  }
});
