import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { SourceError } from "../decoder.ts";
import { LineReader } from "./lines.ts";

const encoder = new TextEncoder(), decoder = new TextDecoder();

function read(pieces: Uint8Array[]): [string, number][] {
  const lines: [string, number][] = [];
  const reader = new LineReader((bytes, start, end, line) => {
    lines.push([decoder.decode(bytes.subarray(start, end)), line]);
  });
  for (const piece of pieces) reader.push(piece);
  reader.end();
  return lines;
}

Deno.test("LineReader: line breaks, blank lines, byte order mark, a last line without an end", () => {
  assertEquals(read([encoder.encode("\ufeffa\r\n\n\r\nb\nc")]), [["a", 1], ["b", 4], ["c", 5]]);
  assertEquals(read([]), []);
  assertEquals(read([encoder.encode("\n")]), []);
});

Deno.test("LineReader: any cut gives the same lines as split", () => {
  const text = fc.array(fc.constantFrom("a", "b,c", "\n", "1.5", "\r\n"), { maxLength: 40 }).map((a) => a.join(""));
  fc.assert(fc.property(text, fc.array(fc.nat(60)), (text, cuts) => {
    const bytes = encoder.encode(text);
    const at = [0, ...cuts.filter((c) => c < bytes.length).sort((a, b) => a - b), bytes.length];
    const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
    const expected = text.split("\n").map((line, i): [string, number] => [line.replace(/\r$/, ""), i + 1])
      .filter(([line]) => line !== "");
    assertEquals(read(pieces), expected);
  }));
});

Deno.test("LineReader: counts from 1 again in the next file", () => {
  const lines: number[] = [];
  const reader = new LineReader((_bytes, _start, _end, line) => lines.push(line));
  for (let file = 0; file < 2; file++) {
    reader.push(encoder.encode("a\nb"));
    reader.end();
  }
  assertEquals(lines, [1, 2, 1, 2]);
});

Deno.test("LineReader: refuses a line without end", () => {
  const reader = new LineReader(() => {}, 1000);
  reader.push(encoder.encode("ok\n"));
  reader.push(new Uint8Array(900));
  assertThrows(() => reader.push(new Uint8Array(200)), SourceError, "line 2: the line is longer than 1000 bytes");
});
