import { assert, assertEquals, assertRejects } from "@std/assert";
import { collectRows, feed } from "../../feed/decode/collect_rows.ts";
import { coinbaseDecoder } from "../../feed/decode/coinbase.ts";
import { FakeNetwork } from "../_fake_network.ts";
import { FakeTimers } from "../_fake_timers.ts";
import type { LiveEvent } from "../live_event.ts";
import type { LiveTools } from "../live_tools.ts";
import { START_MS } from "../_scripted_exchange.ts";
import { ScriptedCcxt } from "./_scripted_ccxt.ts";
import type { CcxtBook, CcxtClient, CcxtTrade } from "./client.ts";
import { ccxtExchange } from "./exchange.ts";

const SYMBOL = "BTC/USDT";

/** A market behind a library: what it says next is in the test's hands. */
class Market {
  readonly timers = new FakeTimers(1000);
  readonly events: LiveEvent[] = [];
  readonly collected = collectRows(SYMBOL, 1);
  readonly lines: string[] = [];
  readonly tools: LiveTools = {
    network: new FakeNetwork(),
    timers: this.timers,
    wall: () => BigInt(START_MS + this.timers.now()) * 1_000_000n,
    random: () => 0.5,
    tell: (event) => this.events.push(event),
  };
  readonly client: CcxtClient;
  book: CcxtBook = { bids: [[100.5, 2], [100, 5]], asks: [[101, 1]] };
  trades: readonly CcxtTrade[] = [];
  #books = Promise.withResolvers<CcxtBook>();
  #trades = Promise.withResolvers<readonly CcxtTrade[]>();

  constructor(streams: boolean) {
    this.client = {
      ...new ScriptedCcxt(streams).client(),
      has: { watchOrderBook: streams, watchTrades: streams },
      loadMarkets: () =>
        Promise.resolve({ [SYMBOL]: { symbol: SYMBOL, quote: "USDT", precision: { price: 0.1, amount: 1 } } }),
      fetchOrderBook: () => Promise.resolve(this.book),
      fetchTrades: () => Promise.resolve(this.trades),
      watchOrderBook: () => this.#books.promise,
      watchTrades: () => this.#trades.promise,
      close: () => Promise.resolve(),
    };
  }

  open() {
    const exchange = ccxtExchange("made", () => Promise.resolve(this.client));
    const instrument = { symbol: SYMBOL, venue: "ccxt:made", tick: "0.1", lot: "1", currency: "USDT" };
    const into = new Map([[SYMBOL, { instrument, sink: this.collected.options.sink }]]);
    const record = { line: (_symbol: string, line: string) => void this.lines.push(line), refused: () => {} };
    const market = exchange.market({ endpoints: exchange.endpoints, into, record }, this.tools);
    return { market, opened: market.open() };
  }

  async say(book: CcxtBook | Error): Promise<void> {
    const before = this.#books;
    this.#books = Promise.withResolvers();
    if (book instanceof Error) before.reject(book);
    else before.resolve(book);
    await this.timers.advance(1);
  }

  async trade(...trades: readonly CcxtTrade[]): Promise<void> {
    const before = this.#trades;
    this.#trades = Promise.withResolvers();
    before.resolve(trades);
    await this.timers.advance(1);
  }

  /** Rows since the last time. */
  rows(): string[] {
    const texts = this.collected.texts();
    this.collected.rows.length = 0;
    return texts;
  }
}

Deno.test("CcxtMarket: a book that is handed out whole is a snapshot once, and then what changed", async () => {
  const made = new Market(true), { market, opened } = made.open();
  await made.timers.advance(1);
  assertEquals(market.figures.whole, 0);
  await made.say(made.book);
  await opened;
  assertEquals(market.figures.whole, 1);
  assertEquals(made.rows().map((row) => row.replace(" last", "")), [
    "clear 0 0x0",
    "snapshot 1 1005x2",
    "snapshot 1 1000x5",
    "snapshot -1 1010x1",
  ]);
  await made.say({ bids: [[100.5, 3]], asks: [[101, 1], [101.5, 4]] });
  assertEquals(made.rows(), ["depth 1 1000x0", "depth 1 1005x3", "depth -1 1015x4 last"]);
  await made.say({ bids: [[100.5, 3]], asks: [[101, 1], [101.5, 4]] });
  assertEquals(made.rows(), []);
  market.close();
  await made.timers.advance(1);
  assertEquals(made.timers.waiting, 0);
});

