import type { Risk } from "../risk/risk.ts";
import type { Approved } from "../risk/risk.ts";
import {
  CANCEL_REQUESTED,
  FILL,
  isAmendable,
  isCancellable,
  isFinal,
  live,
  PENDING_NEW,
  REPLACE_DONE,
  REPLACE_REQUESTED,
  REQUEST_REFUSED,
  SIZED,
} from "../oms/order_life.ts";
import { ClientIds } from "../oms/client_ids.ts";
import { Executions, FRESH, TOO_OLD } from "../oms/executions.ts";
import { closingOrder } from "../oms/closing_order.ts";
import { TAKER } from "../venue/liquidity.ts";
import { BY_SESSION, IN_HINDSIGHT, type OrderTable } from "../oms/order_table.ts";
import { Code, codeName } from "./codes.ts";
import { AMEND, CANCEL, NEW_ORDER } from "./actions.ts";
import type { Core } from "./core.ts";
import type { CoreOptions } from "./core_options.ts";
import type { Outputs } from "./outputs.ts";
import type { OpeningPosition } from "./session_options.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";
import { loadValue, saveValue } from "./plain_state.ts";

/**
 * The life of our orders in a core: submits, cancels and amends on their way out, and what the answers make of orders, risk
 * and account.
 *
 * | call | cost |
 * |---|---|
 * | each | constant, nothing allocated; one scheduled event for a request |
 */
export class OrderFlow {
  /** By instrument: submits that risk approved; own fills. */
  readonly approved: Float64Array;
  readonly trades: Float64Array;
  /** Names that clients gave to orders, and executions that venues told of. */
  readonly clientIds: ClientIds = new ClientIds();
  readonly executions: Executions;
  /** Is told of each order that leaves; absent where nobody asks. */
  sent: ((slot: number) => void) | undefined = undefined;
  /**
   * Is told when risk has refused an order or amend, and `risk.last` says why; not of what a gate or a venue refused, nor of
   * the session's own orders. Absent where nobody asks.
   */
  overruled: (() => void) | undefined = undefined;
  /** Refusals by instrument and code. */
  readonly refusals: readonly Map<string, number>[];
  /** The code of the last refusal. */
  refused: Code | 0 = 0;

  constructor(
    private readonly core: Core,
    private readonly orders: OrderTable,
    private readonly risk: Risk,
    private readonly outputs: Outputs,
    private readonly options: CoreOptions,
  ) {
    const count = options.instruments.length;
    this.approved = new Float64Array(count);
    this.executions = new Executions(count);
    this.trades = new Float64Array(count);
    this.refusals = options.instruments.map(() => new Map());
  }

  /** Sends the order in `slot`, whose columns are filled; returns its id, or a refusal's code below 0. */
  submit(slot: number): number {
    const { orders } = this;
    this.core.asks();
    const id = orders.id[slot];
    const lots = orders.quote[slot] !== 0 ? Infinity : orders.size[slot];
    const bySession = (orders.flags[slot] & BY_SESSION) !== 0;
    const closed = bySession ? 0 : this.#gated(slot, lots);
    const verdict = closed || this.risk.check(slot);
    if (typeof verdict === "number") {
      this.#refuse(slot, verdict);
      orders.release(slot);
      if (closed === 0 && !bySession) this.overruled?.();
      return -verdict;
    }
    this.#send(verdict);
    return id;
  }

  /** A submit that was sent before, as the order `id`: nothing is sent, and it counts as one that was asked for. */
  repeated(id: number): number {
    this.core.asks();
    return id;
  }

  /** Refuses the order in `slot` before anything is checked; returns its code below 0. */
  refuse(slot: number, code: Code): number {
    this.core.asks();
    this.#refuse(slot, code);
    this.orders.release(slot);
    return -code;
  }

  /** Asks to cancel; false where the order is done, unknown, or a request is on its way. */
  cancel(id: number): boolean {
    this.core.asks();
    const slot = this.orders.slotOf(id);
    if (slot < 0 || !this.cancellable(slot)) return false;
    this.#transition(slot, CANCEL_REQUESTED, 0);
    this.core.request(slot, CANCEL, this.options.latency.cancel, NaN, 0);
    return true;
  }

  /** Asks for another price and size (in all); false where the order is not working, or risk refuses. */
  amend(id: number, price: number, size: number): boolean {
    this.core.asks();
    const { orders } = this;
    const slot = orders.slotOf(id);
    if (slot < 0 || !isAmendable(orders.state[slot])) return false;
    const closed = this.#gated(slot, size - orders.size[slot]);
    const code = closed || this.risk.checkAmend(slot, price, size);
    if (code !== 0) {
      this.#refuse(slot, code);
      if (closed === 0) this.overruled?.();
      return false;
    }
    this.#transition(slot, REPLACE_REQUESTED, 0);
    this.risk.amends(slot, price, size);
    this.core.request(slot, AMEND, this.options.latency.order, price, size);
    return true;
  }

