import type { ProtocolError } from "../protocol/errors.ts";
import type { Timers } from "../link/timers.ts";
import type { ClockOffset } from "./clock_offset.ts";
import { linkLost } from "./server_error.ts";

/** A token, or where to get one: called again for each connection that needs a new one, and before the old one runs out. */
export type TokenSource = string | (() => string | Promise<string>);

/** The part of a token's life after which a new one is asked for, and the shortest time between two. */
const LIFE = 0.8, LEAST_MS = 1000;
/** Timers of the platforms take no more than 2^31 − 1 ms. */
const MOST_MS = 2_000_000_000;

/**
 * When a JSON Web Token runs out, in ms since 1970; undefined where it does not say, or is none. It is only read, never trusted:
 * the server alone checks tokens.
 */
export function expiryOf(token: string): number | undefined {
  const payload = token.split(".")[1];
  if (payload === undefined) return undefined;
  try {
    const { exp } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    return typeof exp === "number" && Number.isFinite(exp) ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

/** How long to wait before a token that runs out at `expires` is changed for another, in ms; both by one clock. */
export function refreshInMs(expires: number, now: number): number {
  return Math.min(MOST_MS, Math.max(LEAST_MS, (expires - now) * LIFE));
}

/** What a keeper is made with. */
export interface TokenHost {
  readonly clock: Timers;
  readonly offset: ClockOffset;
  /** Gives the server a token over the link that is there; resolves with when it runs out, in ms since 1970. */
  send(token: string): Promise<number | null>;
  failed(error: ProtocolError): void;
}

/** Holds the token, and changes it for another before it runs out, over the link that is there. */
export class TokenKeeper {
  readonly #source: TokenSource | undefined;
  readonly #host: TokenHost;
  #token: string | undefined;
  #cancel: (() => void) | undefined;
  #running = false;

  constructor(source: TokenSource | undefined, host: TokenHost) {
    this.#source = source;
    this.#host = host;
  }

  /** Whether another can be had. */
  get renewable(): boolean {
    return typeof this.#source === "function";
  }

  /** The token for a hello; `renew`: the last one is no good. Rejects as its source does. */
  async current(renew: boolean): Promise<string | undefined> {
    if (typeof this.#source === "string") return this.#token ??= this.#source;
    if (this.#source && (renew || this.#token === undefined || this.#runsOut())) {
      this.#token = await this.#fetch(this.#source);
    }
    return this.#token;
  }

  /** A connection stands: the token is watched. */
  start(): void {
    this.#running = true;
    this.#watch(this.#token === undefined ? undefined : expiryOf(this.#token));
  }

  /** None does. */
  stop(): void {
    this.#running = false;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Gives the server another token: this one, or the source's. */
  async refresh(given?: string): Promise<void> {
    const source = this.#source;
    const token = given ?? (typeof source === "function" ? await this.#fetch(source) : undefined);
    if (token === undefined) {
      throw new TypeError("Cannot refresh the token: there is none; give one, or a function as token");
    }
    this.#token = token;
    if (!this.#running) return;
    const expires = await this.#host.send(token);
    if (this.#running) this.#watch(expires ?? expiryOf(token));
  }

  #watch(expires: number | undefined): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (expires === undefined || !this.renewable) return;
    const { clock, offset } = this.#host;
    this.#cancel = clock.after(refreshInMs(expires, clock.now() + offset.ms), () => {
      this.#cancel = undefined;
      this.refresh().catch((error: unknown) => {
        this.#host.failed(linkLost("get a token", error));
        if (this.#running) this.#watch(expires);
      });
    });
  }

  #runsOut(): boolean {
    const expires = this.#token === undefined ? undefined : expiryOf(this.#token);
    const { clock, offset } = this.#host;
    return expires !== undefined && expires <= clock.now() + offset.ms + LEAST_MS;
  }

  /** A source that fails is as a network that fails: it may do better the next time. */
  async #fetch(source: () => string | Promise<string>): Promise<string> {
    try {
      return await source();
    } catch (error) {
      throw linkLost("get a token", error);
    }
  }
}
