import type { Instrument } from "../core/instrument.ts";
import { fullName } from "../core/instrument_names.ts";
import { FUNDING_PAID, type VenueReport } from "../core/venue_report.ts";
import { FRESH, NamedExecutions } from "../oms/executions.ts";
import type { LiveEventName } from "./live_event.ts";
import type { ExchangeFunding } from "./order_entry.ts";

/** Payments that are remembered, so that each is booked once: a day of a thousand instruments. */
const PAYMENTS = 4096;

/** What of an exchange's funding is a session's: each payment once, by whichever way it is told. */
export class FundingBooks {
  readonly #payments = new NamedExecutions(PAYMENTS);

  /** Of the session's instruments; `event` is told what is not booked. */
  constructor(
    private readonly instruments: readonly Instrument[],
    private readonly event: (name: LiveEventName, message: string, symbol: string) => void,
  ) {}

  /** Payments that the account had seen when the session began: they are in its cash. */
  known(payments: Iterable<ExchangeFunding>): void {
    for (const payment of payments) this.#payments.hear(nameOf(payment), Number(payment.time));
  }

  /** What the session is told of a payment; undefined where it knows, or it is of something else. */
  take(payment: ExchangeFunding): VenueReport | undefined {
    const { symbol, id, amount, currency } = payment;
    const instrument = this.instruments.find((each) => each.symbol === symbol);
    if (instrument === undefined || this.#payments.hear(nameOf(payment), Number(payment.time)) !== FRESH) {
      return undefined;
    }
    if (currency !== instrument.currency) {
      const message = `funding of ${amount} ${currency} is not booked: the session has ${instrument.currency}`;
      this.event("UNRECONCILED", message, symbol);
      return undefined;
    }
    return { order: 0, event: FUNDING_PAID, funding: amount, execution: id, instrument: fullName(instrument.spec) };
  }
}

/** Payments are named by instrument. */
function nameOf({ symbol, id }: ExchangeFunding): string {
  return `${symbol} ${id}`;
}