  /** Whether a request about an order can be sent: it is not done, and none is on its way. */
  cancellable(slot: number): boolean {
    return isCancellable(this.orders.state[slot]);
  }

  /** Closes what is open at a price, in hindsight: a fill of the session's own. */
  closeAt(instrument: number, price: number): void {
    const position = this.core.account.position(instrument);
    if (position !== 0) this.adopt(instrument, -Math.sign(position), price, Math.abs(position), IN_HINDSIGHT);
  }

  /** Books an execution of no order that is known: `side` is what we did, BUY or SELL. */
  adopt(instrument: number, side: number, price: number, lots: number, flags = 0): void {
    const { core, orders } = this;
    const slot = closingOrder(orders, { instrument, position: -side * lots, now: core.now, flags });
    orders.state[slot] = PENDING_NEW;
    this.risk.leaves(slot);
    this.answered(FILL, slot, price, lots, TAKER, 0);
  }

  /** Books what the session begins with: no trade of its own. */
  open(instrument: number, { lots, price }: OpeningPosition): void {
    this.adopt(instrument, Math.sign(lots), price, Math.abs(lots), IN_HINDSIGHT);
    this.trades[instrument]--;
  }

  /**
   * An answer of a venue has reached us. `detail` says why, a code; of a fill it is the venue's number of the execution, 0 for
   * one of the session's own. An execution that was heard before is dropped.
   */
  answered(event: number, slot: number, price: number, lots: number, liquidity: number, detail: number): void {
    const { core, orders, risk } = this;
    const { recorder } = this.options;
    const instrument = orders.instrument[slot];
    if (event === FILL && detail > 0) {
      const heard = this.executions.hear(instrument, detail);
      if (heard === TOO_OLD) this.#refuse(slot, Code.EXECUTION_OLD);
      if (heard !== FRESH) return;
    }
    const code = event === FILL ? 0 : detail;
    const late = isFinal(orders.state[slot]);
    if (event === FILL) {
      orders.filled[slot] += lots;
      live(orders, slot, FILL);
      core.marks.filled(instrument, price);
      core.ledger.fill(orders, slot, price, lots, liquidity);
      this.trades[instrument]++;
      recorder.fill?.(orders, slot, core.now, price, lots, liquidity, core.ledger.fee);
    } else if (event === SIZED) {
      orders.size[slot] = lots;
    } else if (event === REPLACE_DONE) {
      orders.price[slot] = price;
      orders.size[slot] = lots;
    } else if (event === REQUEST_REFUSED && code !== Code.TOO_LATE) {
      this.#refuse(slot, code as Code);
    }
    if (event !== FILL) this.#transition(slot, event, code);
    risk.stands(slot, event);
    const ended = !late && isFinal(orders.state[slot]);
    if (ended) recorder.order?.(orders, slot, core.now, code);
    core.listener.answered(slot, event, price, lots, liquidity, code);
    if (ended) orders.release(slot);
  }

  #send(approved: Approved): void {
    const { orders } = this;
    const { slot } = approved;
    const instrument = orders.instrument[slot];
    orders.state[slot] = PENDING_NEW;
    this.approved[instrument]++;
    this.risk.leaves(slot);
    this.outputs.orderState(orders, slot, 0);
    this.sent?.(slot);
    this.core.request(slot, NEW_ORDER, this.options.latency.order, 0, 0);
  }

  /** Whether the gate lets `lots` more of an order through: 0, or a code. */
  #gated(slot: number, lots: number): Code | 0 {
    const { orders } = this;
    const instrument = orders.instrument[slot];
    const code = this.core.gate.admits(instrument, orders.side[slot], lots);
    if (code !== 0) this.risk.refusedBefore(code, instrument, "gate");
    return code;
  }

  #refuse(slot: number, code: Code): void {
    this.refused = code;
    const counts = this.refusals[this.orders.instrument[slot]] ?? this.refusals[0];
    counts.set(codeName(code), (counts.get(codeName(code)) ?? 0) + 1);
    this.outputs.refusal(this.orders, slot, code);
  }

  #transition(slot: number, event: number, code: number): void {
    const { orders } = this;
    live(orders, slot, event);
    this.outputs.orderState(orders, slot, code);
  }

  save(to: StateWriter): void {
    to.section("order flow", 1, () => {
      to.number(this.refused);
      to.column(this.approved);
      to.column(this.trades);
      saveValue(to, this.refusals.map((counts) => new Map(counts)), "refusals");
      this.executions.save(to);
      this.clientIds.save(to);
    });
  }

  load(from: StateReader): void {
    from.section("order flow", 1, () => {
      this.refused = from.number() as Code | 0;
      from.into(this.approved);
      from.into(this.trades);
      const refusals = loadValue(from) as Map<string, number>[];
      this.refusals.forEach((counts, i) => {
        for (const [name, count] of refusals[i]) counts.set(name, count);
      });
      this.executions.load(from);
      this.clientIds.load(from);
    });
  }
}
