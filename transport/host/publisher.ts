import type { Alert } from "../../engine/core/alerts.ts";
import { codeName } from "../../engine/core/codes.ts";
import type { Core } from "../../engine/core/core.ts";
import { BUY, SELL } from "../../engine/core/event.ts";
import { ExecutionReports } from "../../engine/core/execution_reports.ts";
import type { Feed } from "../../engine/core/feed.ts";
import { instrumentNames } from "../../engine/core/instrument_names.ts";
import { type Amount, Money } from "../../engine/core/money.ts";
import { ACCOUNT_AFTER_FILL, ORDER_STATE, type Recorder } from "../../engine/core/recorder.ts";
import { isFinal, STATE_NAMES } from "../../engine/oms/order_life.ts";
import { type OrderTable, TIF_NAMES, TYPE_NAMES } from "../../engine/oms/order_table.ts";
import type { Channel } from "../protocol/channels.ts";
import { BookWatch } from "./book_watch.ts";
import { changes } from "./changes.ts";

/** Plain data of a message. */
type Data = Readonly<Record<string, unknown>>;

/** Where messages go; a hub is one. */
export interface PublisherSink {
  publish(channel: Channel, symbol: string, data: Data, timestamp: bigint): void;
}

/** What a publisher is told beside what it records. */
export interface PublisherOptions {
  readonly sink: PublisherSink;
  /** Rows of all tapes. */
  readonly rows: number;
  /** Figures of the run so far, for the channel `metrics`. */
  readonly figures: () => Data;
}

/** Samples of the account between two looks at the figures. */
const FIGURES_EVERY = 16;

/**
 * Tells a hub what happens in a session, as messages of its channels, in the order in which it happens.
 *
 * It is a recorder of a session that stops at every message (`everyMessage`), changes nothing, and so has no part in the
 * digest. What it says is made of session time and data alone: two runs of one session publish the same.
 *
 * | call | cost |
 * |---|---|
 * | each | the message it makes |
 * | memory | the levels of the books, the open orders |
 */
