import { Code } from "../core/codes.ts";
import type { Core } from "../core/core.ts";
import { wider } from "../core/wider.ts";
import { type GuardDesk, type GuardPart, seconds } from "./breach.ts";
import { ALL } from "./gate.ts";
import type { Action, RefusalSpec, RefusalSpecs } from "./guard_specs.ts";
import { CHECK_NAMES } from "./refusal.ts";

/** The rule of every check. */
const ANY = "any";
/** Times that a rule has room for at first; it grows to as many as it counts. */
const ROOM = 16;

/** How one rule stands; plain, so that a snapshot can keep it. */
interface Standing {
  /** Refusals since it began to count. */
  seen: number;
  /** Their times, the last ones in a ring; of rules with a window alone. */
  times: Float64Array;
  /** It holds; or, where it only alerts, it has been said and is still so. */
  over: boolean;
  /** While it holds: when its pause ends. */
  until: number;
}

/**
 * Guards on what risk refuses: a strategy that runs into a limit again and again does not know where it stands.
 *
 * - It counts refusals by risk of orders and amends, whoever sends them: the strategy, its linked and parent orders, a router,
 *   a command. Refusals by the gate do not count, or a halt would feed itself; neither do those of the session's own orders,
 *   nor a venue's, nor a client id that is used twice.
 * - A rule trips at the refusal that makes its count, if the first of that many came less than its window before. It acts
 *   before the request returns: what the strategy sends next, in the same callback, finds the gate held, or the switch thrown.
 * - The strategy hears of it (`onAlert`) at that very time, but once the move is over: the request may be one of several that a
 *   linked or parent order sends.
 * - While a rule holds it counts nothing, and begins at none when that is over. A kill counts anew once it is reset.
 * - A rule that only alerts says so again after refusals came slower than that; without a window it says so once.
 * - Where several hold at once the strictest holds, until the last of them is over.
 *
 * | call | cost |
 * |---|---|
 * | `refused` | the number of rules |
 * | memory | 8 bytes for each refusal that a rule with a window counts |
 */
export class RefusalGuard implements GuardPart {
  readonly known: { readonly standings: Standing[] };
  readonly #core: Core;
  readonly #desk: GuardDesk;
  readonly #names: readonly string[];
  readonly #specs: readonly RefusalSpec[];

  constructor(core: Core, desk: GuardDesk, specs: RefusalSpecs) {
    this.#core = core;
    this.#desk = desk;
    // Not in the order in which they were written down.
    const names = ([...CHECK_NAMES, ANY] as const).filter((name) => specs[name] !== undefined);
    this.#names = names;
    this.#specs = names.map((name) => specs[name]!);
    this.known = { standings: names.map(() => ({ seen: 0, times: new Float64Array(0), over: false, until: NaN })) };
  }

  /** Risk has just refused something of the strategy's; its last refusal says why. */
  refused(): void {
    const { last } = this.#core.risk, { check } = last;
    // As it was refused: what a rule sets off may be refused as well.
    let text = "";
    for (let rule = 0; rule < this.#names.length; rule++) {
      const concerned = this.#names[rule] === check || this.#names[rule] === ANY;
      if (!concerned || !this.#counts(rule)) continue;
      text ||= last.text;
      this.#trip(rule, text);
    }
  }

  timer(number: number): void {
    const standing = this.known.standings[number];
    // It may have been released, and have tripped again since.
    if (!standing.over || this.#core.now < standing.until) return;
    standing.over = false;
    if (!this.#holding().some((holds) => holds)) this.#desk.clear(ALL, Code.REFUSALS);
  }

  rebase(shift: number): void {
    for (const standing of this.known.standings) {
      standing.until -= shift;
      for (let i = 0; i < standing.times.length; i++) standing.times[i] -= shift;
    }
  }

  released(_instrument: number, code: Code): void {
    if (code !== Code.REFUSALS) return;
    this.#holding().forEach((holds, rule) => {
      if (holds) this.known.standings[rule].over = false;
    });
  }

  /** Counts one more; whether the rule trips by it. */
  #counts(rule: number): boolean {
    const { count, window, then } = this.#specs[rule], standing = this.known.standings[rule], { now } = this.#core;
    if (standing.over && then !== "alert") return false;
    const place = standing.seen++ % count;
    let full = standing.seen >= count;
    if (window !== undefined) {
      const { length } = standing.times;
      if (place >= length) standing.times = wider(standing.times, Math.min(count, Math.max(ROOM, 2 * length)));
      standing.times[place] = now;
      // Where the next one goes stands the first of the last `count`.
      full &&= now - standing.times[standing.seen % count] < window;
    }
    const trips = full && !standing.over;
    standing.over = full && then !== "kill";
    if (trips && then !== "alert") standing.seen = 0;
    return trips;
  }

  #trip(rule: number, last: string): void {
    const name = this.#names[rule], spec = this.#specs[rule], { count, window, then, back, pause } = spec;
    if (then !== "alert" && then !== "kill") {
      const ends = back === "automatic" && pause > 0;
      this.known.standings[rule].until = ends ? this.#core.now + pause : Infinity;
      if (ends) this.#desk.wake(this, pause, rule);
    }
    const what = count === 1 ? "1 request was refused" : `${count} requests were refused`;
    const by = name === ANY ? "" : ` by ${name}`, within = window === undefined ? "" : ` within ${seconds(window)}`;
    this.#desk.trip({
      instrument: ALL,
      code: Code.REFUSALS,
      action: this.#action(spec),
      words: `${what}${by}${within}, limit ${count}; the last: ${last}`,
      limit: count,
      observed: count,
      evidence: { refusals: name, last },
    });
  }

  /** What a rule does, and no less than those that hold: the gate knows one cause of a code. */
  #action(spec: Action): Action {
    if (spec.then === "alert" || spec.then === "kill") return spec;
    const all = [spec, ...this.#specs.filter((_, rule) => this.#holding()[rule])];
    return {
      ...spec,
      then: all.some(({ then }) => then === "halt") ? "halt" : "reduce",
      back: all.some(({ back }) => back === "manual") ? "manual" : "automatic",
    };
  }

  /** By rule, whether it holds the gate. */
  #holding(): boolean[] {
    return this.#specs.map(({ then }, rule) => this.known.standings[rule].over && then !== "alert");
  }
}
