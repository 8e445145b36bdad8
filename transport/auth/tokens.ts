import { calculateJwkThumbprint, type JWK, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { ProtocolError } from "../protocol/errors.ts";
import { type CheckingKey, KeySet, type KeySetOptions, type KeySetSource, type PublicAlgorithm } from "./key_set.ts";
import type { Principal } from "./principal.ts";
import type { Revocations } from "./revocations.ts";
import { narrowed, parseScope } from "./scopes.ts";
import { UsedTokens } from "./used_tokens.ts";

/** Who makes tokens with a secret that this server shares. */
export interface SecretIssuer {
  readonly issuer: string;
  /** The secret's id, which its tokens name. */
  readonly keyId: string;
  /** 32 bytes or more. */
  readonly secret: Uint8Array;
  /** Scopes that it may grant at most; all where absent. */
  readonly scopesMax?: readonly string[];
}

/** Who makes tokens with a private key, of which this server has the public one. */
export interface KeyIssuer {
  readonly issuer: string;
  readonly keys: KeySetSource;
  readonly algorithms: readonly PublicAlgorithm[];
  readonly scopesMax?: readonly string[];
}

/** What tokens are accepted. */
export interface TokenOptions {
  /** What a token's `aud` names: this server and no other. */
  readonly audience: string;
  readonly issuers: readonly (SecretIssuer | KeyIssuer)[];
  /** Wall time, ms since 1970. */
  readonly now: () => number;
  /** How far clocks may differ, in ms. 30 s. */
  readonly skewMs?: number;
  /** The longest time from `iat` to `exp`, in ms. 31 days. */
  readonly lifeMsMax?: number;
  /** The most bytes of a token. 8192. */
  readonly tokenBytesMax?: number;
  readonly revocations?: Revocations;
  readonly fetch?: KeySetOptions["fetch"];
}

/** What a token is made of. */
export interface TokenRequest {
  /** Who it is for. */
  readonly name: string;
  readonly scopes: readonly string[];
  readonly lifeMs: number;
  /** Which of the issuers with a secret makes it; the first where absent. */
  readonly issuer?: string;
  /** Its own id, by which it can be revoked; made up where absent. */
  readonly tokenId?: string;
}

interface Party {
  readonly scopesMax: readonly string[] | undefined;
  readonly key: (id: string) => Promise<CheckingKey | undefined>;
}

/** Secrets below this can be guessed from one token (RFC 7518, 3.2). */
const SECRET_BYTES_MIN = 32;
const ISSUERS_MAX = 32;
const SCOPES_MAX = 64;
const NAME_LENGTH_MAX = 200;
/** Three parts of base64url, the third not empty: `alg: none` has no signature. */
const COMPACT = /^([\w-]{1,2048})\.([\w-]+)\.([\w-]+)$/;

/**
 * Makes and checks tokens: JWTs signed by one of a closed list of algorithms, by an issuer that configuration names.
 *
 * - The issuer's own key, found by `kid`, says what the algorithm is; the header must say the same. What else a header says
 *   of keys (`jku`, `jwk`, `x5u`, `x5c`) is not read; a header with `crit` is refused.
 * - `iss`, `aud`, `sub`, `iat` and `exp` are required, `nbf` is held to, `scope` is a text of scopes with blanks between.
 * - Scopes are cut down to what the issuer may grant; what is no scope of ours is left out.
 * - Errors say which rule was broken and no word of the token.
 *
 * | call | cost |
 * |---|---|
 * | `verify` | one signature; a look-up of keys now and then |
 *
 * @example
 * ```ts
 * import { Tokens } from "./tokens.ts";
 * const secret = crypto.getRandomValues(new Uint8Array(32));
 * const tokens = new Tokens({
 *   audience: "lockstep",
 *   issuers: [{ issuer: "start", keyId: "1", secret }],
 *   now: () => 1_700_000_000_000,
 * });
 * const token = await tokens.mint({ name: "ann", scopes: ["read"], lifeMs: 60_000 });
 * const who = await tokens.verify(token);
 * if (who.name !== "ann" || who.scopes[0] !== "read") throw new Error("unexpected");
 * ```
 */
export class Tokens {
  readonly #options: TokenOptions;
  readonly #parties = new Map<string, Party>();
  readonly #used = new UsedTokens();
  readonly #skewMs: number;
  readonly #lifeMsMax: number;
  readonly #bytesMax: number;

  /** Throws RangeError for a weak secret, an issuer named twice, or no audience. */
  constructor(options: TokenOptions) {
    this.#options = options;
    this.#skewMs = options.skewMs ?? 30_000;
    this.#lifeMsMax = options.lifeMsMax ?? 31 * 86_400_000;
    this.#bytesMax = options.tokenBytesMax ?? 8192;
    checkOptions(options);
    for (const each of options.issuers) this.#parties.set(each.issuer, partyOf(each, options));
  }

  /**
   * Whom a token is for. With `once`, a token is taken one time only, and one without an id never.
   *
   * Throws ProtocolError TOKEN_INVALID, TOKEN_EXPIRED, TOKEN_REVOKED or TOO_LARGE; FAILED where the issuer's keys cannot be had.
   */
  async verify(token: string, { once = false }: { readonly once?: boolean } = {}): Promise<Principal> {
    if (token.length > this.#bytesMax) {
      throw new ProtocolError("TOO_LARGE", `Cannot accept token: it has over ${this.#bytesMax} bytes`);
    }
    const { header, payload: unverified } = parts(token);
    const party = typeof unverified.iss === "string" ? this.#parties.get(unverified.iss) : undefined;
    if (party === undefined) throw invalid("its issuer is none of this server's");
    const key = await keyOf(header, party);
    const payload = await this.#checked(token, key, unverified.iss!);
    const principal = await this.#principal(payload, party);
    if (this.#options.revocations?.revoked(principal)) {
      throw new ProtocolError("TOKEN_REVOKED", "Cannot accept token: it is revoked");
    }
    if (once) this.#useUp(principal);
    return principal;
  }

  /** Makes a token, as an issuer with a secret. Throws RangeError for what `verify` would not take. */
  async mint({ name, scopes, lifeMs, issuer, tokenId = crypto.randomUUID() }: TokenRequest): Promise<string> {
    const { issuers, audience, now } = this.#options;
    const maker = issuers.find((each): each is SecretIssuer =>
      "secret" in each && (issuer === undefined || each.issuer === issuer)
    );
    if (maker === undefined) {
      throw new RangeError(`Cannot make a token: issuer is ${issuer ?? "none"}, which has no secret here`);
    }
    const wrong = scopes.find((scope) => parseScope(scope) === undefined);
    if (wrong !== undefined) {
      throw new RangeError(`Cannot make a token: scope is ${wrong}; write read or "trade:session-3:BTCUSDT"`);
    }
    if (!(lifeMs >= 1000 && lifeMs <= this.#lifeMsMax)) {
      throw new RangeError(`Cannot make a token: lifeMs is ${lifeMs}; it is from 1000 to ${this.#lifeMsMax}`);
    }
    const at = Math.floor(now() / 1000);
    return await new SignJWT({ scope: scopes.join(" ") }).setProtectedHeader({
      alg: "HS256",
      kid: maker.keyId,
      typ: "JWT",
    })
      .setIssuer(maker.issuer).setAudience(audience).setSubject(name).setJti(tokenId)
      .setIssuedAt(at).setExpirationTime(at + Math.floor(lifeMs / 1000)).sign(maker.secret);
  }

  async #checked(token: string, { key, algorithms }: CheckingKey, issuer: string): Promise<JWTPayload> {
    const { audience, now } = this.#options;
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [...algorithms],
        issuer,
        audience,
        currentDate: new Date(now()),
        clockTolerance: this.#skewMs / 1000,
        requiredClaims: ["iss", "aud", "sub", "iat", "exp"],
      });
      return payload;
    } catch (error) {
      throw asProtocolError(error);
    }
  }

  async #principal(payload: JWTPayload, { scopesMax }: Party): Promise<Principal> {
    const issued = payload.iat! * 1000, expires = payload.exp! * 1000;
    if (issued > this.#options.now() + this.#skewMs) throw invalid("it was made in the time to come");
    if (!(expires > issued && expires - issued <= this.#lifeMsMax)) throw invalid("it lives too long");
    const name = payload.sub!, { jti } = payload;
    if (typeof name !== "string" || name === "" || name.length > NAME_LENGTH_MAX) {
      throw invalid("its subject is no name");
    }
    if (jti !== undefined && (typeof jti !== "string" || jti.length > NAME_LENGTH_MAX)) {
      throw invalid("its id is no id");
    }
    const keyThumbprint = await thumbprintOf(payload.cnf);
    return {
      name,
      scopes: scopesOf(payload.scope, scopesMax),
      expires: expires + this.#skewMs,
      issuer: payload.iss!,
      issued,
      ...jti === undefined ? {} : { tokenId: jti },
      ...keyThumbprint === undefined ? {} : { keyThumbprint },
    };
  }

  #useUp({ issuer, tokenId, expires }: Principal): void {
    // The id is the issuer's own: another's may have the same.
    const first = tokenId !== undefined &&
      this.#used.use(JSON.stringify([issuer, tokenId]), expires!, this.#options.now());
    if (!first) throw invalid(tokenId === undefined ? "it has no id, and is to be used once" : "it was used before");
  }
}

