/** Recorded sessions, served over real sockets, and the feeds that keep books of them. */
import { assert, assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { L2Book } from "../engine/book/l2.ts";
import { parseDecimal } from "../engine/core/decimal.ts";
import { AT_LOCAL, BUY, CLEAR, DEPTH, GAP, SELL, type Side, SNAPSHOT } from "../engine/core/event.ts";
import type { InstrumentSpec } from "../engine/core/instrument.ts";
import { Rng } from "../engine/core/rng.ts";
import { binanceDecoder } from "../engine/feed/decode/binance.ts";
import { Grid } from "../engine/feed/grid.ts";
import { Row, type RowSink } from "../engine/feed/row.ts";
import type { MarketFeed } from "../engine/live/exchange.ts";
import { exchange } from "../engine/live/exchanges.ts";
import type { LiveEvent } from "../engine/live/live_event.ts";
import type { LiveTools } from "../engine/live/live_tools.ts";
import { machineNetwork } from "../engine/run/network.ts";
import { wallClock } from "../engine/run/wall_clock.ts";
import { CapturedBinance, type CapturedLine, capturedLines, oneInstrument } from "./captured_binance.ts";
import { fastTimers } from "./fast_timers.ts";
import { LocalExchange } from "./local_exchange.ts";
import { sharedData } from "./shared_data.ts";

/** One instrument as a feed sees it. */
class Seen implements RowSink {
  readonly row = new Row();
  readonly book = new L2Book();
  readonly rows: string[] = [];
  stale = true;

  constructor(readonly spec: InstrumentSpec) {}

  add(): void {
    const { kind, side, price, size, flags } = this.row;
    if (!(flags & AT_LOCAL)) return;
    this.rows.push(textOf(this.row));
    if (kind === GAP) this.stale = true;
    else if (kind === DEPTH) this.book.set(side as Side, price, size);
    else if (kind === CLEAR) this.book.clear(side as Side, price);
    else if (kind === SNAPSHOT) this.book.set(side as Side, price, size);
    if (kind === CLEAR || kind === SNAPSHOT) this.stale = false;
  }

  /** A level in ticks and lots. */
  level(price: string, size: string): [number, number] {
    return [units(this.spec, "tick", price), units(this.spec, "lot", size)];
  }

  get levels(): [number, number][] {
    return ([[BUY, Infinity], [SELL, -Infinity]] as const).flatMap(([side, from]) => {
      const all: [number, number][] = [];
      for (let price = this.book.next(side, from); Math.abs(price) < Infinity; price = this.book.next(side, price)) {
        all.push([price, this.book.size(side, price)]);
      }
      return all;
    });
  }
}

function textOf({ kind, side, price, size, flags, exchangeSec, exchangeNs }: Row): string {
  return `${kind} ${side} ${price} ${size} ${flags} ${exchangeSec}.${exchangeNs}`;
}

function units(spec: InstrumentSpec, name: "tick" | "lot", text: string): number {
  const { mantissa, decimals } = parseDecimal(text);
  return new Grid(name, parseDecimal(spec[name]), { cuts: name === "lot", odd: () => true }).units(mantissa, decimals);
}

/** A feed of a local exchange, with all that it brought. */
class Fed {
  readonly seen = new Map<string, Seen>();
  /** What was recorded, by instrument. */
  readonly lines = new Map<string, string[]>();
  readonly events: LiveEvent[] = [];
  readonly tickers = new Map<number, readonly number[]>();
  readonly tops = new Map<number, readonly number[]>();
  readonly feed: MarketFeed;
  /** Snapshots that arrived. */
  snapshots = 0;
  /** The update whose rows have not been seen yet. */
  #update = -1;

  private constructor(name: string, specs: readonly InstrumentSpec[], { endpoints }: LocalExchange) {
    for (const spec of specs) this.seen.set(spec.symbol, new Seen(spec));
    const into = new Map([...this.seen].map(([symbol, sink]) => [symbol, { instrument: sink.spec, sink }]));
    const record = {
      line: (symbol: string, line: string) => this.#line(symbol, line),
      refused: (symbol: string) => void this.lines.get(symbol)?.pop(),
    };
    this.feed = exchange(name).market({ endpoints, into, record }, Fed.#tools((event) => this.events.push(event)));
  }

  static async of(name: string, symbols: readonly string[], local: LocalExchange): Promise<Fed> {
    const specs = await exchange(name).instruments(symbols, local.endpoints, Fed.#tools(() => {}));
    return new Fed(name, specs, local);
  }

  static #tools(tell: LiveTools["tell"]): LiveTools {
    const wall = wallClock(), rng = new Rng(1);
    return { network: machineNetwork({ wall }), timers: fastTimers(100), wall, random: () => rng.float(), tell };
  }

  /** Best prices and sizes after each update, and those that the exchange tells at its number: how many can be compared. */
  compared(): { readonly same: number; readonly of: number } {
    this.#look();
    const both = [...this.tops.keys()].filter((id) => this.tickers.has(id));
    const same = both.filter((id) => `${this.tops.get(id)}` === `${this.tickers.get(id)}`);
    return { same: same.length, of: both.length };
  }

  #line(symbol: string, line: string): void {
    this.#look();
    if (!this.lines.has(symbol)) this.lines.set(symbol, []);
    this.lines.get(symbol)!.push(line);
    if (line.includes('"lastUpdateId"')) this.snapshots++;
    const seen = this.seen.get(symbol);
    // Half a frame is none.
    if (seen === undefined || this.seen.size > 1 || !line.endsWith("}}")) return;
    if (line.includes("@depth")) this.#update = Number(/"u":(\d+)/.exec(line)![1]);
    else if (line.includes("@bookTicker")) {
      const { u, b, B, a, A } = JSON.parse(line.slice(line.indexOf(" "))).data;
      this.tickers.set(u, [...seen.level(b, B), ...seen.level(a, A)]);
    }
  }

  #look(): void {
    const [{ book, stale }] = this.seen.values();
    if (this.#update >= 0 && !stale) {
      this.tops.set(this.#update, [book.bestBid, book.bestBidSize, book.bestAsk, book.bestAskSize]);
    }
    this.#update = -1;
  }
}

/** Waits until it is so; a test that waits for ever is cut by who runs it. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((done) => setTimeout(done, 5));
}

/** What the capture's decoder makes of the lines that were recorded. */
function decoded(lines: readonly string[], spec: InstrumentSpec): string[] {
  const rows: string[] = [], row = new Row();
  const decoder = binanceDecoder({
    sink: { row, add: () => void ((row.flags & AT_LOCAL) && rows.push(textOf(row))) },
    tick: new Grid("tick", parseDecimal(spec.tick)),
    lot: new Grid("lot", parseDecimal(spec.lot), { cuts: true }),
    symbol: spec.symbol,
    describe: () => {},
    gap: () => {},
  });
  decoder.push(new TextEncoder().encode(`${lines.join("\n")}\n`));
  return rows;
}

/** The exchange's book and the one that was kept, level by level. */
function assertSameBook(seen: Seen, market: CapturedBinance): void {
  const { bids, asks } = market.books.get(seen.spec.symbol)!;
  const levels = (side: ReadonlyMap<string, string>) =>
    [...side].map(([price, size]) => seen.level(price, size)).filter(([price]) => !Number.isNaN(price));
  const told = levels(bids).sort(([a], [b]) => b - a).concat(levels(asks).sort(([a], [b]) => a - b));
  assertEquals(seen.levels, told);
}

const data = (path: string) => sharedData(path) ?? "";
const USDM = data("binance/usdm_btcusdt_20240808.gz"),
  SPOT = [data("binance/spot_btcusdt_20240808.gz"), data("binance/spot_btcusdt_20240809.gz")];
const absent = USDM === "" ? " (ignored: ../shared/data is not there)" : "";
const INFO = { "binance-usdm": ["0.10", "0.001"], "binance-spot": ["0.01000000", "0.00001000"] } as const;

/** Of a capture that is played at its own pace; all of it are 345. */
const PACED_S = Number(Deno.env.get("LOCKSTEP_CAPTURE_SECONDS") ?? 5);

/** Plays a capture of BTCUSDT to a feed, to its end. */
async function play(
  venue: keyof typeof INFO,
  lines: readonly CapturedLine[],
  during: (local: LocalExchange, market: CapturedBinance) => Promise<unknown> = (local) => local.play(),
): Promise<{ fed: Fed; market: CapturedBinance; seen: Seen }> {
  const market = new CapturedBinance(lines, oneInstrument("BTCUSDT", INFO[venue]));
  await using local = await LocalExchange.serve(market);
  const fed = await Fed.of(venue, ["BTCUSDT"], local), seen = fed.seen.get("BTCUSDT")!;
  // The recorded snapshot arrives before the frames that followed it.
  local.holds = () => fed.snapshots < market.answered;
  const opened = fed.feed.open();
  await until(() => market.subscribed >= 3);
  await during(local, market);
  await opened;
  const { last } = market.books.get("BTCUSDT")!;
  await until(() =>
    !seen.stale && fed.lines.get("BTCUSDT")!.findLast((line) => line.includes("@depth"))!.includes(`"u":${last},`)
  );
  fed.feed.close();
  return { fed, market, seen };
}

Deno.test({
  name: `live: usdm btc 0808 over a socket: 629 of 629 best prices, 9,597 levels at its end${absent}`,
  ignore: absent !== "",
}, async () => {
  const { fed, market, seen } = await play("binance-usdm", capturedLines("BTCUSDT", USDM));
  assertEquals(fed.compared(), { same: 629, of: 629 });
  assertEquals([seen.levels.length, seen.levels.slice(0, 4)], [9597, [[616597, 1486], [616590, 2], [616581, 33], [
    616580,
    6718,
  ]]]);
  assertSameBook(seen, market);
  assertEquals(fed.feed.figures.gaps, 0);
  assertEquals(decoded(fed.lines.get("BTCUSDT")!, seen.spec), seen.rows, "what was recorded decodes to what was seen");
});

Deno.test({
  name: `live: spot btc 0808 and 0809 over a socket: 564 of 564 best prices on the first day${absent}`,
  ignore: absent !== "",
}, async () => {
  const lines = capturedLines("BTCUSDT", SPOT[0]), all = [...lines, ...capturedLines("BTCUSDT", SPOT[1])];
  const { fed, market, seen } = await play("binance-spot", lines);
  assertEquals(fed.compared(), { same: 564, of: 564 });
  assertSameBook(seen, market);
  const both = await play("binance-spot", all);
  const { same, of } = both.fed.compared();
  assertEquals(same, of);
  assert(of > 564);
  assertSameBook(both.seen, both.market);
});

Deno.test({
  name: `live: the first ${PACED_S} s of usdm btc 0808 over a socket at their own pace${absent}`,
  ignore: absent !== "",
}, async () => {
  let played = 0;
  const lines = capturedLines("BTCUSDT", USDM),
    { fed, market, seen } = await play("binance-usdm", lines, async (local) => {
      played = await local.playAtItsPace(PACED_S * 1000);
    });
  const { same, of } = fed.compared();
  assert(of > 0 && played > 20 * PACED_S, `${of} compared of ${played}`);
  assertEquals([same, fed.feed.figures.gaps], [of, 0]);
  assertSameBook(seen, market);
  assertEquals(decoded(fed.lines.get("BTCUSDT")!, seen.spec), seen.rows, "what was recorded decodes to what was seen");
});

for (let seed = 1; seed <= 3; seed++) {
  const name =
    `live: usdm btc 0808 with frames lost, doubled, swapped and garbled, and connections cut (seed ${seed})${absent}`;
  Deno.test({ name, ignore: absent !== "" }, async () => {
    const rng = new Rng(seed), lines = capturedLines("BTCUSDT", USDM).slice(0, 20_000);
    const { fed, market, seen } = await play("binance-usdm", lines, async (local) => {
      let faults = true, held: string | undefined;
      local.through = (text) => {
        if (held !== undefined) return [text, held].map((each) => (held = undefined, each));
        if (!faults || rng.int(1000) > 0) return [text];
        const fault = rng.int(4);
        if (fault === 3) held = text;
        return fault === 0 ? [text, text] : fault === 1 ? [text.slice(0, text.length >> 1)] : [];
      };
      await local.play(1000);
      for (let i = 0; i < 8; i++) {
        await local.play(2000);
        if (i % 3 === 2) local.cut();
      }
      faults = false;
      await local.play(1000);
      while (local.peers < 2) await local.play(1, 20);
      await local.play(1000);
      while (await local.play(20, 1) > 0);
    });
    assertSameBook(seen, market);
    const { same, of } = fed.compared();
    assertEquals(same, of, "a book that is said to be whole is the exchange's");
    assert(fed.feed.figures.gaps > 0 && of > 20, `${fed.feed.figures.gaps} gaps, ${of} compared`);
    assertEquals(decoded(fed.lines.get("BTCUSDT")!, seen.spec), seen.rows);
  });
}

const SESSION = data("cryptofeed/BINANCE.ws.1.0.gz");

Deno.test({
  name: `live: four pairs of a recorded session, at its own pace a hundred times over${absent}`,
  ignore: absent !== "",
}, async () => {
  const { lines, info } = recordedSession();
  const market = new CapturedBinance(lines, info), symbols = ["NKNUSDT", "BLZETH", "LRCBTC", "RUNEEUR"];
  await using local = await LocalExchange.serve(market);
  const fed = await Fed.of("binance-spot", symbols, local);
  const opened = fed.feed.open();
  local.holds = () => fed.snapshots < market.answered;
  await until(() => market.subscribed === 12);
  // 266 frames in 30 s.
  await local.play(Infinity, 1);
  await opened;
  for (const symbol of symbols) {
    const { last } = market.books.get(symbol)!;
    await until(() =>
      fed.lines.get(symbol)!.some((line) => line.includes(`"u":${last},`) || line.includes(`"lastUpdateId":${last},`))
    );
    assertSameBook(fed.seen.get(symbol)!, market);
  }
  assertEquals([fed.feed.figures.gaps, fed.seen.get("BLZETH")!.spec.currency], [0, "ETH"]);
  fed.feed.close();
});

/** The recorded session of four pairs: its frames and the answers to its requests, in the order of their times. */
function recordedSession(): { lines: CapturedLine[]; info: string } {
  const read = (path: string) => new TextDecoder().decode(gunzipSync(Deno.readFileSync(path))).trimEnd().split("\n");
  const lines: CapturedLine[] = [];
  for (const line of read(SESSION)) {
    const match = /^([\d.]+): (\{"stream".*)$/.exec(line);
    if (match) lines.push({ atMs: Number(match[1]) * 1000, json: match[2] });
  }
  for (const line of read(data("cryptofeed/BINANCE.http.0.0.gz"))) {
    const match = /symbol=(\w+)&\S+ -> ([\d.]+): (.*)$/.exec(line);
    if (match) lines.push({ atMs: Number(match[2]) * 1000, json: match[3], symbol: match[1] });
  }
  const info = /-> [\d.]+: (\{.*)$/.exec(read(data("cryptofeed/BINANCE.0.gz"))[0])![1];
  return { lines: lines.sort((a, b) => a.atMs - b.atMs), info };
}
