import { assertEquals } from "@std/assert";
import { BUY, NONE, SELL } from "../core/event.ts";
import { sharedData } from "../../tests/shared_data.ts";
import { BAD_SIZE, DONE } from "./book.ts";
import { L3Book } from "./l3.ts";

const DEPTH = 10;
const orders = sharedData("databento/ARL_20250717_mbo.csv.gz");
const levels = sharedData("databento/ARL_20250717_mbp10.csv.gz");
const missing = orders && levels ? "" : " (ignored: the ARL capture is not beside the project)";

type Row = Record<string, string>;

/** The rows of a gzipped CSV, as fields by their names. */
async function readTable(path: string): Promise<Row[]> {
  const file = await Deno.open(path);
  const text = await new Response(file.readable.pipeThrough(new DecompressionStream("gzip"))).text();
  const [head, ...lines] = text.trimEnd().split("\n").map((line) => line.split(","));
  return lines.map((fields) => Object.fromEntries(head.map((name, i) => [name, fields[i]])));
}

function ticks(price: string): number {
  return Math.round(Number(price) * 1e4);
}

function apply(book: L3Book, row: Row): void {
  const id = BigInt(row.order_id), low = Number(id & 0xffffffffn), high = Number(id >> 32n);
  const price = ticks(row.price), size = Number(row.size);
  if (row.action === "R") book.clear(NONE);
  else if (row.action === "A") assertEquals(book.add(low, high, row.side === "B" ? BUY : SELL, price, size), DONE);
  else if (row.action === "M") assertEquals(book.modify(low, high, price, size), DONE);
  else if (row.action === "C") {
    assertEquals(book.cancel(low, high, book.orderSize(low, high) + 1), BAD_SIZE);
    assertEquals(book.cancel(low, high, size), DONE);
  }
}

Deno.test({
  name: `L3Book: a day of orders gives all 60 columns of each row of its 10-level book${missing}`,
  ignore: !orders || !levels,
  fn: async () => {
    const wanted = new Map<string, Row[]>();
    for (const row of await readTable(levels!)) wanted.set(row.sequence, [...wanted.get(row.sequence) ?? [], row]);
    const rows = await readTable(orders!), book = new L3Book();
    let equal = 0;
    rows.forEach((row, i) => {
      apply(book, row);
      const due = wanted.get(row.sequence);
      // A replaced order has a row for its cancel and one for its add; a trade's T, F and C have one together.
      const complete = due && due.length > 1 ? due[0].action === row.action : rows[i + 1]?.sequence !== row.sequence;
      if (!due || !complete) return;
      assertEquals(columns(book), expectedColumns(due.shift()!), `sequence ${row.sequence}`);
      equal++;
    });
    assertEquals([equal, book.unknownOrders], [3928, 0]);
  },
});

/** Price, size and order count of ten levels of bids, then of asks. */
function columns(book: L3Book): number[][] {
  const prices = new Float64Array(DEPTH), sizes = new Float64Array(DEPTH), counts = new Int32Array(DEPTH);
  return [BUY, SELL].flatMap((side) => {
    const n = book.top(side, DEPTH, prices, sizes, counts);
    return Array.from({ length: DEPTH }, (_, k) => k < n ? [prices[k], sizes[k], counts[k]] : [0, 0, 0]);
  });
}

function expectedColumns(row: Row): number[][] {
  return ["bid", "ask"].flatMap((side) =>
    Array.from({ length: DEPTH }, (_, k) => {
      const of = (name: string) => row[`${side}_${name}_0${k}`];
      return [ticks(of("px")), Number(of("sz")), Number(of("ct"))];
    })
  );
}
