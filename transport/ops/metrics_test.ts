import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Metrics } from "./metrics.ts";

Deno.test("Metrics.text: counters, gauges and histograms as Prometheus reads them", () => {
  const metrics = new Metrics();
  metrics.counter({ name: "sent_total", help: "Sent.", labels: ["channel", "lane"] }).with("book", "pnl").add(2);
  metrics.gauge({ name: "open", help: "Open\nnow." }).with().set(-1.5);
  const wait = metrics.histogram({ name: "wait_seconds", help: "Waited.", bounds: [0.001, 0.01] }).with();
  for (const value of [0.0005, 0.001, 0.002, 5, NaN]) wait.observe(value);
  wait.observe(0.002, 3);
  assertEquals(
    metrics.text(),
    `# HELP sent_total Sent.
# TYPE sent_total counter
sent_total{channel="book",lane="pnl"} 2
# HELP open Open\\nnow.
# TYPE open gauge
open -1.5
# HELP wait_seconds Waited.
# TYPE wait_seconds histogram
wait_seconds_bucket{le="0.001"} 2
wait_seconds_bucket{le="0.01"} 6
wait_seconds_bucket{le="+Inf"} 7
wait_seconds_sum 5.0095
wait_seconds_count 7
`,
  );
});

Deno.test("Metrics: labels that a client makes up fill no memory", () => {
  const metrics = new Metrics();
  const errors = metrics.counter({ name: "errors_total", help: "Errors.", labels: ["code"], seriesMax: 10 });
  for (let i = 0; i < 100_000; i++) errors.with(`code-${i}`).add();
  const lines = metrics.text().split("\n").filter((line) => line.startsWith("errors_total{"));
  assertEquals(lines.length, 10);
  assert(lines.includes(`errors_total{code="other"} ${100_000 - 9}`), lines.join("\n"));
  errors.with("code-0").add();
  assert(metrics.text().includes('errors_total{code="code-0"} 2\n'), "those that were first are still told apart");
  errors.remove("code-0");
  errors.with("new").add();
  assert(metrics.text().includes('errors_total{code="new"} 1\n'), "what is forgotten makes room");
});

Deno.test("Metrics: a label forges no line, whatever its text", () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: "binary" })), (values) => {
    const metrics = new Metrics();
    const family = metrics.counter({ name: "x_total", help: "X.", labels: ["value"], seriesMax: 1000 });
    for (const value of [...values, 'a"} 1\nforged_total 7\n#', "\\", "\u2028"]) family.with(value).add();
    const lines = metrics.text().split("\n").slice(2, -1);
    for (const line of lines) assert(/^x_total\{value="(?:[^"\\\n]|\\["\\n])*"\} \d+$/.test(line), line);
  }));
});

Deno.test("CounterSeries.follow: a sum of another, over its new beginnings", () => {
  const series = new Metrics().counter({ name: "x_total", help: "X." }).with();
  for (const total of [5, 7, 7, 2, 3, NaN]) series.follow(total);
  assertEquals(series.value, 10);
  series.add(-5);
  series.add(NaN);
  assertEquals(series.value, 10);
});

Deno.test("Metrics: names that are none or taken, values that are too few, bounds that do not rise", () => {
  const metrics = new Metrics();
  const counter = metrics.counter({ name: "x_total", help: "X.", labels: ["a"] });
  assertThrows(() => metrics.gauge({ name: "x_total", help: "X." }), RangeError, "there is one already");
  for (const name of ["", "X", "a-b", "1a", "a\n"]) {
    assertThrows(() => metrics.counter({ name, help: "" }), RangeError, "no name");
  }
  assertThrows(() => metrics.counter({ name: "y", help: "", labels: ["le"] }), RangeError, "le is no name");
  assertThrows(() => counter.with(), RangeError, "0 values are given for 1 labels");
  for (const bounds of [[], [1, 1], [2, 1], [NaN], [1, Infinity]]) {
    assertThrows(
      () => metrics.histogram({ name: `h${bounds.length}`, help: "", bounds }).with(),
      RangeError,
      "they rise",
    );
  }
});

Deno.test("HistogramSeries: each value is counted in just its bucket and above", () => {
  fc.assert(fc.property(fc.array(fc.double({ noNaN: true, min: -10, max: 10 })), (values) => {
    const metrics = new Metrics(), bounds = [-5, 0, 0.1, 7];
    const series = metrics.histogram({ name: "h", help: "H.", bounds }).with();
    for (const value of values) series.observe(value);
    const text = metrics.text();
    for (const bound of bounds) {
      assert(text.includes(`h_bucket{le="${bound}"} ${values.filter((value) => value <= bound).length}\n`));
    }
    assert(text.includes(`h_count ${values.length}\n`));
  }));
});
