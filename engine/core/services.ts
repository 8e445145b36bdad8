import type { FarTime } from "./clock.ts";
import { type Core, STRATEGY_TIMER } from "./core.ts";
import type { Feed } from "./feed.ts";
import { parseDuration } from "../venue/latency.ts";

/**
 * A part of a session beside its strategy, as linked orders, an algo or a breaker: hears what the strategy hears, before it,
 * and acts through the core as the strategy does, so that risk, latency and journal are the same for both.
 */
export interface Service {
  /** The session starts: the clock stands at the first row, and nothing has happened. */
  start?(): void;
  /** An order of ours changed by an event of order_life.ts; its columns say how it stands. */
  order?(slot: number, event: number, code: number): void;
  /** An order of ours was filled; account and order know of it. */
  fill?(slot: number, price: number, lots: number, liquidity: number): void;
  /** A message of the market was applied, whole. With this the session stops at each message. */
  message?(feed: Feed): void;
  /** A timer of its own is due. */
  timer?(number: number): void;
  /** The account is sampled; marks are fresh. */
  sample?(): void;
  /** Takes `shift` off every time held. */
  rebase?(shift: number): void;
}

/**
 * The services of a session, asked in the order in which they came.
 *
 * | call | cost |
 * |---|---|
 * | each | those services that have the callback |
 */
export class Services {
  /** Whether one of them hears the market. */
  hears = false;
  readonly #core: Core;
  readonly #all: Service[] = [];
  #onOrder: Service[] = [];
  #onFill: Service[] = [];
  #onMessage: Service[] = [];
  #onSample: Service[] = [];
  /** Whose a timer is, by its number. */
  readonly #timers = new Map<number, { readonly service: Service; readonly again: boolean }>();
  #lastTimer = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Adds one; from now on it hears what happens. */
  add(service: Service): void {
    this.#all.push(service);
    this.#onOrder = this.#all.filter((each) => each.order);
    this.#onFill = this.#all.filter((each) => each.fill);
    this.#onMessage = this.#all.filter((each) => each.message);
    this.#onSample = this.#all.filter((each) => each.sample);
    this.hears = this.#onMessage.length > 0;
  }

  /** Sets a timer of a service, `delay` ("100ms", or ns) from now, again and again where `again`; returns its number, below 0. */
  after(service: Service, delay: string | number, again = false): number {
    const ns = typeof delay === "string" ? parseDuration(delay) : delay;
    const number = --this.#lastTimer;
    this.#timers.set(number, { service, again });
    this.#core.timer(ns, STRATEGY_TIMER, number, again ? ns : 0);
    return number;
  }

  /** Sets a timer of a service for a time however far ahead; returns its number, below 0. */
  at(service: Service, time: FarTime): number {
    const number = --this.#lastTimer;
    this.#timers.set(number, { service, again: false });
    this.#core.queue.pushFar(time, STRATEGY_TIMER, number, 0);
    return number;
  }

  /** Forgets a timer: what it is due to do does not happen. */
  clear(number: number): void {
    this.#timers.delete(number);
  }

  start(): void {
    for (const service of this.#all) service.start?.();
  }

  order(slot: number, event: number, code: number): void {
    for (let i = 0; i < this.#onOrder.length; i++) this.#onOrder[i].order!(slot, event, code);
  }

  fill(slot: number, price: number, lots: number, liquidity: number): void {
    for (let i = 0; i < this.#onFill.length; i++) this.#onFill[i].fill!(slot, price, lots, liquidity);
  }

  message(feed: Feed): void {
    for (let i = 0; i < this.#onMessage.length; i++) this.#onMessage[i].message!(feed);
  }

  sample(): void {
    for (let i = 0; i < this.#onSample.length; i++) this.#onSample[i].sample!();
  }

  /** Takes a timer to the service it belongs to; false for one of the strategy's. */
  timer(number: number): boolean {
    if (number > 0) return false;
    const timer = this.#timers.get(number);
    if (timer && !timer.again) this.#timers.delete(number);
    timer?.service.timer?.(number);
    return true;
  }

  rebase(shift: number): void {
    for (const service of this.#all) service.rebase?.(shift);
  }
}
