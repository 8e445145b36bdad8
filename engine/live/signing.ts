/**
 * How requests are signed, by exchange: the only place that reads a secret.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash, createHmac, createPrivateKey, type KeyObject, sign } from "node:crypto";
import type { Keys } from "./keys.ts";

/**
 * Signs texts with an exchange's keys: HMAC-SHA256 in hex for a shared secret, Ed25519 in base64 for a private key, as Binance
 * takes them. A key in PEM is read once, not once a request. Throws RangeError for keys that sign nothing so.
 *
 * @example
 * ```ts
 * import { Keys } from "./keys.ts";
 * import { signer } from "./signing.ts";
 * const sign = signer(new Keys("hmac", "id", "secret"));
 * if (!/^[0-9a-f]{64}$/.test(sign("symbol=BTCUSDT&timestamp=1"))) throw new Error("unexpected");
 * ```
 */
export function signer(keys: Keys): (text: string) => string {
  if (keys.kind === "hmac") return hmacSha256(keys.secret);
  if (keys.kind === "ed25519") {
    const key = privateKey(keys);
    return (text) => sign(null, new TextEncoder().encode(text), key).toString("base64");
  }
  throw new RangeError(`Cannot sign requests with ${keys}: it is a key of kind ${keys.kind}; give hmac or ed25519`);
}

/** Bytes that SHA-256 takes at once: what HMAC pads its key to. */
const BLOCK = 64;

/**
 * HMAC-SHA256 in hex. An order waits for its signature, and node:crypto's own takes three times as long, for it makes the padded
 * keys anew each time.
 */
function hmacSha256(secret: string): (text: string) => string {
  const bytes = new TextEncoder().encode(secret);
  const key = bytes.length > BLOCK ? createHash("sha256").update(bytes).digest() : bytes;
  const padded = (by: number) => Uint8Array.from({ length: BLOCK }, (_, i) => (key[i] ?? 0) ^ by);
  const inner = padded(0x36), outer = padded(0x5c);
  return (text) => {
    const digest = createHash("sha256").update(inner).update(text).digest();
    return createHash("sha256").update(outer).update(digest).digest("hex");
  };
}

/**
 * Kraken's signature of a request over HTTP: HMAC-SHA512, in base64, of the path and of the SHA-256 of nonce and body. The
 * secret is base64 itself.
 */
export function krakenSignature(keys: Keys, path: string, nonce: string, body: string): string {
  const digest = createHash("sha256").update(nonce + body).digest();
  return createHmac("sha512", secretBytes(keys)).update(path).update(digest).digest("base64");
}

/** What Coinbase's token is made for. */
export interface TokenOptions {
  /** "GET api.coinbase.com/api/v3/brokerage/accounts"; absent for a WebSocket. */
  readonly uri?: string;
  /** Seconds since 1970-01-01 UTC, by the exchange's clock. */
  readonly now: number;
  /** A text that no other token has. */
  readonly nonce: string;
}

/**
 * Coinbase's token: a JWT by ES256 or EdDSA that lives for two minutes. The key is PEM, of PKCS #8 or SEC 1.
 *
 * It is written here, not by a library, because those sign in promises: a request would leave later than it was made.
 */
export function coinbaseTokens(keys: Keys): (options: TokenOptions) => string {
  const alg = keys.kind === "ed25519" ? "EdDSA" : "ES256", encoder = new TextEncoder();
  if (keys.kind === "hmac") {
    throw new RangeError(
      `Cannot make tokens with ${keys}: it is a shared secret; give a private key (es256 or ed25519)`,
    );
  }
  const key = privateKey(keys), encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  return ({ uri, now, nonce }) => {
    const header = encoded({ alg, typ: "JWT", kid: keys.id, nonce });
    const times = { nbf: now, exp: now + TOKEN_SECONDS };
    const text = `${header}.${encoded({ iss: "cdp", sub: keys.id, ...times, ...(uri === undefined ? {} : { uri }) })}`;
    const hash = alg === "EdDSA" ? null : "sha256";
    return `${text}.${sign(hash, encoder.encode(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
  };
}

/** How long Coinbase takes a token for. */
const TOKEN_SECONDS = 120;

function secretBytes(keys: Keys): Uint8Array {
  try {
    return Uint8Array.fromBase64(keys.secret);
  } catch {
    throw new RangeError(`Cannot sign requests with ${keys}: its secret is not base64; copy it again`);
  }
}

function privateKey(keys: Keys): KeyObject {
  try {
    return createPrivateKey(keys.secret);
  } catch {
    throw new RangeError(
      `Cannot sign requests with ${keys}: its secret is not a private key in PEM; give the whole text`,
    );
  }
}
