import type { MarginModel } from "../account/margin.ts";
import type { Valuation } from "../account/valuation.ts";
import type { RiskScopes, ScopeLimits } from "../risk/limits.ts";
import type { LatencyModel } from "../venue/latency.ts";
import type { Feed } from "./feed.ts";
import type { LedgerOptions } from "./ledger.ts";
import type { Recorder } from "./recorder.ts";
import type { BarView } from "./strategy.ts";

/** What a core is made of. */
export interface CoreOptions extends LedgerOptions {
  /** By instrument. */
  readonly limits: readonly ScopeLimits[];
  /** Limits of session, account and strategy. */
  readonly risk?: RiskScopes;
  /** What positions need; they are carried whatever they lose where absent. */
  readonly margin?: (valuation: Valuation) => MarginModel;
  /** By instrument: on the way to the venue (orders and amends; cancels), and back. */
  readonly latency: { readonly order: LatencyModel; readonly cancel: LatencyModel; readonly response: LatencyModel };
  readonly recorder: Recorder;
}

/** Is told what happened to orders, after all state is consistent. */
export interface CoreListener {
  /** There is something of this move that the strategy is told last: bars in a row end there. */
  readonly news: boolean;
  /** An answer about an order; price, lots and liquidity are a fill's. */
  answered(slot: number, event: number, price: number, lots: number, liquidity: number, code: number): void;
  timer(number: number): void;
  message(feed: Feed): void;
  /** One of several bars in a row. */
  bar(bar: BarView): void;
  sample(): void;
  /** Every time held is `shift` less from now on. */
  rebase(shift: number): void;
}
