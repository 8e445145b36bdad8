import type { Link } from "../link/link.ts";
import { bytesOf } from "../link/_endpoint.ts";
import { systemTimers, type Timers } from "../link/timers.ts";
import { ERRORS } from "../protocol/errors.ts";
import { type SealedTalk, Sealer, type SealProof, type SealRole } from "../signal/sealed.ts";
import { Inbox } from "./inbox.ts";

/** How a link is sealed. */
export interface SealLinkOptions {
  /** Who dialled is the caller, who was dialled the callee. */
  readonly role: SealRole;
  /** How the other end's key is known to be its own: a join code, or thumbprints. */
  readonly proof: SealProof;
  /** One's own keys, where a token names them; made for this link where absent. */
  readonly keys?: CryptoKeyPair;
  /** What one calls oneself to the other end; "". */
  readonly name?: string;
  /** How long the other end may take to prove its key, ms; 10,000. */
  readonly timeoutMs?: number;
  /** The machine's. */
  readonly after?: Timers["after"];
}

/** A link whose messages nobody between its ends can read. */
export interface SealedLink {
  /** What the other end calls itself. */
  readonly name: string;
  /** The same at both ends, and of no other link. */
  readonly id: string;
  /** Of the other end's key. */
  readonly thumbprint: string;
  /** Messages of the other end, in order; ends with the link. Throws RangeError for one that the other end did not seal. */
  readonly messages: AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Seals a message and hands it over. Rejects with RangeError where more than 4 MiB wait for that already. */
  send(message: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): void;
}

/** Bytes that wait to be sealed, and to be opened, at most: a link that brings more is cut. */
const WAITING_BYTES_MAX = 4_194_304;
const encoder = new TextEncoder(), decoder = new TextDecoder();

/**
 * Seals a link between two peers: each sends an offer, takes the other's, and says its name by the keys that come of both, which
 * proves them. Any link will do that carries bytes: over a data channel, or through a relay that reads nothing.
 *
 * Rejects with RangeError where the other end's key is not proved to be its own, or nothing comes of it in time; the link is closed
 * then, and nothing but an offer was sent.
 *
 * @example
 * ```ts
 * import { memoryPair } from "../link/memory.ts";
 * import { makeJoinCode } from "../signal/sealed.ts";
 * import { sealLink } from "./sealed_link.ts";
 *
 * const proof = { code: makeJoinCode() }, [one, other] = memoryPair();
 * const [ann, bob] = await Promise.all([
 *   sealLink(one, { role: "caller", proof, name: "ann" }),
 *   sealLink(other, { role: "callee", proof, name: "bob" }),
 * ]);
 * await ann.send(new TextEncoder().encode("hello"));
 * for await (const message of bob.messages) {
 *   if (new TextDecoder().decode(message) !== "hello" || bob.name !== "ann") throw new Error("unexpected");
 *   ann.close();
 * }
 * ```
 */
export async function sealLink(link: Link, options: SealLinkOptions): Promise<SealedLink> {
  const { role, proof, keys, name = "", timeoutMs = 10_000, after = systemTimers.after } = options;
  const inbox = new Inbox(link, WAITING_BYTES_MAX);
  const cancel = after(timeoutMs, () => link.terminate());
  try {
    const sealer = await Sealer.make(role, proof, keys);
    link.send(encoder.encode(JSON.stringify(sealer.offer)));
    const talk = await sealer.accept(offerOf(await came(inbox)));
    link.send(await talk.seal(encoder.encode(name)));
    const other = decoder.decode(await talk.open(await came(inbox)));
    return new Sealed(link, talk, inbox, other);
  } catch (error) {
    link.close(ERRORS.TOKEN_INVALID[0], "the talk could not be sealed");
    throw error;
  } finally {
    cancel();
  }
}

class Sealed implements SealedLink {
  readonly name: string;
  readonly id: string;
  readonly thumbprint: string;
  readonly #link: Link;
  readonly #talk: SealedTalk;
  readonly #inbox: Inbox;
  /** Messages are handed over in the order in which they were given. */
  #sending: Promise<void> = Promise.resolve();
  #sendingBytes = 0;

  constructor(link: Link, talk: SealedTalk, inbox: Inbox, name: string) {
    this.#link = link;
    this.#talk = talk;
    this.#inbox = inbox;
    this.name = name;
    this.id = talk.id;
    this.thumbprint = talk.thumbprint;
  }

  get messages(): AsyncIterable<Uint8Array<ArrayBuffer>> {
    return this.#opened();
  }

  async send(message: Uint8Array<ArrayBuffer>): Promise<void> {
    const { length } = message;
    if (this.#sendingBytes + length > WAITING_BYTES_MAX) {
      throw new RangeError(`Cannot send ${length} B: ${this.#sendingBytes} B wait already; wait for what was sent`);
    }
    this.#sendingBytes += length;
    const sealed = this.#talk.seal(message);
    const sent = this.#sending.then(async () => this.#link.send(await sealed));
    // Who sent it hears of its fault; those behind it go their way.
    this.#sending = sent.catch(() => {}).finally(() => this.#sendingBytes -= length);
    await sent;
  }

  close(): void {
    this.#link.close(0, "");
  }

  async *#opened(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (let frame = await this.#inbox.next(); frame !== undefined; frame = await this.#inbox.next()) {
      yield await this.#talk.open(frame);
    }
  }
}

/** The next frame. Throws RangeError where the link ends before it. */
async function came(inbox: Inbox): Promise<Uint8Array<ArrayBuffer>> {
  const frame = await inbox.next();
  if (frame) return frame;
  throw new RangeError("Cannot seal: the link ended before the other end had proved its key");
}

function offerOf(frame: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytesOf(frame)));
  } catch {
    return undefined; // no offer either
  }
}
