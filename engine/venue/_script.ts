import { assertEquals } from "@std/assert";
import {
  ADD,
  AT_EXCHANGE,
  AT_LOCAL,
  BUY,
  CANCEL,
  CLEAR,
  DEPTH,
  EXECUTE,
  EXPIRY,
  GAP,
  LAST,
  MODIFY,
  NONE,
  SELL,
  SNAPSHOT,
  SPLIT,
  STATUS,
  TRADE,
} from "../core/event.ts";
import { codeName } from "../core/codes.ts";
import { type Columns, seekTime } from "../feed/columns.ts";
import {
  ACKNOWLEDGED,
  CANCEL_DONE,
  CANCEL_REQUESTED,
  EXPIRE,
  FILL,
  isFinal,
  live,
  PENDING_NEW,
  REINSTATE,
  REJECT,
  REPLACE_DONE,
  REPLACE_REQUESTED,
  REQUEST_REFUSED,
  SIZED,
  SUSPEND,
  TRIGGER,
} from "../oms/order_life.ts";
import * as table from "../oms/order_table.ts";
import type { AnswerSink } from "./answer_sink.ts";
import { MAKER } from "./liquidity.ts";
import type { SimVenue } from "./sim_venue.ts";
import type { VenueOptions } from "./venue_options.ts";

/** A step of a script and the answers it makes, separated by "; ". */
export type Step = readonly [does: string, answers: string];

/** Makes the venue of a script. */
export type MakeVenue = (orders: table.OrderTable, options: VenueOptions, out: AnswerSink) => SimVenue;

const SIDES: Readonly<Record<string, number>> = { buy: BUY, bid: BUY, sell: SELL, ask: SELL, none: NONE };
const TYPES: Readonly<Record<string, number>> = {
  stop: table.STOP,
  touch: table.MARKET_IF_TOUCHED,
  trail: table.TRAILING_STOP,
  show: table.ICEBERG,
};
const TIFS: Readonly<Record<string, number>> = { ioc: table.IOC, fok: table.FOK, until: table.GTD, day: table.DAY };
/** Nanoseconds between two steps. */
const STEP = 10;

/** One row as columns. */
class RowColumns implements Columns {
  readonly rows = 1;
  readonly exchange = new Float64Array(1);
  readonly local = new Float64Array(1);
  readonly price = new Float64Array(1);
  readonly size = new Float64Array(1);
  readonly kind = new Uint8Array(1);
  readonly side = new Int8Array(1);
  readonly flags = new Uint8Array([AT_EXCHANGE | AT_LOCAL | LAST]);
  readonly id = new Int32Array(2);

  timeOf(clock: number): number {
    return clock === AT_EXCHANGE ? this.exchange[0] : this.local[0];
  }

  seek(clock: number, from: number, limit: number): number {
    return seekTime(this, clock, from, limit);
  }
}

/**
 * A venue played by lines of text, for tests: step k happens at k × 10 ns, and answers come at once.
 *
 * | line | what happens |
 * |---|---|
 * | `bid 100 5`, `ask 101 0` | a level |
 * | `trade sell 100 3` | a print, with its aggressor (or none) |
 * | `add 7 buy 100 5`, `modify 7 buy 101 5`, `cancel 7 5`, `execute 7 buy 100 5` | rows about order 7 of the tape |
 * | `clear none 0`, `snapshot bid 100 5`, `halt`, `open`, `gap`, `expiry`, `split 2 1` | the rest |
 * | `wait 5` | 5 steps pass |
 * | `a: buy 2 @100 post` | our order a arrives |
 * | `a: cancel`, `a: amend 3 @101` | a request about it arrives |
 *
 * Words behind an order: `ioc fok day=T until=T post reduce stop=P touch=P trail=D show=N money=M`.
 */
export class Script implements AnswerSink {
  readonly orders = new table.OrderTable();
  readonly venue: SimVenue;
  readonly #slots = new Map<string, number>();
  readonly #names = new Map<number, string>();
  #said: string[] = [];
  #now = 0;
  /** Times at which the venue wants to be called, each before those that stand before it. */
  readonly wakes: number[] = [];

  constructor(make: MakeVenue, options: Partial<VenueOptions> = {}) {
    this.venue = make(this.orders, { fills: "partial", impact: "frozen", selfTrade: "allow", ...options }, this);
  }

  /** When the last line was played. */
  get now(): number {
    return this.#now;
  }

  /** Plays one line; returns the answers. */
  play(line: string): string {
    this.#now += STEP;
    this.#said = [];
    const [head, ...words] = line.split(" ");
    if (head === "wait") this.#now += STEP * Number(words[0]);
    while (this.wakes.length > 0 && this.wakes[this.wakes.length - 1] < this.#now) {
      this.venue.now = this.wakes.pop()!;
      this.venue.timeUp();
    }
    if (head.endsWith(":")) this.#request(head.slice(0, -1), words);
    else if (head !== "wait") this.#row(head, words);
    return this.#said.join("; ");
  }

  /** The slot of an order by its name. */
  slot(name: string): number {
    return this.#slots.get(name)!;
  }

