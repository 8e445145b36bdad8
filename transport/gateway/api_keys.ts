import { Buffer } from "node:buffer";
import { createHmac, createPublicKey, timingSafeEqual, verify } from "node:crypto";
import { refusal } from "./binance_error.ts";

/** A key by which clients are known, with what proves that a request is theirs. */
export interface ApiKey {
  readonly key: string;
  /** What both sides know, for HMAC-SHA256; or the client's public key, Ed25519 or RSA, as PEM. */
  readonly secret: string;
}

/** What a signed request has to be held against. */
export interface Signed {
  readonly key: string | undefined;
  /** What was signed. */
  readonly payload: string;
  readonly signature: string | undefined;
}

/**
 * The keys of a gateway. HMAC signatures are hex; those of Ed25519 and RSA (PKCS1 v1.5, SHA-256) are base64, as Binance has them.
 *
 * @example
 * ```ts
 * import { createHmac } from "node:crypto";
 * import { ApiKeys } from "./api_keys.ts";
 * const keys = new ApiKeys([{ key: "k".repeat(64), secret: "hush" }]);
 * const signature = createHmac("sha256", "hush").update("timestamp=1").digest("hex");
 * keys.check({ key: "k".repeat(64), payload: "timestamp=1", signature });
 * ```
 */
export class ApiKeys {
  readonly #verifiers = new Map<string, Verifier>();

  /** Throws RangeError for a key or secret that is none, without naming a secret. */
  constructor(keys: readonly ApiKey[]) {
    for (const { key, secret } of keys) {
      if (!FORM.test(key)) throw new RangeError("Cannot use an API key: it has letters and digits alone, 16 to 128");
      this.#verifiers.set(key, verifierOf(secret));
    }
  }

  /** A key and a secret of 64 letters and digits. */
  static make(): ApiKey {
    return { key: randomText(), secret: randomText() };
  }

  /** How a key's owner signs. */
  kindOf(key: string): KeyKind | undefined {
    return this.#verifiers.get(key)?.kind;
  }

  /** Throws BinanceError where nobody has this key. */
  known(key: string | undefined): string {
    if (key === undefined || !FORM.test(key)) throw refusal("BAD_API_KEY_FORMAT");
    if (!this.#verifiers.has(key)) throw refusal("REJECTED_KEY");
    return key;
  }

  /** Throws BinanceError where nobody has this key, or it is not its owner who signed. */
  check({ key, payload, signature }: Signed): void {
    const known = this.known(key);
    if (!this.#verifiers.get(known)!.verify(payload, signature ?? "")) throw refusal("INVALID_SIGNATURE");
  }
}

const FORM = /^[A-Za-z0-9]{16,128}$/;

/** How requests are signed. */
export type KeyKind = "hmac" | "ed25519" | "rsa";

interface Verifier {
  readonly kind: KeyKind;
  verify(payload: string, signature: string): boolean;
}

function verifierOf(secret: string): Verifier {
  if (secret.includes("PUBLIC KEY")) return publicVerifier(secret);
  if (secret.length < 4) throw new RangeError("Cannot use a secret: it is too short");
  return {
    kind: "hmac",
    verify(payload, signature) {
      const expected = createHmac("sha256", secret).update(payload).digest();
      return /^[0-9a-fA-F]{64}$/.test(signature) && timingSafeEqual(expected, Uint8Array.fromHex(signature));
    },
  };
}

function publicVerifier(pem: string): Verifier {
  const key = createPublicKey(pem), kind = key.asymmetricKeyType;
  if (kind !== "rsa" && kind !== "ed25519") {
    throw new RangeError(`Cannot use a public key: it is ${kind}; Ed25519 or RSA`);
  }
  return {
    kind,
    verify(payload, signature) {
      if (!/^[A-Za-z0-9+/]{40,1000}={0,2}$/.test(signature)) return false;
      const signed = new TextEncoder().encode(payload);
      return verify(kind === "rsa" ? "sha256" : null, signed, key, Buffer.from(signature, "base64"));
    },
  };
}

/** 62 of 64 numbers name a letter or digit; the others are drawn again. */
function randomText(): string {
  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  let text = "";
  while (text.length < 64) {
    for (const byte of crypto.getRandomValues(new Uint8Array(64))) {
      if (text.length < 64 && (byte & 63) < 62) text += LETTERS[byte & 63];
    }
  }
  return text;
}
