import { Code } from "../../engine/core/codes.ts";
import type { Command, CommandEntry } from "../../engine/core/command.ts";
import { AMEND, CANCEL, NEW_ORDER } from "../../engine/core/actions.ts";
import type { Core } from "../../engine/core/core.ts";
import { instrumentNames } from "../../engine/core/instrument_names.ts";
import { ALERT, type Recorder } from "../../engine/core/recorder.ts";
import { ICEBERG, LIMIT, MARKET, STOP, STOP_LIMIT, TRAILING_STOP } from "../../engine/oms/order_table.ts";
import type { LimitName } from "../../engine/risk/limits.ts";
import { type Bookkeeper, leftOf, type Told } from "./bookkeeper.ts";
import type { Plan } from "./plan.ts";
import { START_SEC } from "./tapes.ts";

const SECOND = 1_000_000_000;
const CRITICAL = 2;
/** By which floats may differ that were added up in another order. */
const LESS = 1 - 1e-12;
/** Rates that count from when they are set. */
const RATES: readonly LimitName[] = ["messageRate", "orderRate", "cancelRate"];

/** A request that left. */
interface Sent {
  readonly at: number;
  readonly instrument: number;
  readonly cancel: boolean;
}

/**
 * Looks at each request as it leaves, by the books of a bookkeeper alone: whether it could lead beyond a limit, whatever is
 * filled of what is open and on its way, and whether it may leave at all.
 */
export class LimitWatch implements Recorder {
  /** Orders and amends that were looked at, of which so many while a limit stood in the way of more. */
  looked = 0;
  limited = 0;
  /** Requests that left after a kill or a pause: cancels, and orders that close. */
  afterKill = 0;
  readonly #core: Core;
  readonly #names: readonly string[];
  /** Limits in force, by "scope.name". */
  readonly #limits = new Map<string, number>();
  /** By rate: how many requests there were when it was set. */
  readonly #since = new Map<string, number>();
  readonly #sent: Sent[] = [];
  /** Instruments on the restricted list, and held by command; -1 is the session. */
  readonly #restricted = new Set<number>();
  readonly #held = new Map<number, string>();
  readonly #start: bigint;
  /** By instrument and side: lots that the position could come to. */
  readonly #worst: [long: number, short: number][];
  #thrown = false;

  /** When orders are taken, in ns after the start. */
  readonly #warm: number;
  readonly #exact: boolean;
  readonly #money: boolean;

  constructor(private readonly books: Bookkeeper, { options, wild, money, warmupSec }: Plan) {
    const { core } = books, { instruments } = core.account.valuation;
    this.#core = core;
    // A venue of chance tells of fills late, and holds no order to the position; an order of money is as large as prices make it.
    this.#exact = !wild && !money;
    this.#money = money;
    this.#warm = warmupSec * SECOND;
    this.#names = instrumentNames(instruments);
    this.#worst = instruments.map(() => [0, 0]);
    this.#start = BigInt(START_SEC) * BigInt(SECOND);
    const { limits = {}, limitsOf = {}, risk = {} } = options;
    for (const [i, name] of this.#names.entries()) {
      const own = { ...limits, ...limitsOf[instruments[i].symbol], ...limitsOf[name] };
      for (const [limit, value] of Object.entries(own)) this.#put(`instruments.${name}.${limit}`, value);
    }
    for (const scope of ["session", "account", "strategy"] as const) {
      for (const [limit, value] of Object.entries(risk[scope] ?? {})) this.#put(`${scope}.${limit}`, value);
    }
    this.#hearRequests();
    books.tell(this);
  }

  changed(told: Told): void {
    const { instrument: i } = told;
    for (const side of [1, -1]) {
      const worst = this.#worstOf(i, side), at = side > 0 ? 0 : 1, before = this.#worst[i][at];
      if (this.#exact) {
        this.books.hold(
          worst <= before,
          () => `instrument ${i}: ${before} lots of side ${side} became ${worst} by themselves`,
        );
      }
      this.#worst[i][at] = worst;
    }
  }

  turned(instrument: number): void {
    this.#worst[instrument] = [this.#worstOf(instrument, 1), this.#worstOf(instrument, -1)];
  }

  commanded({ command }: CommandEntry): void {
    const { kind } = command;
    if (kind === "set_limit") this.#set(command);
    else if (kind === "restrict") {
      const i = this.#names.indexOf(command.instrument as string);
      if (command.on) this.#restricted.add(i);
      else this.#restricted.delete(i);
    } else if (kind === "hold") {
      const i = this.#names.indexOf(command.instrument as string ?? "");
      if (command.state === "open") this.#held.delete(i);
      else this.#held.set(i, command.state as string);
    } else if (kind === "release" && command.code === "HELD") {
      this.#held.delete(this.#names.indexOf(command.instrument as string ?? ""));
    }
  }

  output(tag: number, _era: number, _ns: number, _order: number, code: number, severity: number): void {
    if (tag !== ALERT || (code !== Code.KILLED && code !== Code.PAUSED)) return;
    this.#thrown = severity === CRITICAL;
  }

