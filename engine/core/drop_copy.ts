import type { ExecutionReport } from "./execution_report.ts";
import { ExecutionReports } from "./execution_reports.ts";

import type { AmountView } from "./amount.ts";
import type { RecordedCore, RecordedOrders, Recorder } from "./recorder.ts";

/** What a drop copy can be told. */
export interface DropCopyOptions {
  /** Reports that are kept for readers who come later; 4096 unless said. */
  readonly capacity?: number;
  /**
   * Hears each report as it comes. It is called in the midst of what the session does: it must not act on the session, and
   * what it throws ends the run.
   */
  readonly onReport?: (report: ExecutionReport) => void;
}

/** What was read of a drop copy. */
export interface DropCopyRead {
  /** What there was, in order. */
  readonly reports: readonly ExecutionReport[];
  /** What to ask for next. */
  readonly next: number;
  /** Reports that were asked for and are not kept any more. */
  readonly lost: number;
}

/**
 * The `reports` channel of a session: an execution report for each event of each order, for whoever watches beside the
 * strategy. It is a recorder: hand it to a run among its `recorders`; a run without one pays nothing.
 *
 * It keeps the last `capacity` reports; what is older is dropped, and a reader who was too slow is told how many those were.
 * It changes nothing: the digest is the same with it and without.
 *
 * | call | cost |
 * |---|---|
 * | a report | O(1) |
 * | `read` | the reports read |
 * | memory | `capacity` reports, and the open orders |
 *
 * @example
 * ```ts
 * import { backtest } from "../run/backtest.ts";
 * import { DropCopy } from "./drop_copy.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * const reports = new DropCopy({ capacity: 100 });
 * const { trades } = backtest({ strategy: touchMaker, tape: "fixtures/data/market_l2.arrow", recorders: [reports] });
 * const { reports: last, lost } = reports.read(1);
 * if (trades === 0 || last.length !== 100 || lost + 101 !== reports.next) throw new Error("unexpected");
 * ```
 */
export class DropCopy implements Recorder {
  readonly #capacity: number;
  readonly #onReport: DropCopyOptions["onReport"];
  /** A ring: the report with ExecID n stands at n modulo the capacity. */
  readonly #ring: ExecutionReport[] = [];
  #next = 1;
  #core!: RecordedCore;
  #reports!: ExecutionReports;

  /** Throws RangeError for a capacity that is no whole number above 0. */
  constructor({ capacity = 4096, onReport }: DropCopyOptions = {}) {
    if (!(Number.isSafeInteger(capacity) && capacity > 0)) {
      throw new RangeError(`Cannot keep ${capacity} reports: it takes a whole number above 0`);
    }
    this.#capacity = capacity;
    this.#onReport = onReport;
  }

  /** ExecID of the next report. */
  get next(): number {
    return this.#next;
  }

  /** The reports from ExecID `from` on, as far as they are kept, `most` at most. */
  read(from: number, most = Infinity): DropCopyRead {
    const first = Math.max(from, this.#next - this.#capacity, 1);
    const end = Math.min(this.#next, first + most);
    const reports: ExecutionReport[] = [];
    for (let id = first; id < end; id++) reports.push(this.#ring[id % this.#capacity]);
    return { reports, next: Math.max(end, from), lost: Math.max(0, first - Math.max(from, 1)) };
  }

  attach(core: RecordedCore): void {
    this.#core = core;
    this.#reports = new ExecutionReports(core.account.valuation.instruments, (report) => {
      this.#ring[report.ExecID % this.#capacity] = report;
      this.#next = report.ExecID + 1;
      this.#onReport?.(report);
    });
  }

  output(tag: number, era: number, ns: number, order: number, x: number, y: number, z: number): void {
    this.#reports.output(tag, era, ns, order, x, y, z);
  }

  fill(
    orders: RecordedOrders,
    slot: number,
    _ns: number,
    _price: number,
    _lots: number,
    liquidity: number,
    fee: AmountView,
  ): void {
    const scale = this.#core.account.valuation.scales[orders.instrument[slot]];
    this.#reports.trade(fee.toNumber(scale), liquidity);
  }
}
