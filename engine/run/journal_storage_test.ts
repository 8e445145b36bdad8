import { assertEquals, assertThrows } from "@std/assert";
import { journalFilesOf, syncMs } from "./journal_storage.ts";

Deno.test("syncMs: none, each segment, or an interval; what is none is refused", () => {
  assertEquals(["none", "segment", "interval=1ms", "interval=2.5s"].map(syncMs), [Infinity, 0, 1, 2500]);
  assertThrows(() => syncMs("segmnt"), RangeError, "did you mean segment?");
  assertThrows(() => syncMs("interval=0s"), RangeError, "the interval is 1ms or more");
  assertThrows(() => syncMs("interval=soon"), RangeError, "Cannot read a duration");
});

Deno.test("journalFilesOf: sizes of bytes, and how many are kept", () => {
  assertEquals(journalFilesOf("256KiB"), { fileBytes: 262_144 });
  assertEquals(journalFilesOf("1.5GB,keep=3"), { fileBytes: 1.5e9, keep: 3 });
  for (const text of ["", "64", "255KiB", "64MiB,keep=0", "64MiB,keep=x", "-1MiB", "9999999999GiB"]) {
    assertThrows(() => journalFilesOf(text), RangeError, `Cannot bound the journal's files by ${text}: write 64MiB`);
  }
});
