import { assertEquals, assertThrows } from "@std/assert";
import { DIVIDEND, EXPIRY, FUNDING, SPLIT, STATUS } from "../../core/event.ts";
import { SourceError } from "../decoder.ts";
import { Grid } from "../grid.ts";
import { collectRows, feed } from "./collect_rows.ts";
import { eventsDecoder } from "./events.ts";

function read(text: string, size?: number) {
  const { rows, options } = collectRows();
  feed(eventsDecoder({ ...options, tick: new Grid("tick", { mantissa: 1, decimals: 2 }) }), text, size);
  return rows;
}

Deno.test("events: each kind with its value, columns in any order, however the bytes are cut", () => {
  const text = "value2,Kind,value,time\n" +
    ",funding,0.0001,1723132800000\n,Funding,-0.000000001,1723132800001\n,dividend,0.25,1723132800002\n" +
    ",split,2,1723132800003\n2,SPLIT,3,1723132800004\n,status,halted,1723132800005\n,status,open,1723132800005\n" +
    ",expiry,57.3,1723132800007\n";
  for (const size of [undefined, 1, 7]) {
    const rows = read(text, size);
    assertEquals(rows.map(({ kind, price, size }) => [kind, price, size]), [
      [FUNDING, 100_000, 0],
      [FUNDING, -1, 0],
      [DIVIDEND, 25, 0],
      [SPLIT, 2, 1],
      [SPLIT, 3, 2],
      [STATUS, 0, 0],
      [STATUS, 0, 1],
      [EXPIRY, 5730, 0],
    ]);
    assertEquals([rows[7].exchangeSec, rows[7].exchangeNs, rows[7].localNs], [1_723_132_800, 7e6, 7e6]);
  }
});

Deno.test("events: a local time says when we learn of it", () => {
  const [row] = read("time,local_time,event,value\n2024-08-08T16:00:00Z,2024-08-08T16:00:00.25Z,funding,0.0001\n");
  assertEquals([row.exchangeNs, row.localNs, row.localSec - row.exchangeSec], [0, 250_000_000, 0]);
});

Deno.test("events: bad input says line, value and remedy", () => {
  const head = "time,kind,value,value2\n";
  const wrong: [string, string][] = [
    ["time,value\n1723132800,1\n", "line 1: it has no column of kinds"],
    [`${head}1723132800,fundng,0.0001,\n`, "line 2: kind is fundng, none of an event; did you mean funding?"],
    [`${head}1723132800,funding,abc,\n`, "line 2: value is abc, not a number"],
    [`${head}1723132800,funding,1.5,\n`, "line 2: value is 1.5, not a fraction such as 0.0001"],
    [`${head}1723132800,funding,0.0000000001,\n`, "not a fraction such as 0.0001"],
    [`${head}1723132800,dividend,0.257,\n`, "price is 0.257, and it is off the grid of tick 0.01; give a finer --tick"],
    [`${head}1723132800,dividend,-1,\n`, "value is -1, not above 0"],
    [`${head}1723132800,split,2,0\n`, "it splits 2 for 0; both must be above 0"],
    [`${head}1723132800,split,1.5,\n`, "value is 1.5, not a whole number"],
    [`${head}1723132800,status,paused,\n`, "value is paused, neither open nor halted"],
    [`${head}1723132800,expiry,,\n`, "value is missing"],
    [`${head}1723132801,status,open,\n1723132800,status,open,\n`, "line 3: its time is before that of the line above"],
  ];
  for (const [text, message] of wrong) assertThrows(() => read(text), SourceError, message);
});
