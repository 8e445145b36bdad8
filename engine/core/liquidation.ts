import type { MarginModel } from "../account/margin.ts";
import { isFinal } from "../oms/order_life.ts";
import { closingOrder } from "../oms/closing_order.ts";
import { BY_SESSION, REDUCE_ONLY } from "../oms/order_table.ts";
import { ALL, HALTED } from "../risk/gate.ts";
import { Code } from "./codes.ts";
import type { Core } from "./core.ts";
import { isoTime } from "./gap_error.ts";
import { loadKeeper, loadValue, saveKeeper, saveValue } from "./plain_state.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";

/** What is left of a position is tried again after this long. */
const AGAIN_NS = 1e9;

/**
 * Watches an account's margin, and takes its positions away when it is breached.
 *
 * - It looks after each of our fills, at each sample of the account, and, where the strategy hears the market, at each
 *   message before the strategy does. In between the market may pass the margin and come back unnoticed.
 * - The mark is the one of our own book as we see it, late and stale as that may be; no venue looks at it for us.
 * - It closes the account to the strategy for good (code LIQUIDATED): with margin that is shared, every instrument of the
 *   currency; else the instrument alone. Cancels still go through.
 * - Then it cancels all open orders there, and sends a market order for the position: they take the same way, latency and
 *   fees as orders of the strategy. What is left, say of an empty or halted book, it tries again after a second.
 * - The orders are reduce-only, so that fills still on the way cannot turn the position over.
 *
 * | call | cost |
 * |---|---|
 * | `look` | the number of instruments, and of positions in each currency; nothing is allocated before a breach |
 */
export class Liquidation {
  /** What was liquidated, one sentence each. */
  readonly notes: string[] = [];
  readonly #core: Core;
  readonly #margin: MarginModel;
  /** By instrument: whether it was begun, ever. */
  readonly #taken: Uint8Array;
  /** By instrument: its last closing order, 0 before the first; when the next may go; whether it is under way. */
  readonly #order: Float64Array;
  readonly #next: Float64Array;
  readonly #closing: Uint8Array;
  #underWay = 0;

  constructor(core: Core, margin: MarginModel, count: number) {
    this.#core = core;
    this.#margin = margin;
    this.#taken = new Uint8Array(count);
    this.#order = new Float64Array(count);
    this.#next = new Float64Array(count).fill(-Infinity);
    this.#closing = new Uint8Array(count);
  }

  /** Whether the account can carry `lots` more (signed): 0, or a code to refuse them with. */
  admits(instrument: number, lots: number): Code | 0 {
    const { account, feeds, marks } = this.#core;
    const marks2 = marks.refresh(feeds);
    // An order of money has no size while there is no price.
    if (marks2[instrument] !== marks2[instrument] || lots !== lots) return Code.NO_PRICE;
    return this.#margin.admits(account, instrument, lots, marks2) ? 0 : Code.MARGIN;
  }

  /** What the last order that {@linkcode admits} refused would have needed, and what there was, in whole currency. */
  refusedFor(instrument: number): { readonly have: number; readonly need: number } | undefined {
    const { asked } = this.#margin, scale = this.#core.account.valuation.scales[instrument];
    return asked && { have: asked.have.toNumber(scale), need: asked.need.toNumber(scale) };
  }

  /** Looks at every position, begins what is due, and goes on with what is under way. */
  look(): void {
    const { account, feeds, gate, marks } = this.#core;
    if (gate.holds(ALL, Code.CLOSED)) return;
    const marks2 = marks.refresh(feeds);
    for (let i = 0; i < feeds.length; i++) {
      if (this.#taken[i] === 0 && account.position(i) !== 0 && this.#margin.breached(account, i, marks2)) {
        this.#begin(i);
      }
    }
    if (this.#underWay === 0) return;
    for (let i = 0; i < feeds.length; i++) if (this.#closing[i] !== 0) this.#close(i);
  }

  /** Takes `shift` off every time held. */
  rebase(shift: number): void {
    for (let i = 0; i < this.#next.length; i++) this.#next[i] -= shift;
  }

  #begin(instrument: number): void {
    const { account } = this.#core;
    const { currencyOf } = account.valuation;
    for (let i = 0; i < currencyOf.length; i++) {
      const concerned = this.#margin.shared ? currencyOf[i] === currencyOf[instrument] : i === instrument;
      if (concerned && this.#taken[i] === 0) this.#closeTo(i);
    }
  }

  #closeTo(instrument: number): void {
    const { account, clock, gate, marks, now } = this.#core;
    const { symbol, tickSize } = account.valuation.instruments[instrument];
    gate.hold(instrument, HALTED, Code.LIQUIDATED, true);
    this.#taken[instrument] = this.#closing[instrument] = 1;
    this.#underWay++;
    const lots = account.position(instrument);
    if (lots === 0) return;
    const mark = marks.values[instrument] / 2 * tickSize;
    this.notes.push(
      `${symbol} was liquidated at ${isoTime(clock.toEpochNs(now))}: ${lots} lots at a mark of ${
        Number(mark.toPrecision(12))
      }`,
    );
  }

  /** Cancels what is open and sends the market order, as far as either is due. */
  #close(instrument: number): void {
    const core = this.#core;
    const { orders } = core;
    const open: number[] = [];
    for (const slot of orders.liveSlots()) {
      const state = orders.state[slot];
      if (state > 0 && !isFinal(state) && orders.instrument[slot] === instrument) open.push(orders.id[slot]);
    }
    // Slots are in no order that means anything.
    open.sort((a, b) => a - b);
    for (const id of open) if (!(orders.flags[orders.slotOf(id)] & BY_SESSION)) core.flow.cancel(id);
    const position = core.account.position(instrument);
    if (position === 0 && open.length === 0) {
      this.#closing[instrument] = 0;
      this.#underWay--;
    } else if (position !== 0 && !open.includes(this.#order[instrument]) && core.now >= this.#next[instrument]) {
      this.#next[instrument] = core.now + AGAIN_NS;
      const slot = closingOrder(orders, { instrument, position, now: core.now, flags: REDUCE_ONLY });
      this.#order[instrument] = core.flow.submit(slot);
    }
  }

  save(to: StateWriter): void {
    to.section("liquidation", 1, () => {
      saveValue(to, this.notes, "the notes of liquidations");
      for (const column of [this.#order, this.#next, this.#closing]) to.column(column);
      to.number(this.#underWay);
      saveKeeper(to, this.#margin, "the margin model");
    });
  }

  load(from: StateReader): void {
    from.section("liquidation", 1, () => {
      this.notes.splice(0, Infinity, ...loadValue(from) as string[]);
      for (const column of [this.#order, this.#next, this.#closing]) from.into(column);
      this.#underWay = from.number();
      loadKeeper(from, this.#margin, "the margin model");
    });
  }
}
