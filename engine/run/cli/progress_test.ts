import { assertEquals, assertMatch } from "@std/assert";
import { ProgressBar, progressLine } from "./progress.ts";

Deno.test("progressLine: share, speed and time left", () => {
  assertEquals(progressLine("tape", 0, 100, " rows", 1), `tape ${" ".repeat(24)}   0 %  0  rows/s`);
  assertEquals(
    progressLine("tape", 5e6, 1e7, " rows", 2),
    `tape ${"█".repeat(12)}${" ".repeat(12)}  50 %  2.5 M rows/s  2 s left`,
  );
  assertEquals(progressLine("tape", 1e7, 1e7, "B", 2), `tape ${"█".repeat(24)} 100 %  5 MB/s  0 s left`);
  assertMatch(progressLine("tape", 1, 3, "B", 1), /^tape █{8} {16} {2}33 % {2}1 B\/s {2}2 s left$/);
});

Deno.test("ProgressBar: drawn for who looks, and taken away; silent otherwise", () => {
  for (const watched of [true, false]) {
    let said = "";
    {
      using bar = new ProgressBar(
        {
          out: () => {},
          err: (text) => void (said += text),
          watched,
          color: false,
          width: 80,
        },
        "x",
        "B",
      );
      bar.update(1, 10);
      bar.update(2, 10);
    }
    assertEquals([said.split("\r").length, said.endsWith("\r\x1b[K")], watched ? [3, true] : [1, false]);
  }
});
