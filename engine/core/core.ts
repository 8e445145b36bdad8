import { CANCEL, NEW_ORDER, SAMPLE, STRATEGY_TIMER, TIME_IN_FORCE } from "./actions.ts";
import { ANSWER, EventQueue, EXCHANGE_DATA, REQUEST, TIMER } from "./event_queue.ts";
import type { Account } from "../account/account.ts";
import { ALL, Gate, HALTED } from "../risk/gate.ts";
import { Risk } from "../risk/risk.ts";
import { drawLatency, type LatencyModel } from "../venue/latency.ts";
import { OrderTable } from "../oms/order_table.ts";
import { Alerts } from "./alerts.ts";
import { Burst } from "./burst.ts";
import { Clock, ERA, REACH } from "./clock.ts";
import { Code } from "./codes.ts";
import type { CoreListener, CoreOptions } from "./core_options.ts";
import type { Digest } from "./digest.ts";
import { SPLIT } from "./event.ts";
import type { Feed } from "./feed.ts";
import { Ledger } from "./ledger.ts";
import { Liquidation } from "./liquidation.ts";
import { Marks } from "./marks.ts";
import { OrderFlow } from "./order_flow.ts";
import { Outputs } from "./outputs.ts";
import type { Recorder } from "./recorder.ts";
import { SessionRiskView } from "./session_risk_view.ts";
import type { SessionVenue } from "./session_venue.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";
import { loadKeeper, saveKeeper } from "./plain_state.ts";

/** Inputs of {@linkcode Core.apply}. */
export const EXCHANGE_ROWS = 0;
export const OUR_ROWS = 1;
export const OUR_MESSAGE = 2;
export const SCHEDULED = 3;
export const OUR_BARS = 4;
export const REQUEST_ARRIVES = 5;

const LEGS = ["order", "cancel", "response"] as const;

/** Requests a strategy may send after its tapes have ended; more would keep the session from ending. */
const LATE_REQUESTS_MAX = 1000;

/**
 * The one thing that changes state: clock, orders, risk, account and venues, moved by {@linkcode apply} alone.
 *
 * It knows no files, sockets or wall time, and no mode: whoever calls `apply` decides what comes next.
 */
export class Core {
  readonly clock: Clock = new Clock();
  readonly queue: EventQueue = new EventQueue();
  readonly orders: OrderTable = new OrderTable();
  readonly digest: Digest;
  readonly ledger: Ledger;
  readonly account: Account;
  readonly marks: Marks;
  readonly risk: Risk;
  /** Whether orders may leave at all. */
  readonly gate: Gate;
  /** Thresholds that were crossed. */
  readonly alerts: Alerts;
  /** Where there is margin. */
  readonly liquidation: Liquidation | undefined;
  /** Set once all feeds are made; they need the core's order table. */
  feeds: readonly Feed[] = [];
  listener!: CoreListener;
  /** The tapes have ended: only what is on its way still happens. */
  ended = false;
  /** Requests and answers on their way. */
  onTheWay = 0;
  /** Our orders: what sends them, and what takes their answers. */
  readonly flow: OrderFlow;
  /** Callbacks that never end are noticed by what they do. */
  readonly burst: Burst = new Burst();
  /** A move is made, or the session is being built: only then may anybody ask for anything. */
  moving = true;

  readonly #options: CoreOptions;
  readonly #recorder: Recorder;
  readonly #lastRequest: Float64Array;
  readonly #lastAnswer: Float64Array;
  /** Answers take as long as the feed does: rows that nobody hears must be seen in time, then, and not when it suits. */
  readonly #answersAsFed: boolean;
  #lateRequests = 0;

  constructor(options: CoreOptions) {
    this.#options = options;
    this.#recorder = options.recorder;
    const count = options.instruments.length;
    const outputs = new Outputs(this.clock, options.recorder);
    this.digest = outputs.digest;
    this.ledger = new Ledger(options, this.clock, outputs);
    this.account = this.ledger.account;
    this.marks = new Marks(count);
    const margin = options.margin?.(this.account.valuation);
    this.liquidation = margin && new Liquidation(this, margin, count);
    const { valuation } = this.account;
    const rules = { valuation, limits: options.limits, scopes: options.risk };
    this.risk = new Risk(rules, this.orders, new SessionRiskView(this));
    this.gate = new Gate(count, {
      position: (i) => this.position(i),
      openLots: (i, side) => this.risk.openLots(i, side),
    });
    this.alerts = new Alerts(this.clock, options.instruments, outputs, options.recorder);
    this.flow = new OrderFlow(this, this.orders, this.risk, outputs, options);
    this.#lastRequest = new Float64Array(count).fill(-Infinity);
    this.#lastAnswer = new Float64Array(count).fill(-Infinity);
    this.#answersAsFed = options.latency.response.latency.length > 1;
  }