  answer(event: number, slot: number, price: number, lots: number, liquidity: number, code: number): void {
    const { orders } = this;
    if (event === FILL) orders.filled[slot] += lots;
    if (event === SIZED || event === REPLACE_DONE) orders.size[slot] = lots;
    if (event === REPLACE_DONE) orders.price[slot] = price;
    live(orders, slot, event);
    const why = code === 0 ? "" : ` ${codeName(code)}`;
    const texts: Readonly<Record<number, string>> = {
      [ACKNOWLEDGED]: "works",
      [FILL]: `${liquidity === MAKER ? "makes" : "takes"} ${lots}@${price}`,
      [CANCEL_DONE]: `cancelled${why}`,
      [REPLACE_DONE]: `amended ${lots}@${price}`,
      [REJECT]: `rejected${why}`,
      [EXPIRE]: `expired${why}`,
      [REQUEST_REFUSED]: `refused${why}`,
      [SIZED]: `sized ${lots}`,
      [TRIGGER]: "triggers",
      [SUSPEND]: "suspended",
      [REINSTATE]: "reinstated",
    };
    this.venue.answered = true;
    this.#said.push(`${this.#names.get(slot)} ${texts[event]}`);
  }

  wake(time: number): void {
    this.wakes.push(time);
  }

  #request(name: string, words: string[]): void {
    const { orders, venue } = this;
    venue.now = this.#now;
    const slot = this.#slots.get(name);
    if (words[0] === "cancel" || words[0] === "amend") {
      const asks = words[0] === "cancel" ? CANCEL_REQUESTED : REPLACE_REQUESTED;
      if (!isFinal(orders.state[slot!])) live(orders, slot!, asks);
      if (words[0] === "cancel") venue.cancel(slot!);
      else venue.amend(slot!, words[2] ? Number(words[2].slice(1)) : orders.price[slot!], Number(words[1]));
    } else venue.arrive(this.#order(name, words));
  }

  #order(name: string, [side, size, ...words]: string[]): number {
    const { orders } = this;
    const slot = orders.open();
    this.#slots.set(name, slot);
    this.#names.set(slot, name);
    const given = new Map(words.map((word) => word.split("=") as [string, string | undefined]));
    const limit = words.find((word) => word.startsWith("@"));
    const kind = Object.keys(TYPES).find((word) => given.has(word));
    const tif = Object.keys(TIFS).find((word) => given.has(word));
    orders.side[slot] = SIDES[side];
    orders.size[slot] = Number(size);
    orders.price[slot] = limit ? Number(limit.slice(1)) : NaN;
    orders.type[slot] = kind ? TYPES[kind] : limit ? table.LIMIT : table.MARKET;
    if (kind === "stop" && limit) orders.type[slot] = table.STOP_LIMIT;
    orders.tif[slot] = tif ? TIFS[tif] : table.GTC;
    orders.flags[slot] = (given.has("post") ? table.POST_ONLY : 0) | (given.has("reduce") ? table.REDUCE_ONLY : 0);
    orders.trigger[slot] = Number(given.get("stop") ?? given.get("touch") ?? given.get("trail"));
    orders.display[slot] = Number(given.get("show"));
    orders.quote[slot] = Number(given.get("money") ?? 0);
    orders.expires[slot] = Number(given.get("until") ?? given.get("day") ?? Infinity);
    orders.state[slot] = PENDING_NEW;
    return slot;
  }

  #row(head: string, words: string[]): void {
    const row = new RowColumns();
    const set = (kind: number, id: number, side: string, price: number, size: number): void => {
      row.exchange[0] = row.local[0] = this.#now;
      row.kind[0] = kind;
      row.id[0] = id;
      row.side[0] = SIDES[side];
      row.price[0] = price;
      row.size[0] = size;
    };
    const numbers = words.map(Number);
    if (head === "bid" || head === "ask") set(DEPTH, 0, head, numbers[0], numbers[1]);
    else if (head === "trade") set(TRADE, 0, words[0], numbers[1], numbers[2]);
    else if (head === "snapshot") set(SNAPSHOT, 0, words[0], numbers[1], numbers[2]);
    else if (head === "add") set(ADD, numbers[0], words[1], numbers[2], numbers[3]);
    else if (head === "modify") set(MODIFY, numbers[0], words[1], numbers[2], numbers[3]);
    else if (head === "execute") set(EXECUTE, numbers[0], words[1], numbers[2], numbers[3]);
    else if (head === "cancel") set(CANCEL, numbers[0], "none", 0, numbers[1]);
    else if (head === "clear") set(CLEAR, 0, words[0], numbers[1], 0);
    else if (head === "halt" || head === "open") set(STATUS, 0, "none", 0, head === "open" ? 1 : 0);
    else if (head === "gap") set(GAP, 0, "none", 0, 0);
    else if (head === "expiry") set(EXPIRY, 0, "none", 100, 0);
    else if (head === "split") set(SPLIT, 0, "none", numbers[0], numbers[1]);
    else throw new TypeError(`Cannot play ${head}: there is no such line`);
    this.venue.advance(row, 0, Infinity);
  }
}

/** Plays a script and holds every line's answers against what is written beside it. */
export function assertScript(script: Script, steps: readonly Step[]): void {
  assertEquals(steps.map(([does]) => [does, script.play(does)]), steps.map(([does, answers]) => [does, answers]));
}
