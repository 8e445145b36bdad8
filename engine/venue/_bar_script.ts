import { MemoryFile } from "../feed/memory_file.ts";
import { BarCache } from "../feed/bar_columns.ts";
import { BytesSource } from "../feed/byte_source.ts";
import { TapeReader } from "../feed/tape_reader.ts";
import { TapeBars } from "../feed/tape_rows.ts";
import { codeName } from "../core/codes.ts";
import { ACKNOWLEDGED, EVENT_NAMES, FILL, TRIGGER } from "../oms/order_life.ts";
import {
  DAY,
  FOK,
  GTC,
  GTD,
  ICEBERG,
  IOC,
  LIMIT,
  MARKET,
  MARKET_IF_TOUCHED,
  OrderTable,
  POST_ONLY,
  REDUCE_ONLY,
  STOP,
  STOP_LIMIT,
  TRAILING_STOP,
} from "../oms/order_table.ts";
import { BarVenue } from "./bar_venue.ts";

/** Open, high, low and close in ticks. */
export type Prices = readonly [open: number, high: number, low: number, close: number];

/** Nanoseconds from one open to the next; a bar's points are at 0, 99, 199 and 298 of them. */
export const BAR_NS = 300;

/** An order as a line of a scenario: `side`, `size` and what else differs from a good-till-cancelled market order. */
export interface ScriptOrder {
  readonly side: 1 | -1;
  readonly size?: number;
  readonly type?: "market" | "limit" | "stop" | "stop_limit" | "touch" | "trailing" | "iceberg";
  readonly price?: number;
  readonly trigger?: number;
  readonly tif?: "gtc" | "ioc" | "fok" | "gtd" | "day";
  readonly expires?: number;
  readonly reduce?: boolean;
  readonly post?: boolean;
  readonly quote?: number;
}

/** Something that happens at a time: an order arrives, or a cancel or an amend of the order at a place of the script. */
export type ScriptStep =
  & { readonly at: number }
  & (
    | { readonly order: ScriptOrder }
    | { readonly cancel: number }
    | { readonly amend: number; readonly price: number; readonly size: number }
  );

const TYPES = {
  market: MARKET,
  limit: LIMIT,
  stop: STOP,
  stop_limit: STOP_LIMIT,
  touch: MARKET_IF_TOUCHED,
  trailing: TRAILING_STOP,
  iceberg: ICEBERG,
};
const TIFS = { gtc: GTC, ioc: IOC, fok: FOK, gtd: GTD, day: DAY };

/** A tape of bars in memory, each BAR_NS long (or as long as `span` says) and open from a multiple of it. */
export function barTape(bars: readonly Prices[], span = BAR_NS - 1): TapeReader {
  const file = new MemoryFile();
  const tape = new TapeBars(file);
  bars.forEach(([open, high, low, close], i) => {
    const openNs = i * BAR_NS;
    Object.assign(tape.bar, { openSec: 0, openNs, closeSec: 0, closeNs: openNs + span });
    Object.assign(tape.bar, { open, high, low, close, volume: 1 });
    tape.add();
  });
  tape.flush();
  const facts = { gaps: { count: 0, first: [] }, skew: { policy: "keep", shiftNs: 0 } } as const;
  const instrument = { symbol: "X", venue: "test", tick: "1", lot: "1" };
  const hasher = { update: () => {}, hex: () => "" };
  tape.writer!.finish({ ...facts, instrument, source: { format: "test", files: [] } }, hasher);
  return new TapeReader(new BytesSource(file.bytes));
}

/** What a venue answers to a script over bars: "99 sell 1 @ 95" a fill, "99 #2 Expire NOT_REDUCING" the rest. */
export class BarScript {
  readonly venue: BarVenue;
  readonly lines: string[] = [];
  readonly fills: { time: number; order: number; side: number; lots: number; price: number }[] = [];
  readonly #orders = new OrderTable();
  readonly #slots: number[] = [];
  /** Times at which the venue wants to be called, each before those that stand before it. */
  readonly #wakes: number[] = [];

  constructor(position = 0) {
    const options = { fills: "whole", impact: "frozen", selfTrade: "allow" } as const;
    this.venue = new BarVenue(this.#orders, options, {
      answer: (event, slot, price, lots, _liquidity, code) => {
        this.venue.answered = true;
        const order = this.#slots.indexOf(slot), side = this.#orders.side[slot], time = this.venue.now;
        if (event === FILL) {
          this.fills.push({ time, order, side, lots, price });
          this.lines.push(`${time} ${side > 0 ? "buy" : "sell"} ${lots} @ ${price}`);
        } else if (event !== ACKNOWLEDGED && event !== TRIGGER) {
          this.lines.push(`${time} #${order} ${EVENT_NAMES[event]}${code ? ` ${codeName(code)}` : ""}`);
        }
      },
      wake: (time) => void this.#wakes.push(time),
    });
    this.venue.position = position;
  }

  /** Plays bars with the steps of the script at their times; at one time the bars come first. */
  play(bars: readonly Prices[], steps: readonly ScriptStep[], span?: number): this {
    const cache = new BarCache(barTape(bars, span), 0);
    const columns = cache.columns(0);
    let row = 0;
    const until = (limit: number) => {
      do {
        const wake = this.#wakes.at(-1) ?? Infinity;
        row = this.venue.advance(columns, row, Math.min(limit, wake + 1));
        if (!this.venue.answered && wake < limit) {
          this.venue.now = wake;
          this.#wakes.pop();
          this.venue.timeUp();
        } else if (!this.venue.answered) return;
      } while (true);
    };
    for (const step of steps) {
      until(step.at + 1);
      this.venue.now = step.at;
      if ("order" in step) this.#arrive(step.order);
      else if ("cancel" in step) this.venue.cancel(this.#slots[step.cancel]);
      else this.venue.amend(this.#slots[step.amend], step.price, step.size);
    }
    until(Infinity);
    return this;
  }

  #arrive(order: ScriptOrder): void {
    const orders = this.#orders, slot = orders.open();
    const { type = order.price === undefined ? "market" : "limit", tif = "gtc" } = order;
    orders.side[slot] = order.side;
    orders.type[slot] = TYPES[type];
    orders.tif[slot] = TIFS[tif];
    orders.flags[slot] = (order.reduce ? REDUCE_ONLY : 0) | (order.post ? POST_ONLY : 0);
    orders.size[slot] = order.size ?? 1;
    orders.price[slot] = order.price ?? NaN;
    orders.trigger[slot] = order.trigger ?? NaN;
    orders.display[slot] = 1;
    orders.quote[slot] = order.quote ?? 0;
    orders.expires[slot] = order.expires ?? Infinity;
    this.#slots.push(slot);
    this.venue.arrive(slot);
  }
}
