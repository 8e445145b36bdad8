/** A leg of a group: the group's number, and the leg's place. */
export type LegPlace = readonly [group: number, leg: number];

/**
 * Legs that could not trade back what they should, until their next try.
 *
 * - What was refused for a reason that concerns everybody (the market has nothing to trade against, the session is held)
 *   stands in the line of its instrument and side: each pass tries the first, and whoever has traded all brings the next
 *   two. So a market that is shut costs one order a pass however many wait, and one that opens is through in a few rounds.
 * - What was refused for reasons of its own is tried in each pass.
 *
 * | call | cost |
 * |---|---|
 * | `add`, `remove` | constant |
 * | `due` | the lines, and the legs that wait alone |
 */
export class LinkRetries {
  /** By line; those that wait alone are in {@linkcode ALONE}. */
  readonly #lines: Map<number, Map<string, LegPlace>>;

  constructor(lines = new Map<number, Map<string, LegPlace>>()) {
    this.#lines = lines;
  }

  /** Whether nobody waits. */
  get empty(): boolean {
    return this.#lines.size === 0;
  }

  /** Puts a leg at the end of a line. */
  add(line: number, place: LegPlace): void {
    let legs = this.#lines.get(line);
    if (!legs) this.#lines.set(line, legs = new Map());
    legs.set(keyOf(place), place);
  }

  /** Takes a leg out wherever it waits; whether it did. */
  remove(line: number, place: LegPlace): boolean {
    return this.#remove(line, place) || this.#remove(ALONE, place);
  }

  /** Takes out those that a pass tries. */
  due(): LegPlace[] {
    return [...this.#lines.keys()].flatMap((line) => this.next(line, line === ALONE ? Infinity : 1));
  }

  /** Takes out the first few of a line. */
  next(line: number, count: number): LegPlace[] {
    const found: LegPlace[] = [];
    for (const place of this.#lines.get(line)?.values() ?? []) {
      if (found.length >= count) break;
      found.push(place);
    }
    for (const place of found) this.#remove(line, place);
    return found;
  }

  /** As plain data, which the constructor takes. */
  get state(): Map<number, Map<string, LegPlace>> {
    return this.#lines;
  }

  #remove(line: number, place: LegPlace): boolean {
    const legs = this.#lines.get(line);
    if (!legs?.delete(keyOf(place))) return false;
    if (legs.size === 0) this.#lines.delete(line);
    return true;
  }
}

/** The line of those that are tried in each pass. */
export const ALONE = -1;

/** The line of what goes out in an instrument on a side. */
export function lineOf({ instrument, side }: { readonly instrument: number; readonly side: number }): number {
  return 2 * instrument + (side > 0 ? 1 : 0);
}

function keyOf([group, leg]: LegPlace): string {
  return `${group}.${leg}`;
}
