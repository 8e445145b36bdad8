import type { Caller, CheckCaller } from "../link/caller.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { clientAddress } from "./addresses.ts";
import type { Door } from "./door.ts";
import type { Principal } from "./principal.ts";

/** What callers are met with. */
export interface CallersOptions {
  readonly door: Pick<Door, "request" | "token" | "refresh">;
  /** Addresses of proxies that are trusted to name their clients. */
  readonly proxies?: readonly string[];
}

/**
 * The door as carriers and hubs use it: `check` goes to each carrier that accepts links, `authenticate` is asked when a link's
 * hello has come.
 *
 * A page that may not be here, and who comes too often, get an HTTP status and no link. Whose token is wrong gets a link that is
 * closed with the error's code: a browser tells its page nothing else.
 */
export class Callers {
  readonly #door: CallersOptions["door"];
  readonly #proxies: readonly string[];
  readonly #principals = new WeakMap<Caller, Principal>();

  constructor({ door, proxies = [] }: CallersOptions) {
    this.#door = door;
    this.#proxies = proxies;
  }

  /** Looks at a caller before it gets a link. */
  readonly check: CheckCaller = async (caller) => {
    const { headers, url } = caller;
    try {
      const principal = await this.#door.request({ headers, url: url.href, address: this.addressOf(caller) });
      if (principal !== undefined) this.#principals.set(caller, principal);
      return undefined;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const { code, category, message } = error.data;
      const status = category === "authorisation" ? 403 : category === "limit" ? 429 : undefined;
      return { code, reason: message, ...status === undefined ? {} : { status } };
    }
  };

  /**
   * Who a caller is, by the request that asked for its link, or else by the token of its hello; where both came they are the same
   * person's. Throws ProtocolError TOKEN_MISSING where neither did, and what {@linkcode Door.token} throws.
   */
  async authenticate(caller: Caller, token: string | undefined): Promise<Principal> {
    const known = this.#principals.get(caller), address = this.addressOf(caller);
    if (token !== undefined) {
      return known ? await this.#door.refresh(known, token, address) : await this.#door.token(token, address);
    }
    if (known === undefined) throw new ProtocolError("TOKEN_MISSING", "Cannot connect: no token came");
    return known;
  }

  /** The address that limits and logs count a caller by. */
  addressOf({ remote, headers }: Pick<Caller, "remote" | "headers">): string {
    return clientAddress(remote, headers.get("x-forwarded-for"), this.#proxies);
  }
}
