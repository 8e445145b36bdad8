import { Code } from "../core/codes.ts";
import type { Core } from "../core/core.ts";
import type { Feed } from "../core/feed.ts";
import { type GuardDesk, type GuardPart, neat, percent, seconds } from "./breach.ts";
import type { Action, BreakerSpecs } from "./guard_specs.ts";
import { CrossWatch } from "./cross_watch.ts";
import { PriceBands } from "./price_bands.ts";
import { RollingRange } from "./rolling.ts";

/** The breakers by number, in the order in which they are looked at. */
const CODES: readonly Code[] = [
  Code.FEED_GAP,
  Code.FEED_SILENT,
  Code.CROSSED_BOOK,
  Code.WIDE_SPREAD,
  Code.PRICE_JUMP,
  Code.BANDS,
];
const GAP = 0, SILENCE = 1, CROSSED = 2, SPREAD = 3, JUMP = 4, BANDS = 5;
const KINDS = CODES.length;

/** How one breaker of one instrument stands; plain, so that a snapshot can keep it. */
interface Standing {
  /** Since when its condition holds; NaN where it does not. */
  since: number;
  tripped: boolean;
  /** Tripped: when the pause is over. */
  until: number;
  /** When a timer of it is due; NaN where none is on its way. */
  due: number;
}

/** All breakers of one instrument. */
interface Line {
  readonly standing: Standing[];
  readonly range: RollingRange | undefined;
  readonly bands: PriceBands | undefined;
  readonly cross: CrossWatch | undefined;
  /** When its last message came; NaN before the first. */
  heard: number;
  /** Both sides of its book were there once. */
  begun: boolean;
  /** Lots that splits have made of one: prices of before a split are no measure. */
  growth: number;
}

/**
 * Circuit breakers on market data, each instrument's by itself, on our own view of it.
 *
 * - Gap: messages were lost, and no snapshot has come since. While it is so, spread, cross, jump and bands are not judged, and
 *   stand as they stood.
 * - Silence: no message for a time; before an instrument's first message there is none to miss.
 * - Crossed: the highest bid is above the lowest ask, after the whole message; bid = ask is locked, not crossed. On books of
 *   levels see {@linkcode CrossWatch}: levels that nobody takes off keep it crossed.
 * - Spread: ask less bid is above its limit, or one side is empty; judged once both sides were there.
 * - Jump: the middle is away from its lowest or highest within the window by more than the rate. It is over when the window
 *   has forgotten where it came from.
 * - Bands: see {@linkcode PriceBands}.
 * - A condition that has to last trips at the nanosecond at which it has, message or none. Tripped, a breaker returns when its
 *   pause is over and its condition gone: at that message, or at the end of the pause. With manual return it waits for a
 *   command, and trips again at once where its condition still holds.
 * - A limit is passed by more than it, not by just as much.
 *
 * | call | cost |
 * |---|---|
 * | `message` | constant; with a jump breaker also 64 steps whenever a part of its window is over |
 */
export class Breakers implements GuardPart {
  readonly #core: Core;
  readonly #desk: GuardDesk;
  readonly #specs: readonly BreakerSpecs[];
  readonly known: { readonly lines: Line[] };

  /** `specs` by instrument. */
  constructor(core: Core, desk: GuardDesk, specs: readonly BreakerSpecs[]) {
    this.#core = core;
    this.#desk = desk;
    this.#specs = specs;
    const lines = specs.map((each) => ({
      standing: Array.from({ length: KINDS }, () => ({ since: NaN, tripped: false, until: NaN, due: NaN })),
      range: each.jump && new RollingRange(each.jump.window),
      bands: each.bands && new PriceBands(each.bands.band, each.bands.window),
      cross: each.crossed && new CrossWatch(),
      heard: NaN,
      begun: false,
      growth: 1,
    }));
    this.known = { lines };
  }

  /** A message of an instrument was applied. */
  message(feed: Feed): void {
    const { now, marks } = this.#core, { index, view } = feed, { pending, book } = view;
    const line = this.known.lines[index];
    line.heard = now;
    if (marks.growth[index] !== line.growth) {
      line.growth = marks.growth[index];
      line.range?.clear();
      line.bands?.clear();
    }
    if (!book.stale) {
      if (!line.begun) line.begun = book.bestBid > -Infinity && book.bestAsk < Infinity;
      line.cross?.look(book);
      const { mark2 } = view;
      if (line.range && mark2 === mark2) line.range.add(now, mark2);
      if (line.bands) {
        if (pending.bar) line.bands.trade(now, pending.bar.close);
        else for (let i = 0; i < pending.trades; i++) line.bands.trade(now, pending.prices[i]);
        line.bands.quote(now, mark2 / 2);
      }
    }
    this.#look(index);
  }

  timer(number: number): void {
    const instrument = Math.floor(number / KINDS);
    this.known.lines[instrument].standing[number % KINDS].due = NaN;
    this.#look(instrument);
  }

  rebase(shift: number): void {
    for (const line of this.known.lines) {
      line.heard -= shift;
      line.range?.rebase(shift);
      line.bands?.rebase(shift);
      for (const standing of line.standing) {
        standing.since -= shift;
        standing.until -= shift;
        standing.due -= shift;
      }
    }
  }

