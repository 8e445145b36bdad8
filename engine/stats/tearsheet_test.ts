import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { columns } from "./_format.ts";
import { sampleResult } from "./_sample_result.ts";
import { tearsheet } from "./tearsheet.ts";

Deno.test("tearsheet: a day's run has its figures, models and notes", () => {
  const sheet = tearsheet(sampleResult());
  for (
    const part of [
      "touch_maker",
      "seed 7",
      "spread 2 · size 1 · limit 20",
      "usdm_btcusdt_20240808.arrow                                         491,973 rows",
      "2024-08-08 20:15:00 → 2024-08-09 01:59:00  5h 44m",
      "Max drawdown",
      "queue risk · latency 10ms · fees maker 0.0002, taker 0.0007",
      "Limits   unlimited",
      "Refused  POSITION 3 · WOULD_CROSS 12",
      "Annual figures: n/a, span under 2 days.",
      "14,016,324/s · digest 3f2a9c0d1e4b5a69788796a5b4c3d2e1",
    ]
  ) assertStringIncludes(sheet, part);
  assert(!sheet.includes("Sharpe"), "a figure that does not exist is left out");
});

Deno.test("tearsheet: no line is wider than asked, whatever the names, and colour adds no columns", () => {
  const long = "名前".repeat(60) + "x".repeat(300);
  const base = sampleResult(60 * 24 * 20);
  const instruments = Object.fromEntries(
    Array.from({ length: 9 }, (_, i) => [`${long}${i}`, { ...base.instruments.BTCUSDT, pnl: -1.23456789e14 }]),
  );
  const result = sampleResult(60 * 24 * 20, {
    instruments,
    digest: long,
    incomplete: long,
    notes: [long, `a ${long} b ${long}`, ...Array(20).fill("Some words to wrap. ".repeat(9))],
    refusals: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`SOME_LONG_CODE_${i}`, i])),
    run: {
      ...base.run,
      strategy: long,
      parameters: { [long]: long },
      tapes: Array.from({ length: 5 }, (_, i) => ({ name: long + i, hash: "", rows: 1e12 })),
      models: { queue: long, latency: long, fees: long, fills: long, impact: long },
    },
  });
  for (const width of [40, 53, 80, 81, 120, 200]) {
    const sheet = tearsheet(result, { width });
    for (const line of sheet.split("\n")) assert(columns(line) <= width, `${columns(line)} > ${width}: ${line}`);
    if (width >= 80) assert(sheet.split("\n").length <= 40, `${sheet.split("\n").length} lines at ${width}`);
    const plain = tearsheet(result, { width, color: true }).replace(/\p{Cc}\[\d+m/gu, "");
    assertEquals(plain.replace(/ +$/gm, ""), sheet.replace(/ +$/gm, ""));
  }
});

Deno.test("tearsheet: the digest stands whole in a line of its own where there is no room for both", () => {
  const result = sampleResult();
  const lines = tearsheet({ ...result, events: 123_456_789, seconds: 1234, eventsPerSecond: 100_045 }).split("\n");
  assertEquals(lines.at(-1), `digest ${result.digest}`);
  assertStringIncludes(lines.at(-2)!, "100,045/s");
  assert(lines.length <= 40);
});

Deno.test("tearsheet: guards stand in lines of their own, and none loses its middle", () => {
  const { run } = sampleResult();
  const guards =
    "drawdown 3 kill, positionAge 600 s alert, bands 0.05 halt, silence 30 s reduce, kill flattens by market";
  const sheet = tearsheet(sampleResult(60, { run: { ...run, models: { ...run.models, guards } } }));
  assertStringIncludes(sheet, "Guards   drawdown 3 kill · positionAge 600 s alert · bands 0.05 halt");
  assertStringIncludes(sheet, "         silence 30 s reduce · kill flattens by market");
  assert(!sheet.includes("impact frozen · guards"));
});

Deno.test("tearsheet: a parameter that is empty is left out", () => {
  const base = sampleResult();
  const sheet = tearsheet({ ...base, run: { ...base.run, parameters: { a: "", size: 1, b: "" } } });
  assertEquals(sheet.split("\n")[1], "size 1");
});

Deno.test("tearsheet: escape sequences in names do not reach the terminal", () => {
  const base = sampleResult();
  const sheet = tearsheet({ ...base, run: { ...base.run, strategy: "a\x1b[2Jb\r\nc\u202ed" }, incomplete: "\x07stop" });
  assertStringIncludes(sheet, "a [2Jb c d");
  for (const line of sheet.split("\n")) assert(!/\p{Cc}|\p{Cf}/u.test(line), line);
});

Deno.test("tearsheet: a run without any sample or trade still has a page", () => {
  const sheet = tearsheet(sampleResult(-1, { pnl: null, balance: null, fees: null, exact: null, position: null }));
  assertStringIncludes(sheet, "no samples");
  assertStringIncludes(sheet, "Round trips             0");
});

Deno.test("tearsheet: where notes are too many lines the longest lose their ends, and none pushes another out", () => {
  const notes = [`Not given: ${"someLimit, ".repeat(40)}`, ...Array.from({ length: 8 }, (_, i) => `Note ${i}`)];
  const sheet = tearsheet(sampleResult(60, { notes }));
  assertStringIncludes(sheet, "· Not given: someLimit,");
  assertStringIncludes(sheet, "someLimit, …\n· Note 0\n");
  assertStringIncludes(sheet, "· Note 7\n");
  assert(sheet.split("\n").length <= 40);
});

Deno.test("tearsheet: an incomplete run says so and why", () => {
  assertStringIncludes(
    tearsheet(sampleResult(9, { incomplete: "stopped by Ctrl-C" })),
    "INCOMPLETE: stopped by Ctrl-C",
  );
});

Deno.test("tearsheet: a width below 40 is refused", () => {
  assertThrows(() => tearsheet(sampleResult(), { width: 39 }), RangeError, "width is 39; it must be an integer of 40");
});
