import { Buffer } from "node:buffer";
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** What a ticket is for. */
export interface TicketRequest {
  /** The one peer id that it opens. */
  readonly peer: string;
  /** Rooms in which the peer can be found; none. */
  readonly rooms?: readonly string[];
  /** Who it was given to, for the audit log. */
  readonly name?: string;
}

/** What a genuine ticket says. */
export interface Ticket {
  readonly peer: string;
  readonly rooms: readonly string[];
  readonly name: string;
  /** Tells it from every other ticket, of the same peer too. */
  readonly serial: string;
  /** Wall time in ms since 1970 up to which it opens its id for the first time. */
  readonly expires: number;
}

/** How tickets are made. */
export interface TicketOptions {
  /** 32 bytes or more, for tickets alone. */
  readonly secret: Uint8Array;
  /** Wall time, ms since 1970. */
  readonly now: () => number;
  /** How long a ticket opens its id for the first time; 60,000 ms. */
  readonly lifeMs?: number;
}

/** What peerjs puts into a URL unescaped. */
const PATTERN = /^([A-Za-z0-9_-]{1,1500})\.([A-Za-z0-9_-]{43})$/;

/**
 * Tickets for signalling, which peerjs carries as its `token`: they open one peer id and nothing else, not a session.
 *
 * A ticket is base64url(JSON) "." base64url(HMAC-SHA256 of the part before). It travels in a URL, the one credential that may:
 * after 60 s it is worth nothing to whoever finds it in a log, except while its id is held, when it can take over that id.
 *
 * @example
 * ```ts
 * import { Tickets } from "./tickets.ts";
 *
 * const tickets = new Tickets({ secret: crypto.getRandomValues(new Uint8Array(32)), now: () => Date.now() });
 * const ticket = tickets.verify(tickets.make({ peer: "desk-1", rooms: ["session:paper-1"] }));
 * if (ticket?.peer !== "desk-1") throw new Error("unexpected");
 * ```
 */
export class Tickets {
  readonly #secret: Uint8Array;
  readonly #now: () => number;
  readonly #lifeMs: number;

  /** Throws RangeError for a secret of less than 32 bytes. */
  constructor({ secret, now, lifeMs = 60_000 }: TicketOptions) {
    if (secret.length < 32) {
      throw new RangeError(`Cannot make tickets: the secret has ${secret.length} B; take 32 random ones or more`);
    }
    this.#secret = secret.slice();
    this.#now = now;
    this.#lifeMs = lifeMs;
  }

  /** A new ticket's text. Throws RangeError where it would be too long for a URL. */
  make({ peer, rooms = [], name = "" }: TicketRequest): string {
    const claims = {
      p: peer,
      r: rooms,
      n: name,
      s: randomBytes(12).toString("base64url"),
      e: this.#now() + this.#lifeMs,
    };
    const body = new TextEncoder().encode(JSON.stringify(claims));
    const head = Buffer.from(body).toString("base64url");
    if (head.length > 1500) {
      throw new RangeError(`Cannot make a ticket: it has ${head.length} characters; name fewer rooms, 1500 are taken`);
    }
    return `${head}.${this.#sign(head).toString("base64url")}`;
  }

  /** What a ticket says, whether or not it has expired; undefined for what this secret did not make. */
  verify(text: string): Ticket | undefined {
    const parts = PATTERN.exec(text);
    if (!parts) return undefined;
    const [, head, mark] = parts;
    const given = Buffer.from(mark, "base64url");
    if (given.length !== 32 || !timingSafeEqual(given, this.#sign(head))) return undefined;
    const { p, r, n, s, e } = JSON.parse(Buffer.from(head, "base64url").toString());
    return { peer: p, rooms: r, name: n, serial: s, expires: e };
  }

  #sign(head: string): Buffer {
    return createHmac("sha256", this.#secret).update(head).digest();
  }
}