  released(instrument: number, code: Code): void {
    const kind = CODES.indexOf(code);
    if (kind < 0) return;
    for (let i = 0; i < this.known.lines.length; i++) {
      if (instrument >= 0 && i !== instrument) continue;
      const standing = this.known.lines[i].standing[kind];
      if (kind === BANDS && standing.tripped) this.#reopen(i);
      standing.tripped = false;
      standing.since = standing.until = NaN;
    }
  }

  /** Looks at every breaker of an instrument as it is now. */
  #look(i: number): void {
    const { now, feeds } = this.#core, line = this.known.lines[i], { range, bands } = line;
    const specs = this.#specs[i];
    const { book, mark2 } = feeds[i].view;
    if (specs.gap) this.#judge(i, GAP, specs.gap, 0, book.stale, 1, 0);
    if (specs.silence && line.heard === line.heard) {
      const quiet = now - line.heard, { after } = specs.silence;
      this.#judge(i, SILENCE, specs.silence, 0, quiet >= after, quiet, after);
      this.#wakeAt(i, SILENCE, line.heard + after);
    }
    if (book.stale || !line.begun) return;
    const { bestBid, bestAsk } = book;
    if (specs.crossed && line.cross) {
      const { lasts } = specs.crossed;
      this.#judge(i, CROSSED, specs.crossed, lasts, line.cross.depth > 0, line.cross.depth, 0);
    }
    if (specs.spread) {
      const { ticks, rate = NaN, lasts } = specs.spread;
      const spread = bestAsk - bestBid;
      const limit = ticks ?? rate * Math.abs(bestAsk + bestBid) / 2;
      // With a side empty the spread is infinite, and a share of it not a number.
      this.#judge(i, SPREAD, specs.spread, lasts, spread > limit || spread === Infinity, spread, limit);
    }
    if (specs.jump && range && mark2 === mark2) {
      range.advance(now);
      const up = mark2 - range.low, down = range.high - mark2, { rate } = specs.jump;
      const moved = Math.max(up / Math.abs(range.low), down / Math.abs(range.high));
      const jumped = up > rate * Math.abs(range.low) || down > rate * Math.abs(range.high);
      this.#judge(i, JUMP, specs.jump, 0, jumped, moved, rate);
    }
    if (specs.bands && bands) {
      const standing = line.standing[BANDS];
      if (standing.tripped && specs.bands.back === "automatic" && now >= standing.until) this.#reopen(i);
      const reached = bands.reached(now, bestBid, bestAsk);
      const { limitState } = specs.bands, holds = reached === reached;
      this.#judge(i, BANDS, specs.bands, limitState, holds, reached > bands.reference ? bestBid : bestAsk, reached);
    }
  }

  /** After a pause the bands lie around the price there is. */
  #reopen(i: number): void {
    const { feeds, now } = this.#core;
    this.known.lines[i].bands?.reopen(now, feeds[i].view.mark2 / 2);
  }

  #judge(
    i: number,
    kind: number,
    action: Action,
    lasts: number,
    holds: boolean,
    observed: number,
    limit: number,
  ): void {
    const { now } = this.#core, standing = this.known.lines[i].standing[kind];
    if (!holds) standing.since = NaN;
    else if (standing.since !== standing.since) standing.since = now;
    if (!standing.tripped) {
      if (!holds) return;
      if (now - standing.since < lasts) return this.#wakeAt(i, kind, standing.since + lasts);
      standing.tripped = true;
      standing.until = now + action.pause;
      const words = this.#words(i, kind, observed, limit);
      this.#desk.trip({ instrument: i, code: CODES[kind], action, words, limit, observed });
      if (action.back === "automatic" && action.pause > 0) this.#wakeAt(i, kind, standing.until);
    } else if (!holds && (action.back === "automatic" || action.then === "alert")) {
      if (now < standing.until) return this.#wakeAt(i, kind, standing.until);
      standing.tripped = false;
      this.#desk.clear(i, CODES[kind]);
    }
  }

  /** One timer of each breaker at a time: one that comes too early sets the next. */
  #wakeAt(i: number, kind: number, time: number): void {
    const { now } = this.#core, standing = this.known.lines[i].standing[kind];
    if (time <= now || standing.due <= time) return;
    standing.due = time;
    this.#desk.wake(this, time - now, i * KINDS + kind);
  }

  #words(i: number, kind: number, observed: number, limit: number): string {
    const { tickSize } = this.#core.feeds[i].instrument;
    const price = (ticks: number) => neat(ticks * tickSize);
    switch (kind) {
      case GAP:
        return "messages were lost";
      case SILENCE:
        return `no message for ${seconds(observed)}`;
      case CROSSED:
        return `the best bid is ${price(observed)} above the best ask`;
      case SPREAD:
        return observed === Infinity
          ? "one side of the book is empty"
          : `a spread of ${price(observed)}, limit ${price(limit)}`;
      case JUMP:
        return `the middle moved by ${percent(observed)}, limit ${percent(limit)}`;
      default:
        return `${price(observed)} stood at the band, ${price(limit)}`;
    }
  }
}
