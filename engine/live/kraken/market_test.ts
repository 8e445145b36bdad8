import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { parseDecimal } from "../../core/decimal.ts";
import { collectRows, feed } from "../../feed/decode/collect_rows.ts";
import { Grid } from "../../feed/grid.ts";
import { FakeNetwork } from "../_fake_network.ts";
import { FakeTimers } from "../_fake_timers.ts";
import { RestClient } from "../rest_client.ts";
import { kraken } from "./market.ts";

const FIXTURE = new URL("../../../fixtures/data/kraken_v2.txt", import.meta.url);
const [LANE] = kraken.lanes;

/** The rows of lines, of one pair. */
function rowsOf(lines: readonly string[], symbol: string, tick: string): string[] {
  const { options, texts } = collectRows(symbol);
  const grids = { tick: new Grid("tick", parseDecimal(tick)), lot: new Grid("lot", parseDecimal("0.00000001")) };
  feed(kraken.decoder({ ...options, ...grids }), `${lines.join("\n")}\n`);
  return texts();
}

Deno.test("kraken: what a feed takes of the made session, pair by pair, is all of it", () => {
  const lines = Deno.readTextFileSync(FIXTURE).trimEnd().split("\n");
  for (const [symbol, tick] of [["BTC/USD", "0.1"], ["ALGO/EUR", "0.00001"]]) {
    let reader = LANE.reader();
    const taken = lines.flatMap((line) => {
      if (line.includes(" <-> ")) {
        reader = LANE.reader();
        return [kraken.lost(BigInt(line.split(" <-> ")[1].replace(".", "")), "wss://ws.kraken.com/v2")];
      }
      const received = /^(\d+)\.(\d+): (.*)/.exec(line);
      const news = received && reader.read(received[3]);
      if (news?.kind !== "data" || !news.symbols.includes(symbol)) return [];
      return [kraken.line(received![3], BigInt(received![1] + received![2]))];
    });
    assertEquals(taken.length < lines.length, true);
    assertEquals(rowsOf(taken, symbol, tick), rowsOf(lines, symbol, tick));
  }
});

Deno.test("kraken: what it refuses is told with the pair; answers and heartbeats are no data", () => {
  const read = (text: string) => LANE.reader().read(text);
  assertEquals(
    read('{"error":"Currency pair not supported X/Y","method":"subscribe","success":false,"symbol":"X/Y"}'),
    {
      kind: "refused",
      message: "Currency pair not supported X/Y",
      symbols: ["X/Y"],
    },
  );
  const other = ['{"channel":"heartbeat"}', '{"method":"pong","req_id":1}', '{"method":"unsubscribe","success":false}'];
  for (const text of other) assertEquals(read(text), { kind: "other" });
  assertEquals(read('{"channel": "book", "type":"update","data":[{"symbol":"A/B"}]}'), {
    kind: "data",
    symbols: ["A/B"],
  });
});

Deno.test("kraken: a frame whose last name does not end is refused", () => {
  const cut = '{"channel":"book","type":"update","data":[{"symbol":"A/B"},{"symbol":"A/C]}';
  assertThrows(() => LANE.reader().read(cut), SyntaxError, "a symbol does not end");
});

function client(answers: Readonly<Record<string, unknown>>): RestClient {
  const network = new FakeNetwork();
  network.answer = ({ url }) => ({
    status: 200,
    headers: {},
    text: JSON.stringify(answers[new URL(url).search]),
    at: 0n,
  });
  const tools = { network, timers: new FakeTimers(), wall: () => 0n, random: () => 0, tell: () => {} };
  return new RestClient({ venue: "kraken", weightPerMinute: 60 }, tools);
}

Deno.test("kraken: pairs by the names of version 2, with the nearest where there is none", async () => {
  const pair = { wsname: "XBT/USD", status: "online", tick_size: "0.1", pair_decimals: 1, lot_decimals: 8 };
  const pairs = { XXBTZUSD: pair, XDGEUR: { ...pair, wsname: "XDG/EUR", status: "cancel_only", tick_size: undefined } };
  const rest = client({
    "?pair=BTC/USD": { error: [], result: { XXBTZUSD: pair } },
    "?pair=BTC/USDT": { error: ["EQuery:Unknown asset pair"] },
    "?pair=DOGE/EUR": { error: [], result: pairs },
    "": { error: [], result: pairs },
  });
  assertEquals(await kraken.instruments(["BTC/USD"], kraken.endpoints, rest), [
    { symbol: "BTC/USD", venue: "kraken", tick: "0.1", lot: "0.00000001", kind: "linear", currency: "USD" },
  ]);
  const fails = (symbol: string, why: string) =>
    assertRejects(() => kraken.instruments([symbol], kraken.endpoints, rest), RangeError, why);
  await fails("BTC/USDT", "Cannot trade BTC/USDT: kraken does not list it; did you mean BTC/USD?");
  await fails("DOGE/EUR", "Cannot trade DOGE/EUR: at kraken its status is cancel_only; wait, or choose another");
});
