import type { Principal } from "./principal.ts";

/** The most revocations that stand at one time. */
const ENTRIES_MAX = 10_000;

/** What is revoked: one token by its id, all tokens of a name, of an issuer, or all there are. */
export interface Revocation {
  readonly tokenId?: string;
  readonly name?: string;
  readonly issuer?: string;
  /** Of tokens made before this, wall time in ms since 1970; a new token may then be got. */
  readonly before: number;
  /** The revocation may be forgotten after this, ms since 1970: when the last such token has expired. */
  readonly until: number;
}

/** Revocations with how many there may be, as a file keeps them over a restart. */
export interface RevocationOptions {
  readonly entriesMax?: number;
  readonly standing?: readonly Revocation[];
}

/**
 * Tokens that are valid but for somebody's word that they are not.
 *
 * It is looked at when a token comes, and tells those who listen of each new revocation, so that connections that are open are
 * cut. A revocation names at least an id, a name or an issuer, or is for all; a token that does not say when it was made
 * counts as made before.
 *
 * | call | cost |
 * |---|---|
 * | `revoked` | those revocations that are not of one token id; constant for those that are |
 * | memory | 10,000 revocations at most; then `revoke` throws, and `revoke({ before })` of all tokens still goes |
 */
export class Revocations {
  readonly #byId = new Map<string, Revocation>();
  #others: Revocation[] = [];
  #allBefore = -Infinity;
  readonly #entriesMax: number;
  readonly #listeners = new Set<(revoked: (principal: Principal) => boolean) => void>();

  constructor({ entriesMax = ENTRIES_MAX, standing = [] }: RevocationOptions = {}) {
    this.#entriesMax = entriesMax;
    for (const each of standing) this.#add(each);
  }

  /** What stands now, but for what has run out: for a file. */
  standing(now: number): Revocation[] {
    const all = Number.isFinite(this.#allBefore) ? [{ before: this.#allBefore, until: Number.MAX_SAFE_INTEGER }] : [];
    return [...all, ...this.#byId.values(), ...this.#others].filter(({ until }) => until >= now);
  }

  /** Revokes. Throws RangeError when as many stand as may. */
  revoke(revocation: Revocation, now: number): void {
    if (this.#byId.size + this.#others.length >= this.#entriesMax) this.#forget(now);
    this.#add(revocation);
    for (const listener of this.#listeners) listener((principal) => matches(revocation, principal));
  }

  /** Whether a principal's token is revoked. */
  revoked(principal: Principal): boolean {
    if ((principal.issued ?? -Infinity) < this.#allBefore) return true;
    const own = principal.tokenId === undefined ? undefined : this.#byId.get(principal.tokenId);
    if (own !== undefined && matches(own, principal)) return true;
    return this.#others.some((each) => matches(each, principal));
  }

  /** Calls `listener` at each revocation, with what tells whose connection it cuts; returns what ends that. */
  onRevoke(listener: (revoked: (principal: Principal) => boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #add(revocation: Revocation): void {
    const { tokenId, name, issuer, before } = revocation;
    if (!Number.isFinite(before)) {
      throw new RangeError(`Cannot revoke: before is ${before}; give a time in ms since 1970`);
    }
    if (tokenId === undefined && name === undefined && issuer === undefined) {
      this.#allBefore = Math.max(this.#allBefore, before);
      return;
    }
    if (this.#byId.size + this.#others.length >= this.#entriesMax) {
      throw new RangeError(
        `Cannot revoke: ${this.#entriesMax} revocations stand already; revoke all tokens made before now instead`,
      );
    }
    if (tokenId !== undefined && !this.#byId.has(tokenId)) this.#byId.set(tokenId, revocation);
    else this.#others.push(revocation);
  }

  #forget(now: number): void {
    for (const [id, { until }] of this.#byId) if (until < now) this.#byId.delete(id);
    this.#others = this.#others.filter(({ until }) => until >= now);
  }
}

function matches({ tokenId, name, issuer, before }: Revocation, principal: Principal): boolean {
  return (tokenId === undefined || tokenId === principal.tokenId) && (name === undefined || name === principal.name) &&
    (issuer === undefined || issuer === principal.issuer) && (principal.issued ?? -Infinity) < before;
}