function checkOptions({ audience, issuers }: TokenOptions): void {
  if (audience === "") throw new RangeError('Cannot check tokens: audience is ""; name this server');
  if (issuers.length > ISSUERS_MAX) throw new RangeError(`Cannot check tokens: there are over ${ISSUERS_MAX} issuers`);
  if (new Set(issuers.map(({ issuer }) => issuer)).size < issuers.length) {
    throw new RangeError("Cannot check tokens: an issuer is named twice; give it one entry");
  }
  for (const each of issuers) {
    if ("secret" in each && each.secret.length < SECRET_BYTES_MIN) {
      throw new RangeError(
        `Cannot check tokens: the secret of ${each.issuer} has ${each.secret.length} bytes; take ${SECRET_BYTES_MIN} or more`,
      );
    }
  }
}

function partyOf(each: SecretIssuer | KeyIssuer, { now, fetch }: TokenOptions): Party {
  const { scopesMax } = each;
  if ("secret" in each) {
    const { keyId } = each, key: CheckingKey = { algorithms: ["HS256"], key: each.secret };
    return { scopesMax, key: (id) => Promise.resolve(id === keyId ? key : undefined) };
  }
  const set = new KeySet({ source: each.keys, algorithms: each.algorithms, now, ...fetch ? { fetch } : {} });
  return { scopesMax, key: (id) => set.find(id) };
}