export class Publisher implements Recorder {
  readonly #options: PublisherOptions;
  #core!: Core;
  #symbols: readonly string[] = [];
  #books: BookWatch[] = [];
  #bbos: Record<string, unknown>[] = [];
  #positions: Record<string, unknown>[] = [];
  readonly #pnl: Record<string, unknown> = {};
  readonly #orders = new Map<number, { readonly symbol: string; readonly data: Data }>();
  readonly #signals = new Map<string, Data>();
  #reports!: ExecutionReports;
  #metrics: Data | undefined;
  #progress: Data;
  #samples = 0;
  readonly #amount = new Money();

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#progress = { rows: 0, total: options.rows };
  }

  /** Rows of the tapes that were read when it was told last. */
  get readSoFar(): { readonly rows: number; readonly total: number } {
    return this.#progress as { readonly rows: number; readonly total: number };
  }

  /** What a channel's snapshot says now; undefined where there is nothing yet. */
  snapshot(channel: Channel, symbol: string): Data | undefined {
    const at = this.#symbols.indexOf(symbol);
    switch (channel) {
      case "book":
        return this.#books[at] && { ...this.#books[at].all() };
      case "bbo":
        return filled(this.#bbos[at]);
      case "orders":
        return { orders: [...this.#orders.values()].filter((each) => each.symbol === symbol).map(({ data }) => data) };
      case "positions":
        return filled(this.#positions[at]);
      case "pnl":
        return filled(this.#pnl);
      case "metrics":
        return this.#metrics;
      case "signals":
        return this.#signals.get(symbol);
      case "progress":
        return this.#progress;
      default:
        return undefined;
    }
  }

  attach(core: Core): void {
    this.#core = core;
    const { instruments } = core.account.valuation;
    this.#symbols = instrumentNames(instruments);
    this.#books = instruments.map(() => new BookWatch());
    this.#bbos = instruments.map(() => ({}));
    this.#positions = instruments.map(() => ({}));
    this.#reports = new ExecutionReports(instruments, (report) => {
      this.#publish("reports", report.Symbol, { ...report });
    });
  }

  heard(feed: Feed): void {
    const { index, view: { pending, book } } = feed, symbol = this.#symbols[index];
    if (pending.bar) {
      const { open, high, low, close, volume } = pending.bar;
      return this.#publish("bars", symbol, { open, high, low, close, volume });
    }
    for (let i = 0; i < pending.trades; i++) {
      const side = sideName(pending.sides[i]);
      this.#publish("trades", symbol, { price: pending.prices[i], size: pending.sizes[i], side });
    }
    if (!pending.touched) return;
    const update = this.#books[index].update(feed);
    if (update !== undefined) this.#publish("book", symbol, { ...update });
    const bbo = {
      bid: finite(book.bestBid),
      bidSize: book.bestBid > -Infinity ? book.bestBidSize : 0,
      ask: finite(book.bestAsk),
      askSize: book.bestAsk < Infinity ? book.bestAskSize : 0,
    };
    if (changes(this.#bbos[index], bbo)) this.#publish("bbo", symbol, bbo);
  }

  output(tag: number, era: number, ns: number, order: number, x: number, y: number, z: number): void {
    this.#reports.output(tag, era, ns, order, x, y, z);
    const kind = tag & 15;
    if (kind === ORDER_STATE) this.#order(order, x % 16, Math.floor(x / 16) % 4096);
    else if (kind === ACCOUNT_AFTER_FILL) this.#account(order);
  }

  fill(
    orders: OrderTable,
    slot: number,
    _ns: number,
    price: number,
    lots: number,
    liquidity: number,
    fee: Amount,
  ): void {
    const { valuation } = this.#core.account, instrument = orders.instrument[slot];
    const scale = valuation.scales[instrument];
    this.#publish("fills", this.#symbols[instrument], {
      order: orders.id[slot],
      side: sideName(orders.side[slot]),
      price,
      size: lots,
      maker: liquidity === 0,
      fee: fee.toString(scale),
      currency: valuation.instruments[instrument].currency,
    });
    this.#reports.trade(fee.toNumber(scale), liquidity);
    this.#order(orders.id[slot], orders.state[slot], 0);
  }

  alert({ code, severity, text, instrument }: Alert): void {
    this.#publish("alerts", instrument ?? "", { code, severity, message: text });
  }

  signal(_ns: number, name: string, values: Readonly<Record<string, number>>): void {
    const known = Object.entries(values).map(([key, value]) => [key, Number.isFinite(value) ? value : null]);
    const data = { values: Object.fromEntries(known) };
    this.#signals.set(name, data);
    this.#publish("signals", name, data);
  }

  sample(_ns: number, equity: number): void {
    const { feeds } = this.#core;
    for (let i = 0; i < feeds.length; i++) this.#account(i);
    this.#worth(equity);
    this.#progress = { rows: feeds.reduce((rows, { row }) => rows + row, 0), total: this.#options.rows };
    this.#publish("progress", "", this.#progress);
    if (this.#samples++ % FIGURES_EVERY === 0) this.#figures();
  }

  /** The session has ended: the figures as they are now. */
  ended(): void {
    this.#figures();
  }

  #figures(): void {
    this.#metrics = this.#options.figures();
    this.#publish("metrics", "", this.#metrics);
  }

  /** An order of ours as it stands, in a state and for a code. */
  #order(id: number, state: number, code: number): void {
    const { orders } = this.#core, slot = orders.slotOf(id);
    if (slot < 0) return;
    const symbol = this.#symbols[orders.instrument[slot]];
    const data = {
      order: id,
      side: sideName(orders.side[slot]),
      kind: TYPE_NAMES[orders.type[slot]],
      tif: TIF_NAMES[orders.tif[slot]],
      price: finite(orders.price[slot]),
      size: Math.max(0, orders.size[slot]),
      filled: orders.filled[slot],
      state: STATE_NAMES[state],
      code: code === 0 ? "" : codeName(code),
      parent: orders.parent[slot],
    };
    if (isFinal(state)) this.#orders.delete(id);
    else this.#orders.set(id, { symbol, data });
    this.#publish("orders", symbol, data);
  }

  /** The position in one instrument, and what it has come to. */
  #account(instrument: number): void {
    const { account, marks, feeds } = this.#core, { valuation } = account;
    const position = account.position(instrument), scale = valuation.scales[instrument];
    const mark2 = marks.refresh(feeds)[instrument];
    const unrealised = position === 0
      ? "0"
      : Number.isFinite(mark2)
      ? account.unrealised(instrument, mark2, this.#amount).toString(scale)
      : null;
    const changed = changes(this.#positions[instrument], {
      position,
      average: position === 0 ? null : account.averagePrice(instrument) / valuation.instruments[instrument].tickSize,
      realised: account.realised(instrument).toString(scale),
      unrealised,
      fees: account.fees(instrument).toString(scale),
      currency: valuation.instruments[instrument].currency,
    });
    if (changed) this.#publish("positions", this.#symbols[instrument], changed);
  }

  /** Equity, cash and profit in the currency of the first instrument. */
  #worth(equity: number): void {
    const { account, feeds, marks } = this.#core,
      { currencies, currencyOf, currencyScales, scales } = account.valuation;
    const cash = account.cash(0), scale = currencyScales[0];
    let realised = 0, fees = 0, unrealised = 0;
    for (let i = 0; i < feeds.length; i++) {
      if (currencyOf[i] !== 0) continue;
      realised += account.realised(i).toNumber(scales[i]);
      fees += account.fees(i).toNumber(scales[i]);
      if (account.position(i) !== 0) {
        unrealised += account.unrealised(i, marks.values[i], this.#amount).toNumber(scales[i]);
      }
    }
    const changed = changes(this.#pnl, {
      currency: currencies[0],
      equity,
      cash: cash.toString(scale),
      realised,
      unrealised,
      fees,
    });
    if (changed) this.#publish("pnl", "", changed);
  }

  #publish(channel: Channel, symbol: string, data: Data): void {
    const { clock } = this.#core;
    this.#options.sink.publish(channel, symbol, data, clock.toEpochNs(clock.now));
  }
}

function sideName(side: number): "buy" | "sell" | null {
  return side === BUY ? "buy" : side === SELL ? "sell" : null;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function filled(data: Data | undefined): Data | undefined {
  return data !== undefined && Object.keys(data).length > 0 ? { ...data } : undefined;
}
