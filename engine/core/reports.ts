import { FILL, REPLACE_DONE, SIZED } from "../oms/order_life.ts";
import { ToldFees, toldMoney } from "../venue/told_fees.ts";
import { MAKER, TAKER } from "../venue/liquidity.ts";
import { placeOf } from "./command.ts";
import type { Core } from "./core.ts";
import { fullName } from "./instrument_names.ts";
import type { Recorder } from "./recorder.ts";
import type { Money } from "./money.ts";
import { eventOf, FUNDING_PAID, VENUE_REPORT, type VenueReport } from "./venue_report.ts";

/**
 * Takes to the core what an exchange says of our orders: an input like a command, recorded in its place before anything changes, so
 * that a journal makes it again.
 *
 * - An order that is over and gone hears nothing more; an execution of it, or of an order that never was, is booked as one of the
 *   session's own, because the lots have changed hands.
 * - Whoever calls has seen to it that each execution comes once.
 *
 * | call | cost |
 * |---|---|
 * | `take` | constant, and a line of JSON for the journal |
 */
export class Reports {
  constructor(private readonly core: Core, private readonly recorder: Recorder) {}

  /** Carries a report out, in the place where the session is. Throws RangeError for one that makes no sense; nothing has changed then. */
  take(report: VenueReport, session: Place): void {
    if (report.event === FUNDING_PAID) return this.#funding(report, session);
    const { core } = this, event = eventOf(report), { order, price = NaN, lots = NaN, code = 0 } = report;
    const slot = order === 0 ? -1 : core.orders.slotOf(order);
    if (event === FILL || event === REPLACE_DONE) whole("price", price);
    if (event === FILL || event === REPLACE_DONE || event === SIZED) whole("lots", lots);
    const instrument = slot < 0 && event === FILL ? this.#bookedIn(report) : -1;
    // Behind this, nothing of it may fail.
    if (event === FILL || event === REPLACE_DONE) possible(event === FILL ? "a fill" : "an order", price, lots);
    if (event === FILL && report.fee !== undefined) {
      this.#money("fee", report, slot < 0 ? instrument : core.orders.instrument[slot]);
    }
    this.#record(report, session);
    if (event !== FILL) {
      if (slot >= 0) core.flow.answered(event, slot, price, lots, TAKER, code);
      return;
    }
    const { fees } = core.ledger;
    if (fees instanceof ToldFees) fees.told = report.fee;
    if (slot < 0) core.flow.adopt(instrument, report.side!, price, lots);
    else core.flow.answered(FILL, slot, price, lots, report.maker ? MAKER : TAKER, 0);
  }

  #funding(report: VenueReport, session: Place): void {
    const instrument = this.#instrumentOf(report), received = this.#money("funding", report, instrument);
    this.#record(report, session);
    this.core.ledger.funded(instrument, received);
  }

  /** An amount that a report says. Throws RangeError for what is none, and for more than there can be. */
  #money(name: "fee" | "funding", { [name]: text }: VenueReport, instrument: number): Money {
    let money: Money;
    try {
      money = toldMoney(text ?? "", this.core.account.valuation.scales[instrument]);
    } catch (error) {
      throw new RangeError(`Cannot take a report: ${name} is ${text}; it is a decimal`, { cause: error });
    }
    if (Math.abs(money.hi) < MONEY_MAX_HI) return money;
    throw new RangeError(`Cannot take a report: ${name} is ${text}, more than there can be`);
  }

  #record(report: VenueReport, session: Place): void {
    const { clock, now } = this.core, id = report.execution ?? report.event;
    this.recorder.commanded?.({
      ...placeOf(session),
      at: `${clock.toEpochNs(now)}`,
      scheduled: false,
      command: { ...report, kind: VENUE_REPORT, id },
    });
  }

  /** Where an execution of no order is booked. */
  #bookedIn(report: VenueReport): number {
    const { side } = report, index = this.#instrumentOf(report);
    if (side === 1 || side === -1) return index;
    throw new RangeError(`Cannot take a report: side is ${side}; it is 1 or -1`);
  }

  #instrumentOf({ instrument }: VenueReport): number {
    const index = this.core.feeds.findIndex((feed) => fullName(feed.instrument.spec) === instrument);
    if (index >= 0) return index;
    throw new RangeError(`Cannot take a report: instrument is ${instrument}, and the session has none of that name`);
  }
}

/** Ticks × lots that an order may come to: far from what money can hold, whatever comes on top, and from what is ever traded. */
const VALUE_MAX = 2 ** 72;
/** Of a fee or funding, in the upper of the two limbs of money: likewise, 2^84 units. */
const MONEY_MAX_HI = 2 ** 32;

/** Where a session is. */
type Place = Parameters<typeof placeOf>[0];

function whole(name: string, value: number): void {
  if (Number.isSafeInteger(value)) return;
  throw new RangeError(`Cannot take a report: ${name} is ${value}; it is a whole number`);
}

function possible(what: string, price: number, lots: number): void {
  if (lots > 0 && Math.abs(price * lots) < VALUE_MAX) return;
  throw new RangeError(`Cannot take a report: ${what} of ${lots} lots at ${price} is none that there can be`);
}