/** The header and the claims of a token, of which nothing is proven yet. */
function parts(
  token: string,
): { readonly header: Record<string, unknown>; readonly payload: Record<string, unknown> & { iss?: string } } {
  const [, header, payload] = COMPACT.exec(token) ?? [];
  if (header === undefined) throw invalid("it is no signed JWT");
  return { header: record(header), payload: record(payload) };
}

function record(part: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.fromBase64(part, { alphabet: "base64url" })),
    );
  } catch {
    throw invalid("it is no signed JWT");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("it is no signed JWT");
  return value as Record<string, unknown>;
}

async function keyOf({ alg, kid, typ, crit }: Record<string, unknown>, party: Party): Promise<CheckingKey> {
  if (typeof kid !== "string") throw invalid("it does not name its key");
  if (crit !== undefined) throw invalid("its header asks for what this server does not do");
  // A token that was made to be something else, an id token's logout twin say, is no access token.
  if (typ !== undefined && !["jwt", "at+jwt"].includes(String(typ).toLowerCase())) {
    throw invalid("it is of another type");
  }
  let key: CheckingKey | undefined;
  try {
    key = await party.key(kid);
  } catch {
    throw new ProtocolError("FAILED", "Cannot check token: its issuer's keys cannot be had", 5_000);
  }
  if (key === undefined) throw invalid("its key is none of its issuer's");
  if (!(key.algorithms as readonly unknown[]).includes(alg)) throw invalid("its algorithm is not its key's");
  return key;
}

function asProtocolError(error: unknown): ProtocolError {
  const { code, claim } = error as { readonly code?: string; readonly claim?: string };
  if (code === "ERR_JWT_EXPIRED") return new ProtocolError("TOKEN_EXPIRED", "Cannot accept token: it has expired");
  if (code === "ERR_JWS_SIGNATURE_VERIFICATION_FAILED") return invalid("its signature is wrong");
  if (code !== "ERR_JWT_CLAIM_VALIDATION_FAILED") return invalid("it is no signed JWT");
  if (claim === "aud") return invalid("it is for another audience");
  if (claim === "nbf") return invalid("its time has not come");
  return invalid(`its claim ${claim} is missing or wrong`);
}

function invalid(why: string): ProtocolError {
  return new ProtocolError("TOKEN_INVALID", `Cannot accept token: ${why}`);
}

function scopesOf(scope: unknown, most: readonly string[] | undefined): string[] {
  const texts = typeof scope === "string" ? scope.split(" ") : [];
  if (texts.length > SCOPES_MAX) throw invalid(`it has over ${SCOPES_MAX} scopes`);
  return narrowed(texts, most ?? ["admin"]);
}

/** The thumbprint of a confirmed key (RFC 7800), as `jkt` or of the `jwk` itself. */
async function thumbprintOf(cnf: unknown): Promise<string | undefined> {
  if (cnf === undefined) return undefined;
  const { jkt, jwk } = (cnf ?? {}) as { readonly jkt?: unknown; readonly jwk?: JWK };
  if (typeof jkt === "string" && /^[\w-]{43}$/.test(jkt)) return jkt;
  try {
    return await calculateJwkThumbprint(jwk!);
  } catch {
    throw invalid("its confirmed key is none");
  }
}
