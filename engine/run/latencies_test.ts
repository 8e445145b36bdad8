import { assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../core/rng.ts";
import { joinLatencies, latencies, type LatencyOptions } from "./latencies.ts";

const name = (given: string | LatencyOptions) => latencies(given, new Rng(1)).name;

Deno.test("latencies: legs that are not named are 0, the cancel's is the order's", () => {
  assertEquals(name("10ms"), "10ms");
  assertEquals(name("order=10ms"), "order 10ms, cancel 10ms, answer 0");
  assertEquals(name("cancel=5ms, response=2ms"), "order 0, cancel 5ms, answer 2ms");
  assertEquals(name("feed=1ms"), "0, feed 1ms");
});

Deno.test("latencies: answer is another name of response", () => {
  assertEquals(name("order=10ms,answer=2ms"), name("order=10ms,response=2ms"));
  assertEquals(name({ order: "10ms", answer: "2ms" }), "order 10ms, cancel 10ms, answer 2ms");
});

Deno.test("latencies: a time that is none is told with the whole text", () => {
  for (const text of ["10", "lognormal(5,0.4)", "table(1ms,2)", "foo(1ms)"]) {
    assertThrows(() => name(text), RangeError, `Cannot set latency ${text}: `);
  }
});

Deno.test("latencies: one for all and the feed's, in either order", () => {
  for (const text of ["10ms,feed=3ms", "feed=3ms,10ms"]) {
    const { order, cancel, response, feed, name } = latencies(text, new Rng(1));
    assertEquals([order, cancel, response].map((model) => model.latency(0, 0)), [1e7, 1e7, 1e7]);
    assertEquals([feed !== undefined, name], [true, "10ms, feed 3ms"]);
  }
  assertEquals(latencies("10ms,answer=2ms", new Rng(1)).response.latency(0, 0), 2e6);
});

Deno.test("latencies: a leg given twice in one text is refused", () => {
  assertThrows(() => name("order=1ms,order=2ms"), RangeError, "order is given twice");
  assertThrows(() => name("answer=1ms,response=2ms"), RangeError, "response is given twice");
  assertThrows(() => name("1ms,2ms,feed=3ms"), RangeError, "the one for all legs is given twice");
});

Deno.test("joinLatencies: both count, and a later word on the same leg stands in place of the earlier one", () => {
  const cases = [
    ["10ms", "feed=1ms", "10ms,feed=1ms"],
    ["feed=1ms", "10ms", "feed=1ms,10ms"],
    ["10ms", "20ms", "20ms"],
    ["10ms,feed=2ms", "feed=3ms", "10ms,feed=3ms"],
    ["order=5ms,answer=2ms", "response=3ms", "order=5ms,response=3ms"],
    ["table(1ms,2ms)", "feed=lognormal(5ms,0.4)", "table(1ms,2ms),feed=lognormal(5ms,0.4)"],
  ];
  for (const [before, after, joined] of cases) assertEquals(joinLatencies(before, after), joined);
});
