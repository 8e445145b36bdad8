import type { Code } from "../core/codes.ts";
import type { Instrument } from "../core/instrument.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";
import { type LimitTable, unitOf } from "./limit_table.ts";
import { LIMIT_NAMES } from "./limits.ts";
import { LastRefusal, type Refusal } from "./refusal.ts";

/**
 * Refuses, and says why: the last refusal with its values, and each code's first in words.
 *
 * | call | cost |
 * |---|---|
 * | `over`, `under` | the scopes of an order; nothing allocated |
 * | each refusal | constant; the first of a code its text |
 */
export class Refusals {
  /** Each code's first refusal in words, in the order in which they came. */
  readonly notes: string[] = [];
  readonly #last = new LastRefusal();
  readonly #told = new Set<Code>();

  constructor(private readonly limits: LimitTable, private readonly instruments: readonly Instrument[]) {}

  /** Why the last order or amend was refused. */
  get last(): Refusal {
    return this.#last;
  }

  /** Refuses what is more than a limit. */
  over(code: Code, i: number, limit: number, observed: number): Code | 0 {
    const scope = this.limits.exceeded(i, limit, observed);
    return scope < 0 ? 0 : this.breach(code, i, limit, scope, observed);
  }

  /** Refuses what is less than one. */
  under(code: Code, i: number, limit: number, observed: number): Code | 0 {
    const scope = this.limits.missed(i, limit, observed);
    return scope < 0 ? 0 : this.breach(code, i, limit, scope, observed);
  }

  /** Refuses for a limit of a scope that is not kept. */
  breach(code: Code, i: number, limit: number, scope: number, observed: number): Code {
    const limits = this.limits, unit = unitOf(limit, this.instruments[i].currency);
    return this.tell(code, i, LIMIT_NAMES[limit], limits.scopes[scope], limits.of(scope, limit), observed, unit);
  }

  /** Refuses for a reason that is no limit. */
  refuse(code: Code, i: number, check: string, observed: number): Code {
    return this.tell(code, i, check, "", NaN, observed, "");
  }

  /** Refuses, with all that there is to say. */
  tell(code: Code, i: number, check: string, scope: string, limit: number, observed: number, unit: string): Code {
    this.set(code, i, check, scope, limit, observed, unit);
    if (!this.#told.has(code)) {
      this.#told.add(code);
      this.notes.push(this.#last.text);
    }
    return code;
  }

  /** Says why something was refused, of which no note is kept. */
  set(code: Code, i: number, check: string, scope: string, limit: number, observed: number, unit: string): void {
    const last = this.#last;
    last.code = code;
    last.instrument = i;
    last.check = check;
    last.scope = scope;
    last.limit = limit;
    last.observed = observed;
    last.unit = unit;
  }

  save(to: StateWriter): void {
    this.#last.save(to);
    to.number(this.notes.length);
    for (const note of this.notes) to.text(note);
    for (const code of this.#told) to.number(code);
  }

  load(from: StateReader): void {
    this.#last.load(from);
    const count = from.number();
    for (let i = 0; i < count; i++) this.notes.push(from.text());
    for (let i = 0; i < count; i++) this.#told.add(from.number() as Code);
  }
}
