/** The most ids that are remembered. */
const IDS_MAX = 100_000;

/**
 * Ids of tokens that may be used once, until they would have expired anyway.
 *
 * | call | cost |
 * |---|---|
 * | `use` | constant, and once in a while all that have expired |
 * | memory | 100,000 ids at most; then nobody gets in until some have expired |
 */
export class UsedTokens {
  readonly #until = new Map<string, number>();
  readonly #idsMax: number;

  constructor(idsMax = IDS_MAX) {
    this.#idsMax = idsMax;
  }

  /**
   * Uses an id up: true the first time, false where it was used before, or where too many are remembered to know. `until` and
   * `now` are wall times in ms since 1970.
   */
  use(id: string, until: number, now: number): boolean {
    const before = this.#until.get(id);
    if (before !== undefined && before >= now) return false;
    if (this.#until.size >= this.#idsMax) this.#forget(now);
    if (this.#until.size >= this.#idsMax) return false;
    this.#until.set(id, until);
    return true;
  }

  #forget(now: number): void {
    for (const [id, until] of this.#until) if (until < now) this.#until.delete(id);
  }
}
