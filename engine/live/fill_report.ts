import type { Instrument } from "../core/instrument.ts";
import { fullName } from "../core/instrument_names.ts";
import type { VenueReport } from "../core/venue_report.ts";
import { compare, minus, plain, plus, times } from "./decimals.ts";
import { toldMoney } from "../venue/told_fees.ts";
import { lotsOf, priceText, ticksOf } from "./grid_text.ts";
import type { ExchangeFill } from "./order_entry.ts";

/** Money is kept with as many decimals at least. */
const DECIMALS = 8;

/** An execution in a session's units. */
export interface FillReport {
  readonly report: VenueReport;
  /** Its price or size lies between two steps of what the instrument was said to have: the nearest was booked. */
  readonly offGrid: boolean;
  /** Its fee was paid in a currency whose price is not known here: the fee model has it. */
  readonly foreignFee: boolean;
}

/**
 * What an execution is to the session, as one of order `order` (0 for none that is known).
 *
 * - The fee is what was paid, in the currency that the instrument settles in. One paid in the base currency counts at the price of the
 *   execution.
 * - Where the price lies between two ticks, because the exchange has changed them, the nearest is booked, and the rest of the money
 *   goes to the fee: cash is what it is at the exchange.
 */
export function fillReport(fill: ExchangeFill, instrument: Instrument, order: number): FillReport {
  const { price, size, side, liquidity, execution } = fill;
  const ticks = ticksOf(instrument, price), lots = lotsOf(instrument, size);
  const paid = feeOf(fill, instrument), off = compare(price, priceText(instrument, ticks.steps)) !== 0;
  const more = off ? times(minus(price, priceText(instrument, ticks.steps)), size) : "0";
  const fee = paid === undefined ? undefined : side === "buy" ? plus(paid, more) : minus(paid, more);
  const report = {
    order,
    event: "Fill",
    price: ticks.steps,
    lots: lots.steps,
    maker: liquidity === "maker",
    ...(fee === undefined ? {} : { fee }),
    execution: String(execution),
    // The order may be gone by the time it is heard.
    instrument: fullName(instrument.spec),
    side: side === "buy" ? 1 : -1,
  };
  return { report, offGrid: off || lots.rest !== "0", foreignFee: paid === undefined };
}

/** The currency that an instrument's size is in, as far as its symbol says: "BTCUSDT" of USDT, "BTC/USD" of USD. */
export function baseOf({ symbol, currency }: Pick<Instrument, "symbol" | "currency">): string {
  const base = symbol.endsWith(currency) ? symbol.slice(0, -currency.length) : symbol;
  return base.replace(/[-/_:]$/, "");
}

/** What a fee in the base currency comes to at a price, in whole units that any session's money has: what it books is that. */
export function worthOf(fee: string, price: string): string {
  return plain(toldMoney(times(fee, price), DECIMALS).toString(DECIMALS));
}

function feeOf({ fee, feeCurrency, price }: ExchangeFill, instrument: Instrument): string | undefined {
  if (feeCurrency === instrument.currency || compare(fee, "0") === 0) return fee;
  return feeCurrency === baseOf(instrument) ? worthOf(fee, price) : undefined;
}
