import { ProtocolError } from "../protocol/errors.ts";
import type { Audit } from "./audit.ts";
import { exposedScopes } from "./exposure.ts";
import type { Origins, RequestHeaders } from "./origins.ts";
import { isSamePerson, type Principal } from "./principal.ts";
import type { RateLimits } from "./rate_limit.ts";
import { allows, lackText, type Need } from "./scopes.ts";
import { tokenFrom } from "./token_from.ts";
import type { Tokens } from "./tokens.ts";

/** What a door is made of. */
export interface DoorOptions {
  readonly tokens: Pick<Tokens, "verify">;
  readonly origins: Origins;
  readonly rates: RateLimits;
  /** Wall time, ms since 1970. */
  readonly now: () => number;
  /** What comes is encrypted: by the server itself, or by a proxy in front of it. */
  readonly encrypted: boolean;
  readonly plainTextTrade?: boolean;
  readonly audit?: Pick<Audit, "record">;
}

/** Somebody who wants to come in: an HTTP request, an upgrade to WebSocket too. */
export interface Knock {
  readonly headers: RequestHeaders;
  readonly url: string;
  readonly method?: string;
  /** The client's address; see `clientAddress` where a proxy stands between. */
  readonly address: string;
}

/**
 * Where all come in, by every carrier: it checks origin and host, counts attempts that fail, verifies tokens, and says what a
 * principal may do.
 *
 * The host asks `request` at each HTTP request and upgrade; where that gives nobody, the first message must bring a token, which
 * goes to `token`. Then `permit` is asked at every subscription and command, and `refresh` when a client sends a new token.
 *
 * | call | cost |
 * |---|---|
 * | `permit` | the principal's scopes, 64 at most |
 * | others | one signature |
 */
export class Door {
  readonly #options: DoorOptions;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /**
   * Whom a request comes from; undefined where it brings no token.
   *
   * Throws ProtocolError ORIGIN_REFUSED, RATE_EXCEEDED, or what {@linkcode Tokens.verify} throws.
   */
  async request({ headers, url, method, address }: Knock): Promise<Principal | undefined> {
    const { origins, rates } = this.#options;
    const wait = rates.take("connections", { address });
    if (wait > 0) throw new ProtocolError("RATE_EXCEEDED", "Cannot take request: too many come from its address", wait);
    try {
      origins.check(headers, method);
    } catch (error) {
      // A stranger's page can ask without end; the log is not its to fill.
      if (rates.take("attempts", { address }) === 0) this.#record("origin", address, error);
      throw error;
    }
    const token = await this.#counted(address, () => tokenFrom(headers, url));
    return token === undefined ? undefined : await this.token(token, address);
  }

  /** Whom a token is for. Throws ProtocolError as `request` does. */
  async token(token: string, address: string): Promise<Principal> {
    const { tokens, encrypted, plainTextTrade, audit } = this.#options;
    const principal = await this.#counted(address, () => tokens.verify(token));
    audit?.record({ principal, address, action: "login", outcome: "done" });
    const scopes = exposedScopes(principal.scopes, { address, encrypted, plainTextTrade });
    return scopes.join() === principal.scopes.join() ? principal : { ...principal, scopes, plainText: true };
  }

  /** Who a connection is from now on, by a newer token of the same person. Throws ProtocolError TOKEN_INVALID for another's. */
  async refresh(before: Principal, token: string, address: string): Promise<Principal> {
    const after = await this.token(token, address);
    if (!isSamePerson(before, after)) {
      throw new ProtocolError("TOKEN_INVALID", "Cannot go on by this token: it is for somebody else");
    }
    return after;
  }

  /** Throws ProtocolError SCOPE_MISSING for what a principal may not do, and TOKEN_EXPIRED for one whose time is over. */
  permit(principal: Principal, need: Need): void {
    if (principal.expires !== undefined && principal.expires <= this.#options.now()) {
      throw new ProtocolError("TOKEN_EXPIRED", "Cannot go on: the token has expired");
    }
    if (!allows(principal, need)) {
      throw new ProtocolError("SCOPE_MISSING", `Cannot allow this: the token lacks ${lackText(principal, need)}`);
    }
  }

  /**
   * Does what may fail for want of a good token, and counts where it does. Those who only fail to be known pay, and a good token
   * is taken whoever else guesses at its address: on loopback that is everybody's, and a stranger's page can have a browser
   * ask with wrong ones. Signatures cannot be guessed; how many come at once is bounded by the rate of connections.
   */
  async #counted<Value>(address: string, attempt: () => Value | Promise<Value>): Promise<Value> {
    const { rates } = this.#options;
    try {
      return await attempt();
    } catch (error) {
      // A token that has run out is no guess: a client that sleeps comes back with one.
      const guessed = error instanceof ProtocolError && !["TOKEN_EXPIRED", "FAILED"].includes(error.data.name);
      const wait = guessed ? rates.take("attempts", { address }) : 0;
      if (wait > 0) {
        throw new ProtocolError(
          "RATE_EXCEEDED",
          "Cannot take token: too many that were wrong came from its address",
          wait,
        );
      }
      this.#record("login", address, error);
      throw error;
    }
  }

  #record(action: string, address: string, error: unknown): void {
    const { data, message } = error as ProtocolError;
    this.#options.audit?.record({ address, action, outcome: "refused", code: data?.code, detail: message });
  }
}
