import { Code } from "../../core/codes.ts";
import { Refusals } from "../refusals.ts";

/** What Kraken's errors mean: words of the form "EOrder:Insufficient funds", here by their first two parts. */
const KRAKEN_REFUSALS: Refusals = new Refusals([
  { at: "EOrder", words: /^Insufficient funds/, code: Code.CASH },
  { at: "EOrder", words: /^(Insufficient margin|Margin)/, code: Code.MARGIN },
  { at: "EOrder", words: /^(Order minimum|Cost minimum)/, code: Code.ORDER_SIZE_MIN },
  { at: "EOrder", words: /^(Orders limit|Domain rate limit)/, code: Code.OPEN_ORDERS },
  { at: "EOrder", words: /^(Positions|Position) limit/, code: Code.POSITION },
  { at: "EOrder", words: /^Rate limit/, code: Code.THROTTLED },
  { at: "EOrder", words: /^Unknown order/, code: Code.TOO_LATE },
  { at: "EOrder", words: /^Post only/, code: Code.WOULD_CROSS },
  { at: "EOrder", words: /^Reduce only/, code: Code.NOT_REDUCING },
  { at: "EOrder", words: /^Tick size/, code: Code.PRICE_GRID },
  { at: "EOrder", words: /^(Invalid price|Limit price)/, code: Code.PRICE_BAND },
  { at: "EOrder", words: /^Duplicate/, code: Code.CLIENT_ID_REUSED },
  { at: "EOrder", words: /^(Trading agreement|Permission)/, code: Code.NOT_PERMITTED },
  { at: "EAPI", words: /^Rate limit/, code: Code.THROTTLED },
  { at: "EAPI", words: /^(Invalid key|Invalid signature|Invalid nonce|Bad request)/, code: Code.NOT_PERMITTED },
  { at: "EGeneral", words: /^Permission denied/, code: Code.NOT_PERMITTED },
  { at: "EGeneral", words: /^Temporary lockout/, code: Code.THROTTLED },
  { at: "EGeneral", words: /^Too many requests/, code: Code.THROTTLED },
  { at: "EGeneral", words: /^Invalid arguments/, code: Code.ORDER_FORM },
  { at: "ESession", code: Code.NOT_PERMITTED },
  { at: "EService", words: /^Deadline elapsed/, code: Code.CLOCK_OFF },
  { at: "EService", words: /cancel_only|Market in/, code: Code.HALTED },
  { at: "EService", words: /^Busy/, code: Code.VENUE_BUSY },
  { at: "EQuery", words: /^Unknown asset/, code: Code.UNKNOWN_INSTRUMENT },
], Code.VENUE_REFUSED);

/** Splits "EOrder:Insufficient funds" for the table. */
export function krakenRefusal(error: string): ReturnType<Refusals["read"]> {
  const [, at, words] = /^(E\w+):(.*)$/s.exec(error) ?? ["", error, ""];
  return KRAKEN_REFUSALS.read(at, words);
}

/** Whether an error says nothing of what became of the request. */
export function saysNothing(error: string): boolean {
  return /^(EService:(Unavailable|Timeout)|EGeneral:Internal error)/.test(error);
}
