import { plain } from "../decimals.ts";
import { objects, text, whole } from "../json_fields.ts";
import type { LiveTools } from "../live_tools.ts";
import type { ExchangeFunding } from "../order_entry.ts";
import { FRESH, NamedExecutions } from "../../oms/executions.ts";
import type { SignedRest } from "./signed_rest.ts";

/** Entries that one answer has at most, and answers that are read of one question. */
const PAGE = 1000, PAGES_MAX = 100;
const WEIGHT = 30;
/** Payments that are remembered, so that each is said once. */
const PAYMENTS = 4096;
/** When the history is asked for after the stream spoke of funding, in ms from the last time: it may list a payment late. */
const LOOKS_MS = [500, 2000, 8000];
/** The history is asked for from so long before that. */
const MARGIN_NS = 60_000_000_000n;

/**
 * Funding at Binance USD-M: the stream says that some was paid, of cross margin not even on which instrument; what was paid on which,
 * under which number, is in the history of income.
 */
export class BinanceFunding {
  readonly #said = new NamedExecutions(PAYMENTS);
  /** From when on the history is read; undefined while nothing is expected in it. */
  #since: bigint | undefined;
  #looks = 0;
  #cancel: (() => void) | undefined;

  constructor(
    private readonly rest: SignedRest,
    private readonly tools: LiveTools,
    private readonly report: (payment: ExchangeFunding, at: bigint) => void,
  ) {}

  /** Funding was paid at a time, ns since 1970-01-01 UTC. */
  heard(at: bigint): void {
    const since = at - MARGIN_NS;
    if (this.#since === undefined || since < this.#since) this.#since = since;
    this.#looks = 0;
    if (this.#cancel === undefined) this.#later();
  }

  /** All of it since a time, the oldest first. */
  async since(since: bigint): Promise<ExchangeFunding[]> {
    const found: ExchangeFunding[] = [], startTime = Number(since / 1_000_000n);
    for (let page = 1; page <= PAGES_MAX; page++) {
      const asked = { incomeType: "FUNDING_FEE", startTime, page, limit: PAGE };
      const rows = objects(await this.rest.signed("GET", "/fapi/v1/income", asked, WEIGHT));
      found.push(...rows.map((row) => ({
        symbol: text(row, "symbol"),
        id: text(row, "tranId"),
        amount: plain(text(row, "income")),
        currency: text(row, "asset"),
        time: BigInt(whole(row, "time")) * 1_000_000n,
      })));
      if (rows.length < PAGE) break;
    }
    return found.filter(({ time }) => time >= since).sort((a, b) => Number(a.time - b.time));
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#looks = LOOKS_MS.length;
  }

  #later(): void {
    if (this.#looks === LOOKS_MS.length) this.#since = undefined;
    else this.#cancel = this.tools.timers.after(LOOKS_MS[this.#looks++], () => void this.#look());
  }

  async #look(): Promise<void> {
    try {
      const payments = await this.since(this.#since!), at = this.tools.wall();
      // Closed meanwhile: nobody hears.
      if (this.#cancel === undefined) return;
      for (const payment of payments) {
        const { symbol, id, time } = payment;
        if (this.#said.hear(`${symbol} ${id}`, Number(time)) === FRESH) this.report(payment, at);
      }
    } catch {
      // No answer: it is asked again, and whoever compares the books now and then asks, too.
    }
    if (this.#cancel === undefined) return;
    this.#cancel = undefined;
    this.#later();
  }
}
