import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LAST } from "../core/event.ts";
import type { Decoder } from "./decoder.ts";
import { EventsJoin } from "./events_join.ts";
import { Row, type RowSink } from "./row.ts";
import { AppendJoin } from "./source_join.ts";

/** Each byte is a row at that second; from 100 on it is one within a message. */
function bytesAsRows(sink: RowSink, kind: number): Decoder {
  return {
    push: (bytes) => {
      for (const byte of bytes) {
        sink.row.kind = kind;
        sink.row.localSec = byte % 100;
        sink.row.localNs = 0;
        sink.row.flags = byte >= 100 ? 0 : LAST;
        sink.add();
      }
    },
    end: () => {},
  };
}

/** Feeds files piece by piece as they are wanted, `size` bytes at a time; gives kinds and seconds, and what was left out. */
function joined(files: readonly (readonly number[])[], size: number): [string, number] {
  const row = new Row(), seen: string[] = [], market = files.slice(0, -1), place = market.length;
  const join = new EventsJoin(place, { row, add: () => void seen.push(`${row.kind ? "e" : "m"}${row.localSec}`) }, {
    market: (sink) => new AppendJoin(market.map((_, i) => `${i}`), sink, (inner) => bytesAsRows(inner, 0)),
    events: (sink) => bytesAsRows(sink, 1),
  });
  const at = files.map(() => 0);
  for (let wanted = join.wanted; wanted >= 0; wanted = join.wanted) {
    const piece = files[wanted].slice(at[wanted], at[wanted] += size);
    if (piece.length > 0) join.push(Uint8Array.from(piece));
    else join.end();
  }
  return [seen.join(" "), join.leftOut];
}

Deno.test("EventsJoin: events stand between messages, the market first at one time, and none outside it", () => {
  const market = [[10, 120, 121, 20], [30]], events = [1, 10, 15, 20, 25, 31];
  for (const size of [1, 2, 100]) {
    const [rows] = joined([...market, events], size);
    assertEquals(rows, "m10 e10 e15 m20 m21 m20 e20 e25 m30");
  }
  assertEquals(joined([...market, events], 100)[1], 2);
  assertEquals(joined([...market, []], 1), ["m10 m20 m21 m20 m30", 0]);
  assertEquals(joined([[], events], 100)[0], "");
});

Deno.test("EventsJoin: however the bytes come, the rows are the same", () => {
  const times = fc.array(fc.nat(99), { maxLength: 30 }).map((list) => list.sort((a, b) => a - b));
  fc.assert(fc.property(times, times, times, fc.integer({ min: 1, max: 9 }), (first, second, events, size) => {
    const market = [...first, ...second].sort((a, b) => a - b);
    const files = [market.slice(0, first.length), market.slice(first.length), events];
    assertEquals(joined(files, size)[0], joined(files, 1000)[0]);
  }));
});