  #set({ scope, name, value }: Command): void {
    const scopes = scope === "instruments" ? this.#names.map((each) => `instruments.${each}`) : [scope as string];
    for (const each of scopes) {
      this.#put(`${each}.${name}`, value);
      this.#since.set(`${each}.${name}`, this.#sent.length);
    }
  }

  #put(name: string, value: unknown): void {
    this.#limits.set(name, value === "unlimited" ? Infinity : value as number);
  }

  #hearRequests(): void {
    const core = this.#core, request = core.request.bind(core);
    core.request = (slot, action, latency, price, size) => {
      const told = this.books.open.get(core.orders.id[slot]);
      if (told) this.#leaves(told, action, price, size);
      else this.books.hold(false, () => `a request about order ${core.orders.id[slot]}, which is not open`);
      request(slot, action, latency, price, size);
    };
  }

  /** Session time in ns since the start, over eras. */
  get #now(): number {
    return Number(this.#core.clock.toEpochNs(this.#core.now) - this.#start);
  }

  #leaves(told: Told, action: number, price: number, size: number): void {
    const { books } = this, fresh = action === NEW_ORDER, { instrument } = told;
    const before = leftOf(told);
    if (action === AMEND) told.amend = { price, size };
    this.#sent.push({ at: this.#now, instrument, cancel: action === CANCEL });
    if (this.#thrown) this.afterKill++;
    if (action === CANCEL) return;
    this.looked++;
    const what = () => `order ${told.id}, ${fresh ? "new" : "amended"},`;
    if (told.session) this.#closes(told, what);
    else {
      books.hold(!this.#thrown, () => `${what()} left after a kill`);
      books.hold(this.#now >= this.#warm, () => `${what()} left before it was warm`);
      books.hold(!this.#restricted.has(instrument), () => `${what()} left for a restricted instrument`);
      this.#holdsHeld(told, fresh ? size : size - told.filled - before, fresh, what);
      this.#single(told, fresh ? told.size : size, fresh ? told.price : price, what);
      if (fresh) this.#openOrders(instrument, what);
      this.#rates(instrument, what);
      this.#selfTrade(told, fresh ? told.price : price, what);
    }
    for (const side of [1, -1]) {
      const at = side > 0 ? 0 : 1, worst = this.#worstOf(instrument, side);
      const most = Math.max(...this.#worst[instrument]), grown = worst > this.#worst[instrument][at];
      this.#worst[instrument][at] = worst;
      if (grown && side === told.side && !told.session && !this.#money) this.#holdings(told, most, what);
    }
  }

  /** The session's own orders close what there is, and no more. */
  #closes({ type, reduceOnly, side, size, instrument }: Told, what: () => string): void {
    const held = -side * this.books.positions[instrument];
    const closes = type === MARKET && reduceOnly && size <= held;
    this.books.hold(closes, () => `${what()} of the session closes ${size} of ${held}`);
  }

  #holdsHeld(told: Told, more: number, fresh: boolean, what: () => string): void {
    for (const i of [-1, told.instrument]) {
      const state = this.#held.get(i);
      if (state === undefined) continue;
      const open = this.books.lots(told.instrument, told.side);
      const left = fresh ? open : open - leftOf(told) + Math.max(0, told.size - told.filled) + more;
      const reduces = state === "reducing" && left <= -told.side * this.books.positions[told.instrument];
      this.books.hold(reduces, () => `${what()} left while it was held ${state}`);
    }
  }

  /** Limits of single orders. */
  #single(told: Told, size: number, price: number, what: () => string): void {
    const { books } = this, { instrument: i, type } = told, mid2 = this.#core.mid2(i);
    if (!told.money) {
      this.#most(i, "orderSize", size, what);
      this.#least(i, "orderSizeMin", size, what);
      const priced = type === LIMIT || type === STOP_LIMIT || type === ICEBERG;
      const value = this.#value(i, size, priced ? 2 * price : mid2);
      this.#most(i, "notional", value * LESS, what);
    }
    if (type !== LIMIT && type !== STOP_LIMIT && type !== ICEBERG) return;
    const band = this.#limit(i, "priceBand");
    const near = band === Infinity || Math.abs(2 * price - mid2) <= band * Math.abs(mid2) / LESS;
    books.hold(near, () => `${what()} at ${price} is more than ${band} from ${mid2 / 2}`);
  }

  #openOrders(i: number, what: () => string): void {
    const open = [...this.books.open.values()];
    const own = open.filter(({ instrument }) => instrument === i).length;
    this.#hold(this.#of(`instruments.${this.#names[i]}`, "openOrders"), own, "openOrders", what);
    for (const scope of WIDE) this.#hold(this.#of(scope, "openOrders"), open.length, "openOrders", what);
  }

  #rates(i: number, what: () => string): void {
    for (const name of RATES) {
      for (const scope of [`instruments.${this.#names[i]}`, ...WIDE]) {
        const limit = this.#of(scope, name);
        if (limit === Infinity) continue;
        const from = this.#since.get(`${scope}.${name}`) ?? 0;
        // Where as many cancels were sent as the limit is, an order that may have to be cancelled waits.
        let count = name === "cancelRate" ? 1 : 0;
        for (let k = this.#sent.length - 1; k >= from && this.#sent[k].at > this.#now - SECOND; k--) {
          const { instrument, cancel } = this.#sent[k],
            counts = name === "messageRate" || cancel === (name === "cancelRate");
          if (counts && (!scope.startsWith("instruments") || instrument === i)) count++;
        }
        this.#hold(limit, count, name, what);
      }
    }
  }

  #selfTrade({ id, instrument, side, type }: Told, price: number, what: () => string): void {
    const limit = this.#of(`instruments.${this.#names[instrument]}`, "selfTrade");
    if (limit === Infinity || (type >= STOP && type <= TRAILING_STOP)) return;
    let meets = 0;
    for (const other of this.books.open.values()) {
      const rests = other.type === LIMIT || other.type === ICEBERG;
      if (other.id === id || other.instrument !== instrument || other.side === side || !rests) continue;
      const own = side * Math.min(side * other.price, side * (other.amend?.price ?? other.price));
      if (type === MARKET || side * own <= side * price) meets += leftOf(other);
    }
    this.#hold(limit, meets, "selfTrade", what);
  }

  /** What positions may come to, now that more of an order's side could be filled; it was `before` lots on the worse side. */
  #holdings({ instrument: i, side }: Told, before: number, what: () => string): void {
    const worst = this.#worst[i][side > 0 ? 0 : 1];
    this.#most(i, "position", worst, what);
    if (side < 0) this.#most(i, "shortSelling", worst, what);
    const marks2 = this.#core.marks.refresh(this.#core.feeds);
    let gross = 0, net = 0;
    for (const [k, [long, short]] of this.#worst.entries()) {
      gross += this.#value(k, Math.max(long, short), marks2[k]);
      net += this.#signed(k, side > 0 ? long : short, marks2[k]);
    }
    // Where the other side is worse, it is no larger for this order.
    if (worst > before) {
      const own = this.#value(i, worst, marks2[i]), { account } = this.#core;
      const equity = account.equityNumber(account.valuation.currencyOf[i], marks2);
      this.#hold(this.#of(`instruments.${this.#names[i]}`, "grossExposure"), own * LESS, "grossExposure", what);
      for (const scope of WIDE) {
        this.#hold(this.#of(scope, "grossExposure"), gross * LESS, "grossExposure", what);
        this.#hold(this.#of(scope, "concentration"), own / Math.max(gross, equity) * LESS, "concentration", what);
        this.#hold(this.#of(scope, "leverage"), equity > 0 ? gross / equity * LESS : Infinity, "leverage", what);
      }
    }
    for (const scope of WIDE) this.#hold(this.#of(scope, "netExposure"), net * LESS, "netExposure", what);
  }

  /** Lots that the position could come to, towards a side, were all its open orders filled. */
  #worstOf(i: number, side: number): number {
    let others = 0, reducing = 0;
    for (const told of this.books.open.values()) {
      if (told.instrument !== i || told.side !== side) continue;
      if (told.reduceOnly) reducing += leftOf(told);
      else others += leftOf(told);
    }
    const held = side * this.books.positions[i];
    return others + (held >= 0 ? held : Math.min(0, held + reducing));
  }

  #value(i: number, lots: number, price2: number): number {
    return Math.abs(this.#signed(i, lots, Math.abs(price2)));
  }

  #signed(i: number, lots: number, price2: number): number {
    const { tickSize, lotSize, contract } = this.#core.account.valuation.instruments[i];
    return lots === 0 ? 0 : lots * Math.abs(price2) / 2 * tickSize * lotSize * contract;
  }

  #most(i: number, name: LimitName, observed: number, what: () => string): void {
    this.#hold(this.#limit(i, name), observed, name, what);
  }

  #least(i: number, name: LimitName, observed: number, what: () => string): void {
    for (const scope of [`instruments.${this.#names[i]}`, ...WIDE]) {
      const least = this.#of(scope, name);
      const holds = least === Infinity || observed >= least;
      this.books.hold(holds, () => `${what()} leaves with ${observed} against ${scope}.${name} of ${least}`);
    }
  }

  #hold(limit: number, observed: number, name: string, what: () => string): void {
    if (limit < Infinity) this.limited++;
    this.books.hold(!(observed > limit), () => `${what()} leads to ${observed}, ${name} is ${limit}`);
  }

  /** The least of the values that a limit has for an instrument. */
  #limit(i: number, name: LimitName): number {
    return Math.min(this.#of(`instruments.${this.#names[i]}`, name), ...WIDE.map((scope) => this.#of(scope, name)));
  }

  #of(scope: string, name: LimitName): number {
    return this.#limits.get(`${scope}.${name}`) ?? Infinity;
  }
}

const WIDE = ["session", "account", "strategy"] as const;
