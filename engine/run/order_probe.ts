import { codeName } from "../core/codes.ts";
import { AMEND, CANCEL } from "../core/actions.ts";
import type { Core } from "../core/core.ts";
import { formatDecimal } from "../core/decimal.ts";
import { AT_EXCHANGE } from "../core/event.ts";
import type { Feed } from "../core/feed.ts";
import { LateFeed } from "../core/late_feed.ts";
import { Money } from "../core/money.ts";
import type { Session } from "../core/session.ts";
import { SessionRiskView } from "../core/session_risk_view.ts";
import { FILL, isFinal, STATE_NAMES, SUSPEND } from "../oms/order_life.ts";
import { BY_SESSION } from "../oms/order_table.ts";
import { type CheckSeen, explainChecks } from "../risk/explain.ts";
import { AwayVenue } from "../venue/away_venue.ts";
import { SimVenue } from "../venue/sim_venue.ts";
import { amountOf, answerWords } from "./answer_words.ts";
import { aheadOf, levelAt, marketAt, rowSeen } from "./market_seen.ts";
import { LateProbe } from "./late_probe.ts";
import { OneRow } from "./one_row.ts";
import { OrderLegs } from "./order_legs.ts";
import { slippageOf } from "./order_slippage.ts";
import type { CauseRow, FillStory, MarketSeen, OrderStory, RequestRefused, StoryEvent } from "./order_story.ts";
import { QueuePoints } from "./queue_points.ts";
import { RecentRequests } from "./recent_requests.ts";
import { instrumentOf, requestOf, seenIn } from "./story_begin.ts";

/** Fills, events and requests of one order that are kept. */
const LIST_MAX = 10_000;

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

/** What a probe says when its order's life is over, but for what its caller knows of the run. */
export type ProbedStory = Omit<OrderStory, "run" | "strategy" | "replay" | "warnings" | "parent">;

/**
 * Watches one order in a session that is made again: stands around the calls that an order's life goes through, and notes
 * those of this one. Until the order is sent the session runs as ever; from then on the venue that it goes to takes its
 * rows one by one, as its place in the queue may change with each.
 *
 * What the session does is the same, record by record: nothing is changed, only looked at.
 */
export class OrderProbe {
  readonly #session: Session;
  readonly #core: Core;
  readonly #id: number;
  readonly #failClosed: boolean;
  #slot = -1;
  #story: Mutable<ProbedStory> | undefined;
  readonly #checks: CheckSeen[] = [];
  readonly #legs = new OrderLegs();
  readonly #refused: RequestRefused[] = [];
  readonly #fills: Mutable<FillStory>[] = [];
  readonly #events: StoryEvent[] = [];
  readonly #fees = new Money();
  readonly #points = new QueuePoints();
  #value = 0;
  /** Whether it went to an exchange, of which only the answers are known. */
  #away = false;
  #timer = 0;
  #refusedAt = false;
  #ended = false;
  /** Fills of which we have not heard, in order. */
  #unheard = 0;
  /** What is going on at the venue: the row it is at, with the market before it. */
  #cause: CauseRow | null = null;
  #before: MarketSeen | null = null;
  #ahead: number | null = null;
  /** Fills of it that the market after it is still to be noted with. */
  #open: Mutable<FillStory>[] = [];
  readonly #requests = new RecentRequests();
  /** By instrument, where a venue learns of the market as we do. */
  readonly #late: readonly (LateProbe | undefined)[];

  constructor(session: Session, id: number, failClosed: boolean) {
    this.#session = session;
    this.#core = session.core;
    this.#id = id;
    this.#failClosed = failClosed;
    this.#late = this.#core.feeds.map((feed) =>
      feed instanceof LateFeed ? new LateProbe(feed, this.#core.clock) : undefined
    );
    this.#listen();
  }

  /** The order's life is over, and nothing about it is on its way any more. */
  get done(): boolean {
    return this.#refusedAt || (this.#ended && this.#core.orders.slotOf(this.#id) < 0);
  }

  /** Whether the order was come to. */
  get met(): boolean {
    return this.#story !== undefined;
  }

