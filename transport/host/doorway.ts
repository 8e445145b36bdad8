import {
  Callers,
  type ConnectionLimits,
  type Door,
  LimitedLink,
  type OpenConnection,
  personOf,
  type Principal,
  type RateLimits,
} from "../auth/mod.ts";
import { greet, type Hub, refuseLink } from "../hub/mod.ts";
import type { Caller } from "../link/caller.ts";
import type { Link } from "../link/link.ts";
import { loadCodec } from "../protocol/codecs.ts";
import { ProtocolError } from "../protocol/errors.ts";

/** What a doorway is made of. */
export interface DoorwayOptions {
  readonly door: Door;
  readonly rates: RateLimits;
  readonly connections: ConnectionLimits;
  /** Addresses of proxies that are trusted to name their clients. */
  readonly proxies?: readonly string[];
  /** The hub of the session that is asked for; throws ProtocolError where there is none for this principal. */
  readonly hubOf: (session: string | undefined, principal: Principal) => Hub;
  /** Hears of what is no fault of the client's. */
  readonly onFault: (error: unknown) => void;
}

/**
 * The way in for links of all carriers: each is counted, limited, greeted, and given to the hub of the session that it asks for.
 *
 * `callers.check` is what carriers ask before there is a link, and `admit` takes the links.
 *
 * | call | cost |
 * |---|---|
 * | `admit` | what a token costs; then a frame costs six buckets, see LimitedLink |
 */
export class Doorway {
  readonly callers: Callers;
  readonly #options: DoorwayOptions;
  /** Links so far: their names in tables of rates. */
  #links = 0;

  constructor(options: DoorwayOptions) {
    this.#options = options;
    this.callers = new Callers(options);
  }

  /** What all carriers do with a caller, and with its link. */
  get acceptance(): { check: Callers["check"]; onLink: (link: Link, caller: Caller) => void } {
    return { check: this.callers.check, onLink: (link, caller) => void this.admit(link, caller) };
  }

  /** Takes a link; resolves when its client was greeted, or let go. It never rejects. */
  async admit(link: Link, caller: Caller): Promise<void> {
    const { rates, connections, hubOf, onFault } = this.#options, address = this.callers.addressOf(caller);
    try {
      const codec = await loadCodec(caller.codec);
      let open: OpenConnection;
      try {
        open = connections.enter(address, () => link.terminate());
      } catch (error) {
        return refuseLink(link, codec, error);
      }
      const limited = new LimitedLink(link, rates, { connection: `${++this.#links}`, address }, () => open.close());
      await greet(limited, codec, {
        authenticate: async ({ token }) => {
          const principal = await this.callers.authenticate(caller, token), user = personOf(principal);
          const wait = rates.take("connections", { user });
          if (wait > 0) throw new ProtocolError("RATE_EXCEEDED", "Cannot connect: too many of this user's came", wait);
          open.prove(user);
          limited.user = user;
          return principal;
        },
        hubOf,
      });
    } catch (error) {
      onFault(error);
    }
  }
}
