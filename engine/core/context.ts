import type { FarTime } from "./clock.ts";
import { closest } from "./closest.ts";
import type { Code } from "./codes.ts";
import type { Core } from "./core.ts";
import { STRATEGY_TIMER } from "./actions.ts";
import type { Instrument } from "./instrument.ts";
import type { Rng } from "./rng.ts";
import type { BookView, Context, OrderRequest, OrderView } from "./strategy.ts";
import type { Guards } from "../risk/guards.ts";
import { OwnGuards } from "../risk/own_guards.ts";
import type { SessionGuards } from "../risk/session_guards.ts";
import type { Refusal } from "../risk/refusal.ts";
import type { LinkedOrders } from "../oms/link_request.ts";
import { Links } from "../oms/links.ts";
import { isFinal, STATE_NAMES } from "../oms/order_life.ts";
import { Parents, type ParentsHost } from "../oms/parents/parents.ts";
import { Router } from "../oms/routing/router.ts";
import { parseDuration } from "../venue/latency.ts";
import { findInstrument } from "./instrument_names.ts";
import type { Services } from "./services.ts";
import {
  BY_COMMAND,
  DAY,
  GTC,
  GTD,
  LIMIT,
  MARKET,
  POST_ONLY,
  REDUCE_ONLY,
  TIF_NAMES,
  TYPE_NAMES,
} from "../oms/order_table.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";
import { loadValue, saveValue } from "./plain_state.ts";

const TYPES: ReadonlyMap<string, number> = new Map(TYPE_NAMES.map((name, type) => [name, type]));
const TIFS: ReadonlyMap<string, number> = new Map(TIF_NAMES.map((name, tif) => [name, tif]));
const NOTES_MAX = 100;
/** Characters of a client's name for an order. */
const CLIENT_ID_MAX = 100;
const MINUTE = 6e10;
const DAY_NS = 1440 * MINUTE;

/** What a context needs of the session beside the core. */
export interface ContextHost extends ParentsHost {
  readonly services: Services;
  /** Passes a strategy's numbers on to whoever watches. */
  signal(name: string, values: Readonly<Record<string, number>>): void;
}

/** A session as its strategy sees it: the implementation of {@linkcode Context} over a core. */
export class SessionContext implements Context {
  /** Lines the strategy logged. */
  readonly notes: string[] = [];
  readonly #core: Core;
  /** What acts beside the strategy, and hears for it. */
  #host!: ContextHost;
  #timers = 0;
  #parents: Parents | undefined;
  #router: Router | undefined;
  #guards!: SessionGuards;
  #links: Links | undefined;

  constructor(core: Core, readonly instruments: readonly Instrument[], readonly random: Rng) {
    this.#core = core;
  }

  /** Names what acts beside the strategy, once it is made; later calls change nothing. */
  attach(host: ContextHost, guards: () => Guards): void {
    this.#host ??= host;
    this.#guards ??= new OwnGuards(guards);
  }

  /** What makes each of its services, by their names. */
  get makers(): Readonly<Record<string, () => unknown>> {
    return { router: () => this.router, links: () => this.links, parents: () => this.parents };
  }

  get now(): bigint {
    return this.#core.clock.toEpochNs(this.#core.now);
  }

  instrument(name: string): number {
    return findInstrument(this.instruments, name);
  }

  book(instrument = 0): BookView {
    return this.#core.feeds[this.#known(instrument)].view.book;
  }

  position(instrument = 0): number {
    return this.#core.account.position(this.#known(instrument));
  }

  cash(instrument = 0): number {
    const { account } = this.#core;
    this.#known(instrument);
    const currency = account.valuation.currencyOf[instrument];
    return account.cash(currency).toNumber(account.valuation.currencyScales[currency]);
  }

  equity(instrument = 0): number {
    this.#known(instrument);
    const { account, feeds, marks } = this.#core;
    return account.equityNumber(account.valuation.currencyOf[instrument], marks.refresh(feeds));
  }

