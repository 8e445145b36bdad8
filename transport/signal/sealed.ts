/**
 * Messages between two peers that a relay carries and cannot read: the signaller, a TURN server, or a peer in between.
 *
 * Each peer draws a P-256 key pair for the talk and sends its `offer`; ECDH and HKDF-SHA-256 make one AES-256-GCM key for each
 * direction, bound to both offers and both roles. What comes twice, late or changed is refused. Which key is whose must be proved,
 * or a relay would put its own keys between; there are two proofs, and one of them is needed:
 *
 * - **A join code** that both know: each offer carries an HMAC over the sender's key and role, by a key that PBKDF2-SHA-256 draws from
 *   the code. Whoever sees an offer can guess codes offline, as fast as its machines go, and with the right one stand between in
 *   talks *begun later* (a talk that goes on has its keys already). Hence codes are made here, of 100 random bits: guessing those is
 *   hopeless. Codes that people think up are not taken.
 * - **A thumbprint**: the `cnf` claim of the other peer's token (RFC 7800, `jkt`), which names its key, and which somebody
 *   trusted has signed. Then a peer's key pair outlives one talk, and must be kept.
 *
 * There is no protection against a peer that gives away what it reads, and sizes and times of messages are in the open.
 *
 * @module
 */
import { calculateJwkThumbprint, type JWK } from "jose";

/** Which of the two one is: they must differ. */
export type SealRole = "caller" | "callee";

/** How the other peer's key is known to be its own; one of the two. */
export interface SealProof {
  /** A code that both know, made by `makeJoinCode`. */
  readonly code?: string;
  /** The thumbprint (RFC 7638, SHA-256) of the other's key, from its verified token; or of all keys that it may have. */
  readonly thumbprint?: string | readonly string[];
}

/** What one peer tells the other, over whatever carries it: nothing in it is secret. */
export interface SealOffer {
  readonly role: SealRole;
  /** The public key, P-256. */
  readonly key: { readonly kty: "EC"; readonly crv: "P-256"; readonly x: string; readonly y: string };
  /** 16 random bytes, base64url: no two talks have the same keys. */
  readonly salt: string;
  /** With a code: HMAC-SHA-256 over role, key and salt, base64url; else "". */
  readonly mark: string;
}

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE = /^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){3}$/;
const CURVE = { name: "ECDH", namedCurve: "P-256" } as const;
const CODE_ROUNDS = 100_000;
const encoder = new TextEncoder();

/** A new join code: 20 letters and digits of 5 random bits each, "7QK2M-…", without I, L, O and U. */
export function makeJoinCode(): string {
  const letters = [...crypto.getRandomValues(new Uint8Array(20))].map((byte) => ALPHABET[byte & 31]).join("");
  return letters.replace(/.{5}(?=.)/g, "$&-");
}

/** A key pair for talks; one that a token names is kept, others are made for each talk. */
export function makeSealKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
}

/** The thumbprint of a key, as a token's `cnf` has it. */
export async function sealThumbprint(keys: CryptoKeyPair): Promise<string> {
  return await thumbprintOf(await publicOf(keys));
}

/**
 * One peer's half of a talk: it makes an offer, takes the other's, and then seals and opens.
 *
 * @example
 * ```ts
 * import { makeJoinCode, Sealer } from "./sealed.ts";
 *
 * const code = makeJoinCode();
 * const caller = await Sealer.make("caller", { code }), callee = await Sealer.make("callee", { code });
 * const [here, there] = [await caller.accept(callee.offer), await callee.accept(caller.offer)];
 * const text = new TextDecoder().decode(await there.open(await here.seal(new TextEncoder().encode("hello"))));
 * if (text !== "hello") throw new Error(text);
 * ```
 */
export class Sealer {
  /** For the other peer. */
  readonly offer: SealOffer;
  readonly #proof: SealProof;
  readonly #keys: CryptoKeyPair;

