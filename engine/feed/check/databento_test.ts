import { assertEquals, assertThrows } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { sharedData } from "../../../tests/shared_data.ts";
import { SourceError } from "../decoder.ts";
import { encodeEvent, encodeMetadata, encodeOrder, joinBytes } from "../decode/encode_dbn.ts";
import { checkDatabento, databentoPairs } from "./databento.ts";
import { feedPairs } from "./paired_feed.ts";

const NAMES = ["x.mbo.csv", "x.mbp-1.csv"];
const MBO = "ts_event,action,side,price,size,order_id,sequence\n";
const MBP = "ts_event,action,side,price,size,sequence,bid_px_00,bid_sz_00,bid_ct_00,ask_px_00,ask_sz_00,ask_ct_00\n";

/** Order events as "A,B,10.0,5,1,1"; rows as "1,10.0,5,1,,0,0". */
function check(events: string[], rows: string[], size?: number) {
  const mbo = MBO + events.map((event) => `1000000000,${event}\n`).join("");
  const mbp = MBP + rows.map((row) => `1000000000,A,B,10.0,5,${row}\n`).join("");
  return feedPairs(checkDatabento(NAMES), [mbo, mbp], size);
}

Deno.test("checkDatabento: matches by sequence, whatever the cut", () => {
  const events = [
    "R,N,,0,0,0",
    "A,B,10.0,5,1,1",
    "A,B,9.0,7,2,2", // deeper than the file shows: no row
    "A,A,11.0,3,3,3",
    "C,A,11.0,3,3,4", // a replacement: two rows of one sequence
    "A,A,12.0,3,4,4",
    "T,A,10.0,2,0,5", // a trade: three records, one row
    "F,B,10.0,2,1,5",
    "C,B,10.0,2,1,5",
    "T,N,10.0,2,0,6",
    "M,B,10.5,3,1,7",
  ];
  const rows = [
    "0,,0,0,,0,0",
    "1,10.0,5,1,,0,0",
    "3,10.0,5,1,11.0,3,1",
    "4,10.0,5,1,,0,0",
    "4,10.0,5,1,12.0,3,1",
    "5,10.0,3,1,12.0,3,1",
    "6,10.0,3,1,12.0,3,1",
    "7,10.5,3,1,12.0,3,1",
  ];
  for (const size of [1, 17, 60, 1000]) {
    assertEquals(check(events, rows, size), {
      checked: 8,
      equal: 8,
      counts: { orderEvents: 11, sequences: 7, snapshotRecords: 0, unknownOrders: 0, refused: 0 },
    });
  }
});

Deno.test("checkDatabento: names sequence, level and column of the first difference", () => {
  const events = ["A,B,10.0,5,1,1", "A,B,10.0,5,2,2", "C,B,10.0,5,9,3"];
  const report = check(events, ["1,10.0,5,1,,0,0", "2,10.0,10,1,,0,0", "3,10.0,10,1,,0,0"]);
  assertEquals([report.checked, report.equal, report.counts.unknownOrders], [3, 1, 1]);
  assertEquals(report.notes?.map((note) => note.split(":")[0]), ["The first unknown order is 9, at sequence 3"]);
  assertEquals(report.first, {
    file: 2,
    place: 3,
    what: "sequence 2, level 0, bid count: the orders give 2, the file 1",
  });
  assertEquals(
    check(["A,B,10.0,5,1,1"], ["1,,0,0,,0,0"]).first?.what,
    "sequence 1, level 0, bid price: the orders give 10, the file none",
  );
});

Deno.test("checkDatabento: the book before a fill is not the book after it", () => {
  const events = ["A,B,10.0,5,1,1", "T,A,10.0,2,0,2", "F,B,10.0,2,1,2", "C,B,10.0,2,1,2"];
  assertEquals(check(events, ["1,10.0,5,1,,0,0", "2,10.0,5,1,,0,0"]).equal, 1);
});

Deno.test("checkDatabento: rows without an order event differ", () => {
  const report = check(["A,B,10.0,5,1,1", "A,B,10.0,5,2,4"], [
    "1,10.0,5,1,,0,0",
    "3,10.0,5,1,,0,0",
    "9,10.0,10,2,,0,0",
  ]);
  assertEquals([report.checked, report.equal], [3, 1]);
  assertEquals(report.first?.what, "sequence 3: there is no order event of it");
});

Deno.test("checkDatabento: DBN is proven like CSV, a snapshot builds the book", () => {
  const price = 10_000_000_000n;
  const mbo = joinBytes(
    encodeMetadata({ version: 3, schema: 0 }),
    encodeOrder({ action: "R", flags: 0x28 }),
    encodeOrder({ action: "A", side: "B", price, size: 4, order: 1n, flags: 0xa8, sequence: 900 }),
    encodeOrder({ action: "A", side: "B", price, size: 5, order: 2n, sequence: 7 }),
  );
  const row = encodeEvent({ action: "A", sequence: 7, levels: [[price, 9, 0x7fffffffffffffffn, 0]] }, 1);
  new DataView(row.buffer).setUint32(48 + 24, 2, true); // two orders
  const mbp = joinBytes(encodeMetadata({ version: 3, schema: 1 }), row);
  const report = feedPairs(checkDatabento(["a.mbp-1.dbn.zst", "a.mbo.dbn.zst"]), [mbp, mbo], 50);
  assertEquals([report.checked, report.equal, report.counts.snapshotRecords], [1, 1, 2]);
});

Deno.test("checkDatabento: says which file is missing, and when one is not what its name says", () => {
  assertEquals(databentoPairs(["/mbo/a_mbp10.csv", "b/MBO.csv"]), [[1, 0]]);
  assertThrows(() => checkDatabento(["a.mbo.csv"]), RangeError, "a mbp file is missing");
  assertThrows(() => checkDatabento(["a.mbp-10.csv"]), RangeError, "a mbo file is missing");
  assertThrows(() => checkDatabento(["a.csv", "b.csv"]), RangeError, "its name does not show what it is");
  assertThrows(
    () => feedPairs(checkDatabento(NAMES), [MBP + "1,A,B,1.0,1,1,,0,0,,0,0", MBP]),
    SourceError,
    "not order by order",
  );
  const event = MBO + "1,A,B,1.0,1,1,1\n";
  assertThrows(
    () => feedPairs(checkDatabento(NAMES), [event + "1,A,B,1.0,1,2,2", event]),
    SourceError,
    "it has no levels",
  );
});

const mbo = sharedData("databento/ARL_20250717_mbo.csv.gz"), mbp = sharedData("databento/ARL_20250717_mbp10.csv.gz");

Deno.test({
  name: "checkDatabento: ARL, 3,928 rows in all 60 columns (needs ../shared/data)",
  ignore: mbo === undefined || mbp === undefined,
  fn: () => {
    const files = [mbp!, mbo!].map((file) => gunzipSync(Deno.readFileSync(file)));
    const { checked, equal, first, counts } = feedPairs(checkDatabento([mbp!, mbo!]), files);
    assertEquals([checked, equal, first], [3_928, 3_928, undefined]);
    assertEquals([counts.orderEvents, counts.unknownOrders, counts.refused], [5_886, 0, 0]);
  },
});
