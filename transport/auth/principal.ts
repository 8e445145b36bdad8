/** Who a connection acts for, as a verified token says. */
export interface Principal {
  /** The token's subject. */
  readonly name: string;
  /** What it may do; see scopes.ts for the grammar. */
  readonly scopes: readonly string[];
  /**
   * When it ends, wall time in ms since 1970-01-01 UTC, with the allowed skew of clocks in it; whoever keeps a connection open
   * closes it then, with TOKEN_EXPIRED. For ever where absent.
   */
  readonly expires?: number;
  /** Who made the token, and when, ms since 1970; revocations go by these. */
  readonly issuer?: string;
  readonly issued?: number;
  /** The token's own id. */
  readonly tokenId?: string;
  /** Its scopes were cut down to reading, as its token came over a network in plain text. */
  readonly plainText?: true;
  /** SHA-256 thumbprint (RFC 7638) of the key that the token confirms as its owner's (`cnf`), for what peers seal. */
  readonly keyThumbprint?: string;
}

/** Whether two tokens are of one person: names are an issuer's own, and another's may be the same. */
export function isSamePerson(a: Principal, b: Principal): boolean {
  return a.name === b.name && a.issuer === b.issuer;
}

/** A person by one text, for what is counted or kept by whose it is. */
export function personOf({ name, issuer }: Pick<Principal, "name" | "issuer">): string {
  return issuer === undefined ? name : `${name} (${issuer})`;
}