Deno.test("CcxtMarket: one that is closed while it opens says so, and what to do", async () => {
  const made = new Market(true), { market, opened } = made.open();
  opened.catch(() => {});
  await made.timers.advance(1);
  market.close();
  const why = "Cannot follow ccxt:made: it was closed before its books were whole; start it again";
  assertEquals((await assertRejects(() => opened, Error)).message, why);
});

Deno.test("CcxtMarket: a stream that fails has the book stale until the next one comes", async () => {
  const made = new Market(true), { market, opened } = made.open();
  await made.timers.advance(1);
  await made.say(made.book);
  await opened;
  made.rows();
  await made.say(new Error("cut"));
  assertEquals([market.figures.whole, market.figures.gaps], [0, 1]);
  await made.timers.advance(10_000);
  await made.say(made.book);
  assertEquals(market.figures.whole, 1);
  assertEquals(made.rows().map((row) => row.split(" ")[0]), ["gap", "clear", "snapshot", "snapshot", "snapshot"]);
  const told = made.events.map(({ name }) => name);
  for (const name of ["MARKET_GAP", "RECONNECTING", "CONNECTED", "MARKET_WHOLE"] as const) {
    assert(told.includes(name), name);
  }
  market.close();
});

Deno.test("CcxtMarket: trades are said once, by the side that took, and not those from before", async () => {
  const made = new Market(true), { market, opened } = made.open(), now = START_MS + 2000;
  await made.timers.advance(1);
  await made.say(made.book);
  await opened;
  made.rows();
  const trade = { side: "buy", price: 101, amount: 2, timestamp: now };
  await made.trade({ ...trade, id: "0", timestamp: START_MS - 60_000 });
  await made.trade({ ...trade, id: "1" }, { ...trade, id: "2", side: "sell", price: 100.5 });
  await made.trade({ ...trade, id: "2", side: "sell", price: 100.5 }, { ...trade, id: "3", amount: 1 });
  assertEquals(made.rows().map((row) => row.replace(" last", "")), [
    "trade 1 1010x2",
    "trade -1 1005x2",
    "trade 1 1010x1",
  ]);
  market.close();
});

Deno.test("CcxtMarket: without streams book and trades are asked for each second; what is recorded decodes to the same rows", async () => {
  const made = new Market(false), { market, opened } = made.open();
  made.trades = [{ id: "9", side: "sell", price: 100, amount: 1, timestamp: START_MS + 9000 }];
  await made.timers.advance(1500);
  await opened;
  made.book = { bids: [[100.5, 2]], asks: [[101, 1]] };
  await made.timers.advance(3000);
  market.close();
  const rows = made.rows(), again = collectRows(SYMBOL, 1);
  feed(coinbaseDecoder(again.options), `${made.lines.join("\n")}\n`);
  assertEquals(rows, again.texts());
  assertEquals(rows.filter((row) => row.startsWith("trade")).length, 1);
});

Deno.test("ccxtExchange: instruments by ccxt's steps, and no addresses but ccxt's own", async () => {
  const { client } = new Market(true);
  const perpetual = {
    ...{ symbol: "BTC/USD:BTC", quote: "USD", settle: "BTC", contract: true, inverse: true, contractSize: 100 },
    precision: { price: 1, amount: 2 },
  };
  const at = (precisionMode: number) =>
    ccxtExchange("made", () =>
      Promise.resolve({
        ...client,
        precisionMode,
        loadMarkets: () => Promise.resolve({ [perpetual.symbol]: perpetual }),
      }));
  const made = new Market(true), { tools } = made;
  const specs = async (mode: number, symbol = perpetual.symbol) =>
    await at(mode).instruments([symbol], at(mode).endpoints, tools);
  const common = { symbol: "BTC/USD:BTC", venue: "ccxt:made", kind: "inverse", currency: "BTC", multiplier: "100" };
  assertEquals(await specs(4), [{ ...common, tick: "1", lot: "2" }]);
  assertEquals(await specs(2), [{ ...common, tick: "0.1", lot: "0.01" }]);
  await assertRejects(() => specs(3), RangeError, "states no step of price");
  await assertRejects(() => specs(4, "BTC/USD:BTX"), RangeError, "did you mean BTC/USD:BTC");
  const elsewhere = { rest: "http://127.0.0.1:1", market: "ccxt", orders: "ccxt" };
  const market = ccxtExchange("made").market({ endpoints: elsewhere, into: new Map() }, tools);
  await assertRejects(() => market.open(), RangeError, "ccxt has its own addresses");
});
