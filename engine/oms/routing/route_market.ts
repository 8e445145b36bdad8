import { closest } from "../../core/closest.ts";
import type { Core } from "../../core/core.ts";
import { type Decimal, parseDecimal, POWERS_OF_TEN } from "../../core/decimal.ts";
import { fullName } from "../../core/instrument_names.ts";
import { Money } from "../../core/money.ts";
import { type FeeRates, FREE } from "../../venue/fee_model.ts";
import { parseDuration } from "../../venue/latency.ts";
import { MAKER, TAKER } from "../../venue/liquidity.ts";
import { ConsolidatedBook } from "../consolidated_book.ts";
import type { CompleteSettings, VenueSettings } from "./route_request.ts";
import type { SentLevels } from "./sent_levels.ts";
import type { VenueHealth } from "./venue_health.ts";

/** What a router knows of an instrument, whatever it is routed as. */
export interface KnownVenue {
  readonly health: VenueHealth;
  readonly sent: SentLevels;
}

/** One thing that is traded at several venues, and what a router knows of them. */
export class RouteMarket {
  /** By source: the instrument's index, and "symbol@venue". */
  readonly instruments: readonly number[];
  readonly names: readonly string[];
  readonly book: ConsolidatedBook;
  readonly health: readonly VenueHealth[];
  readonly sent: readonly SentLevels[];
  /** By source: 1 where it can be reached, as of the last {@linkcode look}. */
  readonly open: Uint8Array;
  /** By source: what resting costs a unit of value, and a lot. */
  readonly makers: FeeRates[];
  /** What an order must have, by source: units, and value in 10^-(decimals of tick, lot and multiplier). */
  readonly #minUnits: Float64Array;
  readonly #minValues: readonly Money[];
  readonly #value = new Money();
  #settings: CompleteSettings | undefined;
  #own: VenueSettings[] = [];

  constructor(
    private readonly core: Core,
    instruments: readonly number[],
    known: (instrument: number) => KnownVenue,
  ) {
    const sources = instruments.map((i) => ({ instrument: core.feeds[i].instrument, book: core.feeds[i].view.book }));
    this.book = new ConsolidatedBook(sources);
    this.instruments = instruments;
    this.names = sources.map(({ instrument }) => fullName(instrument));
    this.health = instruments.map((i) => known(i).health);
    this.sent = instruments.map((i) => known(i).sent);
    this.open = new Uint8Array(instruments.length);
    this.makers = instruments.map(() => FREE);
    this.#minUnits = new Float64Array(instruments.length);
    this.#minValues = instruments.map(() => new Money());
  }

  /** Brings fees, latencies, health and what was sent up to date: before each decision. */
  look(settings: CompleteSettings): void {
    if (settings !== this.#settings) this.#use(settings);
    const { core, book, health, sent } = this;
    const { fees } = core.ledger, latencies: number[] = [], takers: FeeRates[] = [];
    this.instruments.forEach((instrument, i) => {
      const { taker, maker, latency } = this.#own[i];
      takers.push(own(taker) ?? fees.rates?.(instrument, TAKER) ?? FREE);
      this.makers[i] = own(maker) ?? fees.rates?.(instrument, MAKER) ?? FREE;
      latencies.push(latency === undefined ? core.expectedLatency(instrument) : parseDuration(latency));
      this.open[i] = health[i].state(settings.silence) === "open" ? 1 : 0;
      const { heard, view } = core.feeds[instrument];
      sent[i].forget(view.book, heard, core.now, settings.settle);
    });
    book.setRates(takers);
    const order = this.instruments.map((_, i) => i);
    order.sort((a, b) => latencies[a] - latencies[b] || health[b].fillRatio - health[a].fillRatio || a - b);
    order.forEach((source, place) => (book.rank[source] = place));
  }

  /** Whether an order of so much may be sent to a source. */
  admits(source: number, price: number, lots: number): boolean {
    const units = lots * this.book.lotUnits[source];
    if (lots < 1 || units < this.#minUnits[source]) return false;
    const minimum = this.#minValues[source];
    if (minimum.isZero()) return true;
    const { tick, lot, multiplier } = this.book.sources[source].instrument;
    const value = this.#value.clear().addProduct3(price, lots, tick.mantissa * lot.mantissa * multiplier.mantissa);
    return value.absolute().compare(minimum) >= 0;
  }

  /** The source of a name, "okx" or "BTCUSDT@okx"; RangeError with the nearest where there is none, or several. */
  sourceOf(name: string): number {
    const exact = this.names.indexOf(name);
    if (exact >= 0) return exact;
    const found = this.#ofVenue(name);
    if (found.length === 1) return found[0];
    const remedy = found.length > 1
      ? `say ${found.map((i) => this.names[i]).join(" or ")}`
      : closest(name, this.book.sources.map(({ instrument }) => instrument.venue));
    throw new RangeError(`Cannot route to ${name}: it names ${found.length} of the venues; ${remedy}`);
  }

  /** By source, the last tick within a limit. */
  limitTicks(side: number, limit: Decimal): Float64Array {
    return Float64Array.from(this.book.sources, ({ instrument: { tick } }) => {
      const over = BigInt(limit.mantissa) * BigInt(POWERS_OF_TEN[tick.decimals]);
      const under = BigInt(tick.mantissa) * BigInt(POWERS_OF_TEN[limit.decimals]);
      const cut = over / under; // towards 0
      const away = over % under === 0n || (over > 0n) === (side > 0) ? 0n : BigInt(side) * -1n;
      return Number(cut + away);
    });
  }

  /** A size in units of the book. RangeError where it has more decimals than lots have. */
  unitsOf(size: Decimal): number {
    const { sizeDecimals } = this.book, more = sizeDecimals - size.decimals;
    if (more < 0) {
      throw new RangeError(
        `Cannot route: size has ${size.decimals} decimals, and lots have ${sizeDecimals} at most; round it`,
      );
    }
    const units = size.mantissa * POWERS_OF_TEN[more];
    if (Number.isSafeInteger(units)) return units;
    throw new RangeError("Cannot route: size is 2^53 units of the finest lot or more; split it");
  }

  #use(settings: CompleteSettings): void {
    this.#settings = settings;
    this.#own = this.book.sources.map(({ instrument }, i) => ({
      ...settings.venues[instrument.venue],
      ...settings.venues[this.names[i]],
    }));
    this.#own.forEach(({ minSize, minNotional }, i) => {
      const { tick, lot, multiplier } = this.book.sources[i].instrument;
      // Below a unit of the finest lot, one unit is the least there is.
      const size = parseDecimal(minSize ?? "0"), more = this.book.sizeDecimals - size.decimals;
      this.#minUnits[i] = more >= 0
        ? size.mantissa * POWERS_OF_TEN[more]
        : Math.ceil(size.mantissa / POWERS_OF_TEN[-more]);
      const decimals = tick.decimals + lot.decimals + multiplier.decimals;
      const value = parseDecimal(minNotional ?? "0"), shift = decimals - value.decimals;
      const scale = BigInt(`1${"0".repeat(Math.abs(shift))}`), units = BigInt(value.mantissa);
      this.#minValues[i].setBigInt(shift >= 0 ? units * scale : (units + scale - 1n) / scale);
    });
  }

  #ofVenue(venue: string): number[] {
    return this.instruments.map((_, i) => i).filter((i) => this.book.sources[i].instrument.venue === venue);
  }
}

function own(rate: string | undefined): FeeRates | undefined {
  return rate === undefined ? undefined : { rate: parseDecimal(rate), lot: FREE.lot };
}