  /** The story as far as it goes; `model` names how queues are told. */
  story(model: string): ProbedStory {
    const story = this.#story!, { instruments, scales } = this.#core.account.valuation;
    const index = this.#index(), filled = this.#fills.reduce((sum, { lots }) => sum + lots, 0);
    const averagePrice = filled > 0 ? this.#value / filled : null, { mid } = story.saw;
    const queued = this.#core.feeds[index].venue instanceof SimVenue && this.#points.changes > 0;
    return {
      ...story,
      checks: this.#checks,
      legs: this.#legs.list,
      refusedRequests: this.#refused,
      queue: { model: queued ? model : "", points: this.#points.list(), changes: this.#points.changes },
      fills: this.#fills,
      events: this.#events.slice().sort((a, b) => a.time < b.time ? -1 : a.time > b.time ? 1 : 0),
      filled,
      averagePrice,
      fees: formatDecimal(this.#fees.toBigInt(), scales[index]),
      slippage: averagePrice === null || mid === null
        ? null
        : slippageOf(instruments[index], story.request.side === "buy" ? 1 : -1, filled, averagePrice, mid),
    };
  }

  #index(): number {
    return Math.max(
      0,
      this.#core.feeds.findIndex(({ instrument }) =>
        instrument.symbol === this.#story!.instrument.symbol && instrument.venue === this.#story!.instrument.venue
      ),
    );
  }