  submit(request: OrderRequest, flags = 0): number {
    const { orders } = this.#core;
    // A number that is no index would be cut to one by the table; -1 is refused as unknown.
    const instrument = this.instruments[request.instrument ?? 0] ? request.instrument ?? 0 : -1;
    const type = request.type === undefined ? (request.price === undefined ? MARKET : LIMIT) : TYPES.get(request.type);
    const tif = request.tif === undefined ? GTC : TIFS.get(request.tif);
    if (type === undefined) {
      throw new TypeError(`Cannot submit: type is ${request.type}; ${closest(`${request.type}`, TYPE_NAMES)}`);
    }
    if (tif === undefined) {
      throw new TypeError(`Cannot submit: tif is ${request.tif}; ${closest(`${request.tif}`, TIF_NAMES)}`);
    }
    if (request.side !== 1 && request.side !== -1) {
      throw new TypeError(`Cannot submit: side is ${request.side}; it is BUY (1) or SELL (-1)`);
    }
    if (typeof request.size !== "number" || (typeof request.price !== "number" && request.price !== undefined)) {
      throw notNumber("submit", request);
    }
    const expires = tif === GTD || tif === DAY ? this.#expiry(instrument, request) : undefined;
    const { clientId } = request, { flow } = this.#core;
    if (clientId !== undefined) checkClientId(clientId);
    const asks = clientId === undefined ? "" : asked(request, instrument, type);
    const known = clientId === undefined ? 0 : flow.clientIds.look(clientId, asks);
    if (known > 0) return flow.repeated(known);
    const slot = orders.open();
    orders.instrument[slot] = instrument;
    orders.side[slot] = request.side;
    orders.type[slot] = type;
    orders.tif[slot] = tif;
    orders.flags[slot] = flags | (request.postOnly ? POST_ONLY : 0) | (request.reduceOnly ? REDUCE_ONLY : 0);
    orders.price[slot] = request.price ?? NaN;
    orders.size[slot] = request.size;
    orders.trigger[slot] = request.trigger ?? NaN;
    orders.display[slot] = request.display ?? NaN;
    orders.quote[slot] = request.quote === undefined || instrument < 0
      ? 0
      : this.#quoteUnits(instrument, request.quote);
    if (expires === undefined) orders.expires[slot] = Infinity;
    else orders.expireAt(slot, expires);
    orders.submitted[slot] = this.#core.now;
    if (known < 0) return flow.refuse(slot, -known as Code);
    const id = flow.submit(slot);
    if (clientId !== undefined && id > 0) flow.clientIds.remember(clientId, asks, id);
    return id;
  }

  get lastRefusal(): Refusal {
    return this.#core.risk.last;
  }

  heartbeat(): void {
    this.#core.risk.beat();
  }

  cancel(id: number): boolean {
    return this.#core.flow.cancel(id);
  }

  cancelAll(instrument?: number, others = false): void {
    for (const order of this.openOrders(instrument, others)) if (order.cancellable) this.#core.flow.cancel(order.id);
  }

  amend(id: number, change: { readonly price?: number; readonly size?: number }): boolean {
    const { orders } = this.#core;
    const slot = orders.slotOf(id);
    const price = change.price ?? (slot < 0 ? NaN : orders.price[slot]);
    const size = change.size ?? (slot < 0 ? NaN : orders.size[slot]);
    if (typeof price !== "number" || typeof size !== "number") throw notNumber("amend", { price, size });
    return this.#core.flow.amend(id, price, size);
  }

  /** With `others`, those too that commands have sent. */
  openOrders(instrument?: number, others = false): OrderView[] {
    const { orders } = this.#core;
    const views: OrderView[] = [];
    for (let i = 0; i < orders.live; i++) {
      const slot = orders.liveSlot(i);
      if (isFinal(orders.state[slot]) || orders.state[slot] === 0) continue;
      if (!others && orders.flags[slot] & BY_COMMAND) continue;
      if (instrument === undefined || orders.instrument[slot] === instrument) views.push(this.view(slot, 0));
    }
    return views.length > 1 ? views.sort((a, b) => a.id - b.id) : views;
  }

  every(interval: string): number {
    const ns = parseDuration(interval);
    if (ns === 0) throw new RangeError(`Cannot set a timer: interval is ${interval}; it must be above 0`);
    this.#core.timer(ns, STRATEGY_TIMER, ++this.#timers, ns);
    return this.#timers;
  }

  after(delay: string): number {
    this.#core.timer(parseDuration(delay), STRATEGY_TIMER, ++this.#timers, 0);
    return this.#timers;
  }

  get guards(): SessionGuards {
    return this.#guards;
  }

  get router(): Router {
    return this.#router ??= new Router(this.#core, this, this.#host.services);
  }

  get links(): LinkedOrders {
    return this.#links ??= new Links(this.#core, (request) => this.submit(request), this.#host.services);
  }

  /** Linked orders so far; undefined where nobody asked for them. */
  get linksMade(): Links | undefined {
    return this.#links;
  }