  get now(): number {
    return this.clock.now;
  }

  mid2(instrument: number): number {
    return this.feeds[instrument].view.mark2;
  }

  expired(instrument: number): boolean {
    return this.ledger.settledAt[instrument] === this.ledger.settledAt[instrument];
  }

  position(instrument: number): number {
    return this.account.position(instrument);
  }

  /** Nanoseconds that an order to a venue is expected to take, without a draw; 0 where its model cannot tell. */
  expectedLatency(instrument: number): number {
    return this.#options.latency.order.expected?.(this.feeds[instrument].view.latency) ?? 0;
  }

  /**
   * Changes state by one input: EXCHANGE_ROWS and OUR_ROWS of a feed that happen before `limit`, one whole message to us
   * (OUR_MESSAGE), one bar and those that follow it at once (OUR_BARS), the head of the event queue (SCHEDULED), or of the
   * requests that wait at a feed's venue (REQUEST_ARRIVES). False when exchange rows stopped early, because one of them made an
   * answer, and when such a request made one.
   */
  apply(input: number, feed: number, limit: number): boolean {
    switch (input) {
      case EXCHANGE_ROWS:
        return this.feeds[feed].applyExchange(limit);
      case OUR_ROWS:
        this.feeds[feed].applyLocal(limit);
        return true;
      case OUR_MESSAGE:
        this.clock.now = limit;
        this.feeds[feed].message();
        this.liquidation?.look();
        this.listener.message(this.feeds[feed]);
        return true;
      case OUR_BARS:
        this.#bars(this.feeds[feed]);
        return true;
      case REQUEST_ARRIVES:
        return this.#requestArrives(this.feeds[feed]);
      default:
        this.#scheduled();
        return true;
    }
  }

  /** An answer leaves a venue at its own time: it is here after the response latency, and never before an earlier one. */
  answer(
    instrument: number,
    event: number,
    slot: number,
    price: number,
    lots: number,
    liquidity: number,
    code: number,
  ): void {
    const feed = this.feeds[instrument], sent = feed.venue.now;
    if (this.#answersAsFed) feed.applyLocal(sent + 1);
    const due = feed.answersAt(sent + drawLatency(this.#options.latency.response, sent, feed.view.latency));
    const time = this.#lastAnswer[instrument] = Math.max(this.#lastAnswer[instrument], due);
    this.onTheWay++;
    this.orders.retain(slot);
    this.queue.push(time, ANSWER, instrument, event, slot, price, lots, liquidity, code);
  }

  /** A venue wants to look at its times in force at a time of its own. */
  wake(instrument: number, time: number): void {
    this.#towards(instrument).push(time, EXCHANGE_DATA, instrument, TIME_IN_FORCE, 0, 0, 0, 0, 0);
  }

  /**
   * Somebody asks for an order, a request or a timer. Throws Error between two moves, when none of the session's own code runs:
   * a promise or a callback of the runtime would come at another moment in each run. RangeError where there is no end of it.
   */
  asks(): void {
    if (!this.moving) {
      throw new Error(
        "Cannot act between callbacks: a promise or timer of the runtime comes at another moment in each run; use ctx.after",
      );
    }
    this.burst.add(this.now);
  }

  /** Schedules a timer `delay` ns from now: STRATEGY_TIMER or SAMPLE, again every `interval` where that is above 0. */
  timer(delay: number, action: number, number: number, interval: number): void {
    this.asks();
    const time = this.now + delay;
    if (time < REACH) this.queue.push(time, TIMER, 0, action, number, interval, 0, 0, 0);
    else this.queue.pushFar(this.clock.farFromNow(delay), action, number, interval);
  }

  /** Moves every time held to another era. */
  rebase(era: number): void {
    const shift = this.clock.rebase(era);
    this.queue.rebase(shift);
    this.orders.rebase(shift);
    this.risk.rebase(shift);
    this.liquidation?.rebase(shift);
    this.listener.rebase(shift);
    for (let i = 0; i < this.feeds.length; i++) {
      this.#lastRequest[i] -= shift;
      this.#lastAnswer[i] -= shift;
      this.feeds[i].rebase(era, shift);
    }
  }

  /** Funding, dividends, splits and expiry, when we learn of them: at the row's own time `at`. */
  corporate(instrument: number, kind: number, price: number, size: number, at: number): void {
    const { clock, marks } = this;
    const { now } = clock;
    // Rows that nobody hears are applied late, when the clock has gone on already.
    clock.now = at;
    const mark2 = marks.refresh(this.feeds)[instrument];
    this.ledger.corporate(instrument, kind, price, size, mark2);
    if (kind === SPLIT) marks.split(instrument, price, size);
    clock.now = now;
  }

  /** Bars up to the first for which something else is due before it: in the queue, at the clock, or for the venue's cursor. */
  #bars(feed: Feed): void {
    const { clock, queue, listener } = this;
    const { local, rows } = feed.ourColumns, bar = feed.view.pending.bar!;
    let row = feed.ourRow;
    do {
      clock.now = local[row++];
      feed.bar();
      listener.bar(bar);
    } while (row < rows && local[row] <= queue.time && local[row] < ERA && !listener.news);
  }

  #scheduled(): void {
    const { queue } = this;
    this.clock.now = queue.pop();
    const { instrument, action, slot, a, b } = queue;
    if (action < NEW_ORDER) {
      this.onTheWay--;
      this.flow.answered(action, slot, a, b, queue.c, queue.d);
      this.orders.release(slot);
    } else if (action === STRATEGY_TIMER || action === SAMPLE) {
      if (a > 0) this.timer(a, action, slot, a);
      if (action === SAMPLE) {
        this.listener.sample();
        return this.liquidation?.look();
      }
      if (slot > 0) this.#recorder.step?.(this.now);
      this.listener.timer(slot);
    } else this.#arrives(this.feeds[instrument].venue, queue, this.now);
  }

  /** A request, or a time in force, that waits for what is known of its venue: the clock stays where it is. */
  #requestArrives(feed: Feed): boolean {
    const requests = feed.requests!, { venue } = feed;
    feed.meets();
    venue.answered = false;
    this.#arrives(venue, requests, requests.pop());
    return !venue.answered;
  }