  private constructor(offer: SealOffer, proof: SealProof, keys: CryptoKeyPair) {
    this.offer = offer;
    this.#proof = proof;
    this.#keys = keys;
  }

  /** Throws RangeError where there is not exactly one proof, or the code is not one that was made here. */
  static async make(role: SealRole, proof: SealProof, keys?: CryptoKeyPair): Promise<Sealer> {
    if ((proof.code === undefined) === (proof.thumbprint === undefined)) {
      throw new RangeError("Cannot seal: there is not one proof of the other's key; give a code or a thumbprint");
    }
    if (proof.code !== undefined && !CODE.test(proof.code)) {
      throw new RangeError(
        "Cannot seal: the code was not made by makeJoinCode; those that people think up are guessed",
      );
    }
    keys ??= await makeSealKeys();
    const key = await publicOf(keys), salt = base64(crypto.getRandomValues(new Uint8Array(16)));
    const mark = proof.code === undefined ? "" : base64(await markOf(proof.code, { role, key, salt }));
    return new Sealer({ role, key, salt, mark }, proof, keys);
  }

  /** The talk with whoever made this offer. Throws RangeError where it is none, or its key is not proved to be the other's. */
  async accept(given: unknown): Promise<SealedTalk> {
    const other = readOffer(given);
    if (other.role === this.offer.role) throw refusal(`its role is ${other.role}, as ours is`);
    const { code, thumbprint } = this.#proof;
    if (code !== undefined && !sameBytes(bytesOf(other.mark), await markOf(code, other))) {
      throw refusal("its key is not marked by the code");
    }
    const shown = await thumbprintOf(other.key);
    if (thumbprint !== undefined && ![thumbprint].flat().includes(shown)) {
      throw refusal("its key is not the one that its token names");
    }
    const ours = this.offer, [caller, callee] = ours.role === "caller" ? [ours, other] : [other, ours];
    const salt = await digest(JSON.stringify([described(caller), described(callee)]));
    const secret = await agree(this.#keys.privateKey, other.key);
    const [sealing, opening] = await Promise.all([
      deriveKey(secret, salt, `from ${ours.role}`),
      deriveKey(secret, salt, `from ${other.role}`),
    ]);
    return new SealedTalk(sealing, opening, { id: base64(salt), thumbprint: shown });
  }
}

/** Both directions of a talk whose keys are agreed on. */
export class SealedTalk {
  /** The same at both ends, and of no other talk. */
  readonly id: string;
  /** Of the other peer's key. */
  readonly thumbprint: string;
  readonly #sealing: CryptoKey;
  readonly #opening: CryptoKey;
  #sent = 0;
  /** The number of the last message that was opened; messages come in order, with gaps where a carrier loses some. */
  #opened = -1;

  constructor(
    sealing: CryptoKey,
    opening: CryptoKey,
    { id, thumbprint }: { readonly id: string; readonly thumbprint: string },
  ) {
    this.id = id;
    this.thumbprint = thumbprint;
    this.#sealing = sealing;
    this.#opening = opening;
  }

  /** A message for the other peer: its number (8 B, big-endian), then the text and its tag. */
  async seal(message: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const iv = ivOf(this.#sent++);
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.#sealing, message);
    const bytes = new Uint8Array(8 + sealed.byteLength);
    bytes.set(iv.subarray(4));
    bytes.set(new Uint8Array(sealed), 8);
    return bytes;
  }

  /** What the other peer sealed. Throws RangeError for what it did not, and for what came before or is older. */
  async open(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    if (bytes.length < 24) throw new RangeError(`Cannot open a message: it has ${bytes.length} B; it needs 24 or more`);
    const number = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0));
    const opened = await this.#decrypt(number, bytes.subarray(8));
    // Looked at after the tag and in the same turn as it is noted: two that are opened at once cannot both be new.
    if (number <= this.#opened) throw new RangeError(`Cannot open a message: number ${number} came before or is late`);
    this.#opened = number;
    return opened;
  }