  /** Stands around the calls of the core that know which order they are of. */
  #listen(): void {
    const { flow, listener } = this.#core, core = this.#core;
    const submit = flow.submit.bind(flow), refuse = flow.refuse.bind(flow), answered = flow.answered.bind(flow);
    const cancel = flow.cancel.bind(flow), amend = flow.amend.bind(flow);
    const request = core.request.bind(core), answer = core.answer.bind(core), timer = listener.timer.bind(listener);
    listener.timer = (number) => {
      this.#timer = number;
      timer(number);
    };
    flow.submit = (slot) => {
      if (core.orders.id[slot] !== this.#id) return submit(slot);
      this.#begin(slot);
      this.#checks.push(...this.#explain(slot));
      const result = submit(slot);
      if (result < 0) this.#refuse(core.risk.last.text, -result);
      return result;
    };
    flow.refuse = (slot, code) => {
      if (core.orders.id[slot] !== this.#id) return refuse(slot, code);
      this.#begin(slot);
      this.#refuse("", code);
      return refuse(slot, code);
    };
    flow.cancel = (id) => {
      if (id !== this.#id || this.#slot < 0) return cancel(id);
      const before = STATE_NAMES[core.orders.state[this.#slot]], sent = cancel(id);
      if (!sent) this.#refusedRequest("cancel", `the order was ${before}`);
      return sent;
    };
    flow.amend = (id, price, size) => {
      if (id !== this.#id || this.#slot < 0) return amend(id, price, size);
      const before = STATE_NAMES[core.orders.state[this.#slot]], refused = core.risk.last.text;
      const sent = amend(id, price, size);
      const why = core.risk.last.text === refused ? `the order was ${before}` : core.risk.last.text;
      if (!sent) this.#refusedRequest("amend", why);
      return sent;
    };
    core.request = (slot, action, latency, price, size) => {
      this.#requests.add({ time: core.now, instrument: core.orders.instrument[slot], cancel: action === CANCEL });
      if (this.#is(slot)) this.#sent(action, price, size);
      request(slot, action, latency, price, size);
    };
    core.answer = (instrument, event, slot, price, lots, liquidity, code) => {
      answer(instrument, event, slot, price, lots, liquidity, code);
      if (this.#is(slot)) this.#answer(event, price, lots, liquidity, code);
    };
    flow.answered = (event, slot, price, lots, liquidity, code) => {
      if (core.orders.id[slot] !== this.#id) return answered(event, slot, price, lots, liquidity, code);
      // What the session closes in hindsight was never sent.
      if (this.#slot < 0) this.#begin(slot);
      answered(event, slot, price, lots, liquidity, code);
      this.#heard(event, slot, price, lots, liquidity, code);
    };
  }

  #is(slot: number): boolean {
    return slot === this.#slot && this.#core.orders.id[slot] === this.#id;
  }

  #time(at: number = this.#core.now): bigint {
    return this.#core.clock.toEpochNs(at);
  }

  #from(): string {
    const { current } = this.#session.commands, { inside = "" } = this.#core.listener as { inside?: string };
    if (inside === "") return current === undefined ? "session" : `command ${current}`;
    return inside === "onTimer" ? `onTimer ${this.#timer}` : inside;
  }

  /** The order is about to be judged. */
  #begin(slot: number): void {
    const core = this.#core, { orders } = core, index = orders.instrument[slot];
    const feed = core.feeds[index] ?? core.feeds[0];
    this.#slot = slot;
    this.#away = feed.venue instanceof AwayVenue;
    this.#story = {
      order: this.#id,
      instrument: instrumentOf(core, feed),
      request: requestOf(orders, slot),
      sent: this.#time(),
      from: this.#from(),
      saw: seenIn(core, feed),
      lateKnowledge: this.#late[index] !== undefined,
      end: { state: "PendingNew", time: null, code: "" },
    } as unknown as Mutable<ProbedStory>;
    if (!this.#away) this.#watch(feed);
  }

  /** Each check of the order in a slot with its values; of one of the session's own there is none. */
  #explain(slot: number): CheckSeen[] {
    const core = this.#core, { orders } = core, index = orders.instrument[slot];
    const gate = core.gate.admits(index, orders.side[slot], orders.quote[slot] !== 0 ? Infinity : orders.size[slot]);
    const gated = { check: "gate", scope: "", limit: null, observed: null, unit: "", passed: gate === 0 };
    if ((orders.flags[slot] & BY_SESSION) !== 0) return [];
    if (gate !== 0) return [gated];
    return [
      gated,
      ...explainChecks({
        risk: core.risk,
        orders,
        view: new SessionRiskView(core),
        valuation: core.account.valuation,
        failClosed: this.#failClosed,
        slot,
        called: this.#from() !== "session",
        rate: (scope, name) => this.#requests.rate(core.now, scope.startsWith("instruments") ? index : -1, name),
      }),
    ];
  }

  #refuse(text: string, code: number): void {
    const name = codeName(code);
    this.#story!.refused = { code: name, text: text === "" ? name : text };
    this.#story!.end = { state: "Refused", time: this.#time(), code: name };
    this.#event("us", `refused: ${text === "" ? name : text}`);
    this.#refusedAt = true;
  }

  #refusedRequest(what: "cancel" | "amend", why: string): void {
    if (this.#refused.length >= LIST_MAX) return;
    this.#refused.push({ what, from: this.#from(), time: this.#time(), why });
    this.#event("us", `${what} not sent: ${why}`);
  }

  #sent(action: number, price: number, size: number): void {
    const what = action === CANCEL ? "cancel" : action === AMEND ? "amend" : "new";
    const asked = action === AMEND ? { price, size } : {};
    this.#legs.sent({ what, from: this.#from(), sent: this.#time(), ...asked });
    this.#event("us", what === "new" ? "sent" : `${what} sent`, asked);
  }

  /** Looks at the venue while the order is there. */
  #watch(feed: Feed): void {
    const venue = feed.venue as SimVenue;
    const arrive = venue.arrive.bind(venue), cancel = venue.cancel.bind(venue), amend = venue.amend.bind(venue);
    const advance = venue.advance.bind(venue), timeUp = venue.timeUp.bind(venue);
    venue.arrive = (slot) => this.#around(venue, slot, () => arrive(slot));
    venue.cancel = (slot) => this.#around(venue, slot, () => cancel(slot));
    venue.amend = (slot, price, size) => this.#around(venue, slot, () => amend(slot, price, size));
    venue.timeUp = () => this.#noting(venue, null, timeUp);
    const late = this.#late[feed.index];
    const number = (row: number) => late ? late.row(row) : feed.rowsPassed + row + 1;
    const single = new OneRow(), bars = !("ahead" in venue);
    venue.advance = (columns, from, limit) => {
      if (this.done || venue.open === 0) return advance(columns, from, limit);
      if (bars) {
        let next = from;
        this.#noting(venue, rowSeen(number(from), columns, from), () => next = advance(columns, from, limit));
        return next;
      }
      const end = columns.seek(AT_EXCHANGE, from, limit);
      venue.answered = false;
      for (let row = from; row < end; row++) {
        if ((columns.flags[row] & AT_EXCHANGE) === 0) continue;
        single.show(columns, row);
        this.#noting(venue, rowSeen(number(row), columns, row), () => void advance(single, row, limit));
        if (venue.answered) return row + 1;
      }
      return end;
    };
  }

  /** A request of somebody's arrives. */
  #around(venue: SimVenue, slot: number, work: () => void): void {
    if (this.#is(slot)) {
      // Its own time: where it learns of the market as we do, our clock stands elsewhere.
      const time = this.#time(venue.now), what = this.#legs.arrived(time);
      this.#event("venue", `${what} arrived`, { market: marketAt(venue) }, time);
    }
    this.#noting(venue, null, work);
  }

  /** Does something at the venue, and notes what came of it for the order. */
  #noting(venue: SimVenue, cause: CauseRow | null, work: () => void): void {
    const slot = this.#slot;
    const resting = this.#is(slot) && venue.isResting(slot);
    this.#cause = cause;
    this.#ahead = resting ? aheadOf(venue, slot) : null;
    this.#before = marketAt(venue);
    work();
    if (this.#open.length > 0) {
      const after = marketAt(venue);
      for (const fill of this.#open) fill.after = after;
      this.#open = [];
    }
    this.#cause = this.#before = null;
    if (this.#is(slot) && venue.isResting(slot)) this.#sample(venue, slot, cause);
  }

  #sample(venue: SimVenue, slot: number, cause: CauseRow | null): void {
    const ahead = aheadOf(venue, slot), { orders } = this.#core;
    if (ahead === null) return;
    const level = levelAt(venue, orders.side[slot], orders.price[slot]);
    this.#points.add({ time: this.#time(venue.now), row: cause?.row ?? null, ahead, level });
  }

  /** The venue says something of the order. */
  #answer(event: number, price: number, lots: number, liquidity: number, code: number): void {
    const { venue } = this.#core.feeds[this.#core.orders.instrument[this.#slot]];
    const time = this.#time(venue.now);
    const words = answerWords(event, event === FILL ? 0 : code);
    const late = this.#late[this.#core.orders.instrument[this.#slot]]?.answer;
    this.#event("venue", words, amountOf(event, price, lots), time);
    if (late) this.#event("venue", `${words} known only now`, {}, late.known);
    if (event !== SUSPEND) this.#legs.answered(time, words, late);
    if (event !== FILL || this.#fills.length >= LIST_MAX) return;
    const fill: Mutable<FillStory> = {
      time,
      heard: null,
      ...late && { late },
      price,
      lots,
      liquidity: liquidity === 0 ? "maker" : "taker",
      fee: null,
      before: this.#before,
      after: null,
      cause: this.#cause,
      ahead: liquidity === 0 ? this.#ahead : null,
    };
    this.#fills.push(fill);
    this.#open.push(fill);
    this.#value += price * lots;
  }

  /** An answer was taken in: order and account know of it. */
  #heard(event: number, slot: number, price: number, lots: number, liquidity: number, code: number): void {
    const core = this.#core, { orders } = core, time = this.#time();
    const words = answerWords(event, event === FILL ? 0 : code);
    this.#legs.heard(time, words, { away: this.#away, fill: event === FILL });
    const instrument = core.feeds[this.#index()].index;
    if (event === FILL) {
      const hindsight = this.#fills.length === this.#unheard;
      const fee = formatDecimal(core.ledger.fee.toBigInt(), core.account.valuation.scales[instrument]);
      if (hindsight) {
        const kind = liquidity === 0 ? "maker" : "taker";
        const around = { before: null, after: null, cause: null, ahead: null };
        this.#fills.push({ time, heard: time, price, lots, liquidity: kind, fee, ...around });
        this.#value += price * lots;
      }
      const fill = this.#fills[this.#unheard++];
      if (fill) {
        fill.heard = time;
        fill.fee = fee;
      }
      this.#fees.add(core.ledger.fee);
    }
    const state = orders.id[slot] === this.#id ? orders.state[slot] : 0;
    const why = event !== FILL && code !== 0 ? codeName(code) : "";
    this.#event("us", words, { ...amountOf(event, price, lots), state: STATE_NAMES[state] });
    this.#story!.end = isFinal(state)
      ? this.#story!.end.time === null ? { state: STATE_NAMES[state], time, code: why } : this.#story!.end
      : { state: STATE_NAMES[state], time: null, code: why };
    this.#ended ||= isFinal(state);
  }

  #event(
    at: StoryEvent["at"],
    what: string,
    more: Partial<StoryEvent> = {},
    time: bigint = this.#time(),
  ): void {
    if (this.#events.length < LIST_MAX) this.#events.push({ time, at, what, ...more });
  }
}
