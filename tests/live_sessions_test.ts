/** Recorded sessions of Kraken v1 and of Coinbase's older API, over the machinery that all dialects share. */
import { assert, assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { L2Book } from "../engine/book/l2.ts";
import { formatDecimal, parseDecimal } from "../engine/core/decimal.ts";
import { BUY, CLEAR, DEPTH, GAP, SELL, type Side, SNAPSHOT, TRADE } from "../engine/core/event.ts";
import type { InstrumentSpec } from "../engine/core/instrument.ts";
import { Rng } from "../engine/core/rng.ts";
import { krakenDecoder } from "../engine/feed/decode/kraken.ts";
import { connectLine, receivedLine } from "../engine/feed/decode/session_text.ts";
import { Row } from "../engine/feed/row.ts";
import { coinbase } from "../engine/live/coinbase/market.ts";
import { LiveMarket } from "../engine/live/live_market.ts";
import type { MarketDialect } from "../engine/live/market_dialect.ts";
import { systemTimers, type Timers } from "../engine/live/timers.ts";
import { machineNetwork } from "../engine/run/network.ts";
import { wallClock } from "../engine/run/wall_clock.ts";
import { CapturedCoinbase, CapturedKraken } from "./captured_sessions.ts";
import { fastTimers } from "./fast_timers.ts";
import { LocalExchange } from "./local_exchange.ts";
import { sharedData } from "./shared_data.ts";

/** Kraken's first version as a dialect: what its decoder proves, the machinery must heal. */
const krakenV1: MarketDialect = {
  venue: "kraken-v1",
  endpoints: { rest: "http://127.0.0.1:1", market: "ws://127.0.0.1:1", orders: "ws://127.0.0.1:1" },
  format: "kraken",
  limits: { instrumentsMax: 50, sendsPerSecond: 100, lifeMs: Infinity, silenceMs: 600_000, weightPerMinute: 60 },
  lanes: [{
    name: "book",
    books: true,
    url: ({ market }) => market,
    subscribe: (pair) => [JSON.stringify({ event: "subscribe", pair })],
    reader: () => ({
      read(text) {
        const json = JSON.parse(text);
        return Array.isArray(json) ? { kind: "data", symbols: [String(json.at(-1))] } : { kind: "other" };
      },
    }),
  }],
  resync: {
    by: "frames",
    frames: (pair) => ["unsubscribe", "subscribe"].map((event) => JSON.stringify({ event, pair: [pair] })),
  },
  decoder: krakenDecoder,
  line: receivedLine,
  lost: (at, url) => connectLine(url, at),
  instruments: () => Promise.resolve([]),
};

const SESSIONS = [
  {
    dialect: krakenV1,
    path: sharedData("cryptofeed/KRAKEN.ws.50.0.gz"),
    Market: CapturedKraken,
    updates: 4269,
    trades: 0,
    // Its checksums cover no more.
    levels: 10,
  },
  {
    dialect: coinbase,
    path: sharedData("cryptofeed/COINBASE.ws.28.0.gz"),
    Market: CapturedCoinbase,
    updates: 9719,
    trades: 97,
    levels: Infinity,
  },
] as const;

/** The finest price that a book has, of what is sent and of what follows. */
function tickOf(text: string, symbol: string): string {
  const quoted = [...text.matchAll(/"(\d+\.\d+)","\d+\.\d+"/g)].map(([, price]) => parseDecimal(price).decimals);
  return formatDecimal(1, symbol === "KSM/XBT" ? 7 : Math.max(0, ...quoted));
}

/** A feed of a captured market, with its books as they are seen. */
class Fed {
  readonly feed: LiveMarket;
  readonly books = new Map<string, { readonly spec: InstrumentSpec; readonly book: L2Book }>();
  lines = 0;
  trades = 0;
  gaps = 0;

  constructor(dialect: MarketDialect, { endpoints }: LocalExchange, specs: readonly InstrumentSpec[], timers: Timers) {
    const wall = wallClock(), record = { line: (symbol: string) => void (symbol && this.lines++), refused: () => {} };
    const into = new Map(specs.map((instrument) => [instrument.symbol, { instrument, sink: this.#sink(instrument) }]));
    this.feed = new LiveMarket(dialect, { endpoints, into, record }, {
      network: machineNetwork({ wall }),
      timers,
      wall,
      random: Math.random,
      tell: () => {},
    });
  }

  /** The best levels of a side, as decimals without zeros at their end. */
  top(symbol: string, side: Side, levels: number): string[] {
    const { spec, book } = this.books.get(symbol)!, count = Math.min(levels, book.count(side));
    const prices = new Float64Array(count), sizes = new Float64Array(count);
    book.top(side, count, prices, sizes);
    const text = (units: number, step: string) => plain(formatDecimal(units, parseDecimal(step).decimals));
    return [...prices].map((price, i) => `${text(price, spec.tick)}x${text(sizes[i], spec.lot)}`);
  }

  #sink(spec: InstrumentSpec): { row: Row; add(): void } {
    const row = new Row(), book = new L2Book();
    this.books.set(spec.symbol, { spec, book });
    return {
      row,
      add: () => {
        const { kind, side, price, size } = row;
        if (kind === DEPTH || kind === SNAPSHOT) book.set(side as Side, price, size);
        else if (kind === CLEAR) book.clear(side as Side, price);
        else if (kind === TRADE) this.trades++;
        else if (kind === GAP) this.gaps++;
      },
    };
  }
}

function plain(decimal: string): string {
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}

/** Waits until something is so; what never is, the assertion behind it tells. */
async function until(done: () => boolean): Promise<void> {
  for (const begun = performance.now(); !done() && performance.now() - begun < 30_000;) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

for (const { dialect, path, Market, updates, trades, levels } of SESSIONS) {
  const absent = path === undefined ? " (ignored: ../shared/data is not there)" : "";
  const begin = async (timers: Timers) => {
    const text = gunzipSync(Deno.readFileSync(path!)),
      market = new Market(text),
      server = await LocalExchange.serve(market);
    const specs = [...market.books.keys()].map((symbol): InstrumentSpec => {
      const own = text.toString().split("\n").filter((line) => line.includes(symbol)).join("\n");
      return { symbol, venue: dialect.venue, tick: tickOf(own, symbol), lot: "0.00000001" };
    });
    const fed = new Fed(dialect, server, specs, timers);
    await fed.feed.open();
    return { market, server, fed, symbols: specs.map(({ symbol }) => symbol) };
  };
  /** Sides of books that are not the exchange's. */
  const differences = ({ market, fed, symbols }: Awaited<ReturnType<typeof begin>>) =>
    symbols.flatMap((symbol) =>
      ([BUY, SELL] as Side[]).flatMap((side) => {
        const wanted = market.levels(symbol, side).slice(0, levels).map((level) => level.map(plain).join("x"));
        const found = fed.top(symbol, side, levels);
        return `${wanted}` === `${found}` ? [] : [{ symbol, side, wanted, found }];
      })
    );

  Deno.test({
    name: `${dialect.venue}: a recorded session, served: ${updates} updates without a gap, and its books${absent}`,
    ignore: !path,
    async fn() {
      const all = await begin(systemTimers), { market, fed, symbols } = all;
      await using server = all.server;
      await server.play();
      await until(() => fed.lines >= symbols.length + updates + trades);
      assertEquals([market.played, fed.trades, fed.gaps], [updates + trades, trades, 0]);
      assertEquals(fed.feed.figures.whole, 10);
      assertEquals(differences(all), []);
      fed.feed.close();
    },
  });

  Deno.test({
    name: `${dialect.venue}: the same with frames lost, doubled and swapped, and connections cut, is healed${absent}`,
    ignore: !path,
    async fn() {
      const all = await begin(fastTimers(20)), { fed } = all, rng = new Rng(5);
      await using server = all.server;
      const held: string[] = [];
      server.through = (text) => {
        const fault = rng.int(400), before = held.splice(0);
        if (fault === 0) return before;
        if (fault === 1) return [text, text, ...before];
        if (fault === 2 && before.length === 0) return held.push(text), [];
        return [text, ...before];
      };
      for (let i = 0; i < 5; i++) {
        await server.play(Math.floor(updates / 6));
        if (i % 2 === 1) server.cut();
        await until(() => fed.feed.figures.whole === 10 || server.peers === 0);
      }
      server.through = (text) => [text, ...held.splice(0)];
      await until(() => server.peers > 0 && fed.feed.figures.whole === 10);
      await server.play();
      // What was swapped with the last frame of before may be found out only now.
      await until(() => fed.feed.figures.whole === 10 && differences(all).length === 0);
      assert(fed.gaps > 5, `${fed.gaps} gaps`);
      assertEquals(differences(all), []);
      fed.feed.close();
    },
  });
}