  async #decrypt(number: number, sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    try {
      if (!Number.isSafeInteger(number)) throw new RangeError("its number is beyond all that are sent");
      const iv = ivOf(number);
      return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, this.#opening, sealed));
    } catch (cause) {
      throw new RangeError("Cannot open a message: the other peer did not seal it", { cause });
    }
  }
}

/** 12 bytes that no other message under the key has. */
function ivOf(number: number): Uint8Array<ArrayBuffer> {
  const iv = new Uint8Array(12);
  new DataView(iv.buffer).setBigUint64(4, BigInt(number));
  return iv;
}

function refusal(why: string): RangeError {
  return new RangeError(`Cannot accept an offer: ${why}; somebody may stand between, so nothing was sent`);
}

type SealKey = SealOffer["key"];

async function publicOf(keys: CryptoKeyPair): Promise<SealKey> {
  const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", keys.publicKey);
  return { kty: "EC", crv: "P-256", x, y };
}

function thumbprintOf({ kty, crv, x, y }: SealKey): Promise<string> {
  const jwk: JWK = { kty, crv, x, y };
  return calculateJwkThumbprint(jwk, "sha256");
}

/** The offer, its parts checked for shape; whether the key is a point of the curve shows in use. */
function readOffer(given: unknown): SealOffer {
  const { role, key, salt, mark } = (given ?? {}) as Readonly<Record<string, unknown>>;
  const { kty, crv, x, y } = (key ?? {}) as Readonly<Record<string, unknown>>;
  if (role !== "caller" && role !== "callee") throw refusal("it has no role");
  if (kty !== "EC" || crv !== "P-256" || !isBase64(x, 43) || !isBase64(y, 43)) throw refusal("its key is not of P-256");
  if (!isBase64(salt, 22)) throw refusal("its salt is not 16 bytes");
  if (mark !== "" && !isBase64(mark, 43)) throw refusal("its mark is not 32 bytes");
  return { role, key: { kty, crv, x, y }, salt, mark };
}

function isBase64(text: unknown, length: number): text is string {
  return typeof text === "string" && text.length === length && /^[\w-]+$/.test(text);
}

/** What the mark is over, and what the keys of the talk are bound to. */
function described({ role, key, salt }: Omit<SealOffer, "mark">): readonly string[] {
  return ["lockstep sealed 1", role, key.x, key.y, salt];
}

async function markOf(code: string, offer: Omit<SealOffer, "mark">): Promise<Uint8Array<ArrayBuffer>> {
  const base = await crypto.subtle.importKey("raw", encoder.encode(code), "PBKDF2", false, ["deriveKey"]);
  const from = { name: "PBKDF2", hash: "SHA-256", salt: bytesOf(offer.salt), iterations: CODE_ROUNDS };
  const hmac = { name: "HMAC", hash: "SHA-256", length: 256 };
  const key = await crypto.subtle.deriveKey(from, base, hmac, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(JSON.stringify(described(offer)))));
}

/** Some runtimes find a key that is no point of the curve where it is imported, some where it is used. */
async function agree(privateKey: CryptoKey, key: SealKey): Promise<ArrayBuffer> {
  try {
    const peerKey = await crypto.subtle.importKey("jwk", { ...key }, CURVE, false, []);
    return await crypto.subtle.deriveBits({ name: "ECDH", public: peerKey }, privateKey, 256);
  } catch {
    throw refusal("its key is no point of P-256");
  }
}

async function deriveKey(secret: ArrayBuffer, salt: Uint8Array<ArrayBuffer>, info: string): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const from = { name: "HKDF", hash: "SHA-256", salt, info: encoder.encode(info) };
  return await crypto.subtle.deriveKey(from, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

async function digest(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

/** In a time that does not tell where they differ. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length && i < b.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}
