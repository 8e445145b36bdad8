import type { FarTime } from "./clock.ts";
import { STRATEGY_TIMER } from "./actions.ts";
import type { Core } from "./core.ts";
import type { Feed } from "./feed.ts";
import { parseDuration } from "../venue/latency.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";
import { loadValue, saveValue } from "./plain_state.ts";

/**
 * A part of a session beside its strategy, as linked orders, an algo or a breaker: hears what the strategy hears, before it,
 * and acts through the core as the strategy does, so that risk, latency and journal are the same for both.
 */
export interface Service {
  /** The session starts: the clock stands at the first row, and nothing has happened. */
  started?(): void;
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
  /**
   * By which a snapshot finds it again: where a property of the context makes it when it is asked for, the name of that; its
   * class's name where absent.
   */
  readonly name?: string;
  /** Keeps what it knows in a snapshot; a session with a service that has no `save` cannot be kept. */
  save?(to: StateWriter): void;
  /** Takes back what `save` kept, on one just made. */
  load?(from: StateReader): void;
}

/** Those that a strategy makes when it first asks for them, by name, in the order in which they hear. */
const RANKS = ["guards", "links", "parents", "router"];

/**
 * The services of a session: guards hear first, then linked orders, parents and the router, whichever was made first, and
 * then all others in the order in which they came.
 *
 * | call | cost |
 * |---|---|
 * | each | those services that have the callback |
 */
export class Services {
  /** Whether one of them hears the market. */
  hears = false;
  readonly #core: Core;
  #all: Service[] = [];
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
    this.#all = [...this.#all, service].sort((a, b) => rank(a) - rank(b));
    this.listen();
  }

  /** Looks again at who hears what: a service has got a callback, or lost one. */
  listen(): void {
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

  started(): void {
    for (const service of this.#all) service.started?.();
  }

  // Who comes while it is told hears from the next time on.
  order(slot: number, event: number, code: number): void {
    const all = this.#onOrder;
    for (let i = 0; i < all.length; i++) all[i].order!(slot, event, code);
  }

  fill(slot: number, price: number, lots: number, liquidity: number): void {
    const all = this.#onFill;
    for (let i = 0; i < all.length; i++) all[i].fill!(slot, price, lots, liquidity);
  }

  message(feed: Feed): void {
    // Who hears the market may stop to while it is told.
    const all = this.#onMessage;
    for (let i = 0; i < all.length; i++) all[i].message?.(feed);
  }

  sample(): void {
    const all = this.#onSample;
    for (let i = 0; i < all.length; i++) all[i].sample!();
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

  /** Keeps which services there are: before the core, as a service may do something when it is made again. */
  saveNames(to: StateWriter): void {
    for (const service of this.#all) {
      if (service.save && service.load) continue;
      throw new RangeError(
        `Cannot take a snapshot: ${
          nameOf(service)
        } acts in this session and has no save and load; run without it, or add them`,
      );
    }
    to.section("services", 1, () => saveValue(to, this.#all.map(nameOf), "services"));
  }

  /** Makes the same services again, in the same order; `make` is for those that are not there yet. */
  loadNames(from: StateReader, make: (name: string) => void): void {
    from.section("services", 1, () => {
      const names = loadValue(from) as string[], found: Service[] = [];
      const find = (name: string) => this.#all.find((each) => nameOf(each) === name && !found.includes(each));
      for (const name of names) {
        if (find(name) === undefined) make(name);
        const service = find(name);
        if (service === undefined) throw from.refuse(`${name} acts in the session that was saved, and not in this one`);
        found.push(service);
      }
      const more = this.#all.find((each) => !found.includes(each));
      if (more) throw from.refuse(`${nameOf(more)} acts in this session, and not in the one that was saved`);
      this.#all = found;
      this.listen();
    });
  }

  /** Keeps what they know, and whose timers there are. */
  save(to: StateWriter): void {
    const timers = Array.from(this.#timers, ([number, { service, again }]) => {
      return [number, nameOf(service), again, this.#all.indexOf(service)];
    });
    to.section("what services know", 1, () => {
      to.number(this.#lastTimer);
      saveValue(to, timers, "timers of services");
      for (const service of this.#all) to.section(nameOf(service), 1, () => service.save!(to));
    });
  }

  /** `others` own timers without hearing anything. */
  load(from: StateReader, others: readonly Service[]): void {
    from.section("what services know", 1, () => {
      this.#lastTimer = from.number();
      this.#timers.clear();
      for (const [number, name, again, at] of loadValue(from) as [number, string, boolean, number][]) {
        const service = at >= 0 ? this.#all[at] : others.find((each) => nameOf(each) === name);
        if (service === undefined) throw from.refuse(`a timer is of ${name}, which is not in this session`);
        this.#timers.set(number, { service, again });
      }
      for (const service of this.#all) from.section(nameOf(service), 1, () => service.load!(from));
    });
    this.listen();
  }
}

function nameOf(service: Service): string {
  return service.name ?? service.constructor.name;
}

function rank({ name }: Service): number {
  const place = RANKS.indexOf(name ?? "");
  return place < 0 ? RANKS.length : place;
}
