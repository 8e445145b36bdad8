import type { RiskAccount, RiskView } from "../risk/risk_view.ts";
import type { Code } from "./codes.ts";
import type { Core } from "./core.ts";

const LIMB = 2 ** 52;
const DAY_SEC = 86_400;

/** A core as its risk sees it. */
export class SessionRiskView implements RiskView {
  readonly account: RiskAccount;

  constructor(private readonly core: Core) {
    this.account = {
      cashUnits: (currency) => {
        const { hi, lo } = core.account.cash(currency);
        return hi * LIMB + lo;
      },
      equity: (currency, marks2) => core.account.equityNumber(currency, marks2),
    };
  }

  get now(): number {
    return this.core.clock.now;
  }

  mid2(instrument: number): number {
    return this.core.mid2(instrument);
  }

  last(instrument: number): number {
    return this.core.feeds[instrument].view.lastPrice;
  }

  marks2(): ArrayLike<number> {
    return this.core.marks.refresh(this.core.feeds);
  }

  stale(instrument: number): boolean {
    return this.core.feeds[instrument].view.book.stale;
  }

  halted(instrument: number): boolean {
    return this.core.feeds[instrument].view.halted;
  }

  expired(instrument: number): boolean {
    return this.core.expired(instrument);
  }

  heard(instrument: number): number {
    return this.core.feeds[instrument].heard;
  }

  tradingDay(instrument: number): number {
    const { clock, feeds } = this.core;
    const close = feeds[instrument].instrument.calendar.closeMinuteUtc * 60;
    return Math.floor((clock.toEpochSeconds(clock.now) - close) / DAY_SEC);
  }

  position(instrument: number): number {
    return this.core.account.position(instrument);
  }

  margin(instrument: number, lots: number): Code | 0 {
    return this.core.liquidation === undefined ? 0 : this.core.liquidation.admits(instrument, lots);
  }

  marginRefused(instrument: number): { readonly have: number; readonly need: number } | undefined {
    return this.core.liquidation?.refusedFor(instrument);
  }
}
