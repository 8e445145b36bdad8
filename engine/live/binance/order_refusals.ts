import { Code } from "../../core/codes.ts";
import { Refusals } from "../refusals.ts";

/**
 * What Binance's error numbers mean, of spot and USD-M. Words tell apart what one number has for many things: -1013 and -2010
 * are whatever a filter or the matching engine had against an order.
 *
 * Source: the lists of error codes of both APIs.
 */
export const BINANCE_REFUSALS: Refusals = new Refusals([
  { at: -1002, code: Code.NOT_PERMITTED },
  { at: -1003, code: Code.THROTTLED },
  { at: -1008, code: Code.VENUE_BUSY },
  { at: -1015, code: Code.THROTTLED },
  { at: -1016, code: Code.VENUE_BUSY },
  { at: -1021, code: Code.CLOCK_OFF },
  { at: -1022, code: Code.NOT_PERMITTED },
  { at: -1034, code: Code.THROTTLED },
  { at: -1013, words: /PERCENT_PRICE/, code: Code.PRICE_BAND },
  { at: -1013, words: /PRICE_FILTER/, code: Code.PRICE_GRID },
  { at: -1013, words: /LOT_SIZE/, code: Code.SIZE_GRID },
  { at: -1013, words: /NOTIONAL/, code: Code.NOTIONAL_MIN },
  { at: -1013, words: /MAX_POSITION/, code: Code.POSITION },
  { at: -1013, words: /MAX_NUM/, code: Code.OPEN_ORDERS },
  { at: -1013, words: /[Mm]arket is closed/, code: Code.HALTED },
  { at: -1013, code: Code.ORDER_FORM },
  { at: -1111, code: Code.PRICE_GRID },
  { at: -1112, code: Code.NO_LIQUIDITY },
  { at: -1121, code: Code.UNKNOWN_INSTRUMENT },
  ...[-1014, -1100, -1102, -1106, -1114, -1115, -1116, -1117, -1130].map((at) => ({ at, code: Code.ORDER_FORM })),
  { at: -2010, words: /insufficient balance/, code: Code.CASH },
  { at: -2010, words: /Duplicate/, code: Code.CLIENT_ID_REUSED },
  { at: -2010, words: /[Mm]arket is closed/, code: Code.HALTED },
  { at: -2010, words: /immediately match|trigger immediately/, code: Code.WOULD_CROSS },
  { at: -2010, words: /liquidity is less/, code: Code.NO_LIQUIDITY },
  { at: -2010, words: /may not place|disabled|not permitted|restricted/, code: Code.NOT_PERMITTED },
  { at: -2010, words: /not supported|Unsupported/, code: Code.ORDER_FORM },
  { at: -2011, words: /cancel restrictions/, code: Code.FILLED_MEANWHILE },
  { at: -2011, code: Code.TOO_LATE },
  { at: -2013, code: Code.TOO_LATE },
  { at: -2014, code: Code.NOT_PERMITTED },
  { at: -2015, code: Code.NOT_PERMITTED },
  { at: -2018, code: Code.CASH },
  { at: -2019, code: Code.MARGIN },
  { at: -2020, code: Code.NO_LIQUIDITY },
  { at: -2021, code: Code.WOULD_CROSS },
  { at: -2022, code: Code.NOT_REDUCING },
  { at: -2023, code: Code.LIQUIDATED },
  { at: -2025, code: Code.OPEN_ORDERS },
  { at: -2026, code: Code.ORDER_FORM },
  { at: -2027, code: Code.POSITION },
  { at: -2028, code: Code.MARGIN },
  { at: -4003, code: Code.SIZE_GRID },
  { at: -4005, code: Code.ORDER_SIZE },
  { at: -4014, code: Code.PRICE_GRID },
  { at: -4015, code: Code.ORDER_FORM },
  { at: -4016, code: Code.PRICE_BAND },
  { at: -4023, code: Code.SIZE_GRID },
  { at: -4024, code: Code.PRICE_BAND },
  { at: -4116, code: Code.CLIENT_ID_REUSED },
  { at: -4118, code: Code.NOT_REDUCING },
  { at: -4120, code: Code.ORDER_FORM },
  { at: -4131, code: Code.NO_LIQUIDITY },
  { at: -4164, code: Code.NOTIONAL_MIN },
  { at: -5021, code: Code.NOT_FILLED_WHOLE },
  { at: -5022, code: Code.WOULD_CROSS },
  { at: -5026, code: Code.TOO_LATE },
  { at: -5027, code: Code.ORDER_FORM },
], Code.VENUE_REFUSED);

/** Numbers by which Binance says that it does not know itself what became of a request. */
const UNKNOWN = new Set([-1000, -1001, -1006, -1007]);

/** Whether an answer says nothing of what became of the request: it has to be looked up. */
export function saysNothing(status: number, code: number | undefined): boolean {
  return status >= 500 || code === undefined || UNKNOWN.has(code);
}