  get parents(): Parents {
    return this.#parents ??= new Parents(this.#core, this, this.#host);
  }

  /** Parents so far; undefined where nobody asked for them. */
  get parentsMade(): Parents | undefined {
    return this.#parents;
  }

  signal(name: string, values: Readonly<Record<string, number>>): void {
    for (const [key, value] of Object.entries(values)) {
      if (typeof value !== "number") throw new TypeError(`Cannot signal ${name}: ${key} is ${value}; give a number`);
    }
    this.#host.signal(name, values);
  }

  log(text: string): void {
    if (this.notes.length < NOTES_MAX) this.notes.push(text);
  }

  /** A copy of an order as it stands. */
  view(slot: number, code: number): OrderView {
    const { orders } = this.#core;
    return {
      id: orders.id[slot],
      instrument: orders.instrument[slot],
      side: orders.side[slot],
      price: orders.price[slot],
      size: orders.size[slot],
      filled: orders.filled[slot],
      state: STATE_NAMES[orders.state[slot]],
      cancellable: this.#core.flow.cancellable(slot),
      code,
    };
  }

  #known(instrument: number): number {
    if (this.instruments[instrument] !== undefined) return instrument;
    throw new RangeError(
      `Cannot look at instrument ${instrument}: this session has ${this.instruments.length}, counted from 0`,
    );
  }

  /** Money in units of one tick times one lot, rounded down. */
  #quoteUnits(instrument: number, quote: number): number {
    const { tickSize, lotSize, contract } = this.instruments[instrument];
    // A float's rounding must not cost a unit: 0.29 ÷ 0.01 is 28.999999999999996.
    return Math.floor(quote / (tickSize * lotSize * contract) * (1 + 2 ** -50));
  }

  #expiry(instrument: number, request: OrderRequest): FarTime {
    const { clock, now } = this.#core;
    if (request.tif === "gtd") {
      if (typeof request.expires !== "bigint") {
        throw new TypeError(
          `Cannot submit: tif is gtd, and expires is ${request.expires}; give it in ns since 1970, as 5n`,
        );
      }
      return clock.farFromEpochNs(request.expires);
    }
    // Days are counted from the epoch, and an era is no whole number of them.
    const close = BigInt((this.instruments[instrument]?.calendar.closeMinuteUtc ?? 0) * MINUTE), day = BigInt(DAY_NS);
    const sinceClose = Number((((clock.toEpochNs(now) - close) % day) + day) % day);
    return clock.farFromNow(DAY_NS - sinceClose);
  }

  save(to: StateWriter): void {
    to.section("context", 1, () => {
      to.number(this.#timers);
      saveValue(to, this.notes, "notes");
      saveValue(to, this.random, "the strategy's chance");
    });
  }

  load(from: StateReader): void {
    from.section("context", 1, () => {
      this.#timers = from.number();
      this.notes.splice(0, Infinity, ...loadValue(from) as string[]);
      loadValue(from, this.random);
    });
  }
}

/** What a table of numbers would take for another number: "3", null, 3n. */
function notNumber(what: string, { size, price }: { readonly size: unknown; readonly price?: unknown }): TypeError {
  const [name, value] = typeof size === "number" ? ["price", price] : ["size", size];
  const is = value instanceof Object ? "an object" : typeof value === "string" ? JSON.stringify(value) : String(value);
  return new TypeError(`Cannot ${what}: ${name} is ${is}; give a number, of ${name === "size" ? "lots" : "ticks"}`);
}

/** Names are kept by the ten thousand, so their length is bounded. Throws TypeError. */
function checkClientId(clientId: unknown): void {
  if (typeof clientId === "string" && clientId.length > 0 && clientId.length <= CLIENT_ID_MAX) return;
  const is = typeof clientId === "string" ? `a text of ${clientId.length} characters` : `of type ${typeof clientId}`;
  throw new TypeError(`Cannot submit: clientId is ${is}; it is a text of 1 to ${CLIENT_ID_MAX}`);
}

/** All that a request asks for, in one line: two that ask for the same have the same. */
function asked(request: OrderRequest, instrument: number, type: number): string {
  const { side, size, price, trigger, display, tif = "gtc", expires, postOnly, reduceOnly, quote } = request;
  const flags = [postOnly, reduceOnly].map((flag) => flag ? 1 : 0);
  return [instrument, side, size, type, price, trigger, display, tif, expires, flags, quote].join("|");
}
