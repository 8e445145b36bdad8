import { importJWK, type JWK } from "jose";
import { readFile } from "node:fs/promises";

/** Algorithms that a published key may be for; a shared secret is never published. */
export type PublicAlgorithm = "EdDSA" | "RS256";

/** A key that checks signatures of one algorithm and no other. */
export interface CheckingKey {
  /** The algorithm, by each of its names: EdDSA over Ed25519 has two (RFC 9864). */
  readonly algorithms: readonly ("HS256" | "RS256" | "EdDSA" | "Ed25519")[];
  readonly key: CryptoKey | Uint8Array;
}

/** Where an issuer's public keys (a JWKS, RFC 7517) are; said by configuration alone, never by a token. */
export type KeySetSource =
  | { readonly inline: { readonly keys: readonly JWK[] } }
  | { readonly file: string }
  | { readonly url: string };

/** How keys are fetched and kept. */
export interface KeySetOptions {
  readonly source: KeySetSource;
  readonly algorithms: readonly PublicAlgorithm[];
  /** Wall time, ms since 1970. */
  readonly now: () => number;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** After this the keys are looked up again, in ms. 10 minutes. */
  readonly freshMs?: number;
  /** Where they cannot be looked up, old ones serve so long, in ms. 1 day. */
  readonly staleMs?: number;
  /** The least time between two look-ups, however many unknown keys are named, in ms. 30 s. */
  readonly pauseMs?: number;
}

const NAMES = { EdDSA: ["EdDSA", "Ed25519"], RS256: ["RS256"] } as const;
const KEYS_MAX = 32;
const BYTES_MAX = 65_536;
const FETCH_MS_MAX = 5_000;
/** RFC 7518, 3.3: RS256 keys have 2048 bits or more; in base64url of the modulus. */
const MODULUS_LENGTH_MIN = 342;

/**
 * The public keys of one issuer, by their ids: inline, in a file or at an https URL, looked up again when they are old or one is
 * named that is not there, and never more often than the pause allows.
 *
 * | call | cost |
 * |---|---|
 * | `find` | constant; one look-up at a time, shared by all who wait for it |
 * | memory | 32 keys, 64 KiB read |
 */
export class KeySet {
  #keys: ReadonlyMap<string, CheckingKey> = new Map();
  #readAt = -Infinity;
  #triedAt = -Infinity;
  #reading: Promise<void> | undefined;
  readonly #options: Required<KeySetOptions>;

  /** Throws RangeError for a URL that is not https. */
  constructor(options: KeySetOptions) {
    const { source } = options;
    if ("url" in source && (!URL.canParse(source.url) || new URL(source.url).protocol !== "https:")) {
      throw new RangeError(
        `Cannot take keys from ${source.url}: it is no https URL; keys that came openly prove nothing`,
      );
    }
    this.#options = { fetch, freshMs: 600_000, staleMs: 86_400_000, pauseMs: 30_000, ...options };
  }

  /** The key of this id; undefined where the issuer has none. Throws TypeError where keys cannot be had at all. */
  async find(id: string): Promise<CheckingKey | undefined> {
    const { now, freshMs, pauseMs, staleMs } = this.#options;
    const old = now() - this.#readAt >= freshMs, paused = now() - this.#triedAt < pauseMs;
    if (this.#reading !== undefined || ((old || !this.#keys.has(id)) && !paused)) {
      this.#reading ??= this.#read().finally(() => this.#reading = undefined);
      await this.#reading;
    }
    if (now() - this.#readAt >= staleMs) throw new TypeError("Cannot check a token: its issuer's keys cannot be had");
    return this.#keys.get(id);
  }

  async #read(): Promise<void> {
    const { now, algorithms } = this.#options;
    this.#triedAt = now();
    try {
      const keys = await importKeys(JSON.parse(await this.#text()), algorithms);
      this.#keys = keys;
      this.#readAt = now();
    } catch {
      // What was read before serves until it is stale; find says so then.
    }
  }

  async #text(): Promise<string> {
    const { source, fetch } = this.#options;
    if ("inline" in source) return JSON.stringify(source.inline);
    if ("file" in source) return bounded(await readFile(source.file));
    const response = await fetch(source.url, {
      redirect: "error",
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(FETCH_MS_MAX),
    });
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel();
      throw new TypeError(`Cannot take keys: the answer is ${response.status}`);
    }
    return await boundedStream(response.body);
  }
}

function bounded(bytes: Uint8Array): string {
  if (bytes.length > BYTES_MAX) throw new RangeError(`Cannot take keys: they have ${bytes.length} bytes`);
  return new TextDecoder().decode(bytes);
}

async function boundedStream(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "", bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > BYTES_MAX) throw new RangeError(`Cannot take keys: they have over ${BYTES_MAX} bytes`);
    text += decoder.decode(piece, { stream: true });
  }
  return text;
}

/** Those keys that are fit to check signatures of these algorithms; one id twice is none. */
async function importKeys(set: unknown, algorithms: readonly PublicAlgorithm[]): Promise<Map<string, CheckingKey>> {
  const given = (set as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(given) || given.length > KEYS_MAX) throw new TypeError("Cannot take keys: it is no key set");
  const keys = new Map<string, CheckingKey>(), twice = new Set<string>();
  for (const jwk of given as JWK[]) {
    const algorithm = algorithmOf(jwk);
    if (algorithm === undefined || !algorithms.includes(algorithm) || typeof jwk.kid !== "string") continue;
    if (keys.has(jwk.kid)) twice.add(jwk.kid);
    const { kty, crv, x, n, e } = jwk;
    keys.set(jwk.kid, { algorithms: NAMES[algorithm], key: await importJWK({ kty, crv, x, n, e }, algorithm) });
  }
  for (const id of twice) keys.delete(id);
  return keys;
}

/** The one algorithm that a key checks; undefined for a secret, a private key, one for encryption, or one too weak. */
function algorithmOf(jwk: JWK | null): PublicAlgorithm | undefined {
  if (typeof jwk !== "object" || jwk === null || jwk.d !== undefined || jwk.k !== undefined) return undefined;
  if (jwk.use !== undefined && jwk.use !== "sig") return undefined;
  if (jwk.key_ops !== undefined && !jwk.key_ops.includes("verify")) return undefined;
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519") {
    return jwk.alg === undefined || jwk.alg === "EdDSA" || jwk.alg === "Ed25519" ? "EdDSA" : undefined;
  }
  const strong = typeof jwk.n === "string" && jwk.n.length >= MODULUS_LENGTH_MIN;
  return jwk.kty === "RSA" && strong && (jwk.alg === undefined || jwk.alg === "RS256") ? "RS256" : undefined;
}