  /** What was taken off a queue reaches its venue. */
  #arrives(venue: SessionVenue, { action, slot, a, b }: EventQueue, time: number): void {
    venue.now = time;
    if (action === TIME_IN_FORCE) return venue.timeUp();
    this.onTheWay--;
    if (action === NEW_ORDER) venue.arrive(slot);
    else if (action === CANCEL) venue.cancel(slot);
    else venue.amend(slot, a, b);
    this.orders.release(slot);
  }

  /** A request about the order in `slot` leaves for its venue; `price` and `size` are an amend's. */
  request(slot: number, action: number, latency: LatencyModel, price: number, size: number): void {
    const instrument = this.orders.instrument[slot],
      feed = this.feeds[instrument],
      last = this.#lastRequest[instrument];
    const due = Math.max(last, this.now + drawLatency(latency, this.now, feed.view.latency));
    const time = feed.arrivesAt(slot, this.now, due);
    this.#lastRequest[instrument] = Math.max(last, time);
    this.risk.sent(instrument, action === CANCEL);
    if (this.ended && ++this.#lateRequests >= LATE_REQUESTS_MAX) this.gate.hold(ALL, HALTED, Code.CLOSED);
    this.onTheWay++;
    this.orders.retain(slot);
    this.#towards(instrument).push(time, REQUEST, instrument, action, slot, price, size, 0, 0);
  }

  /** Where what is due at a venue waits. */
  #towards(instrument: number): EventQueue {
    return this.feeds[instrument].requests ?? this.queue;
  }

  save(to: StateWriter): void {
    const { clock, queue, orders, risk, gate, alerts, flow, ledger, marks, burst, liquidation } = this;
    to.section("core", 1, () => {
      clock.save(to);
      to.column(Float64Array.from(this.digest.state()));
      to.numbers(this.onTheWay, this.#lateRequests);
      to.flag(this.ended);
      to.column(this.#lastRequest);
      to.column(this.#lastAnswer);
      for (const part of [queue, orders, risk, gate, alerts, flow, ledger, marks, burst]) part.save(to);
      for (const leg of LEGS) saveKeeper(to, this.#options.latency[leg], `the latency model of ${leg}`);
      liquidation?.save(to);
      for (const feed of this.feeds) feed.save(to);
    });
  }

  load(from: StateReader): void {
    const { clock, queue, orders, risk, gate, alerts, flow, ledger, marks, burst, liquidation } = this;
    from.section("core", 1, () => {
      clock.load(from);
      this.digest.restore(Array.from(from.column(new Float64Array(0))));
      this.onTheWay = from.number();
      this.#lateRequests = from.number();
      this.ended = from.flag();
      from.into(this.#lastRequest);
      from.into(this.#lastAnswer);
      for (const part of [queue, orders, risk, gate, alerts, flow, ledger, marks, burst]) part.load(from);
      for (const leg of LEGS) loadKeeper(from, this.#options.latency[leg], `the latency model of ${leg}`);
      liquidation?.load(from);
      for (const feed of this.feeds) feed.load(from, clock.era);
    });
  }
}
