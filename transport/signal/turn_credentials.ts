import { createHmac } from "node:crypto";

/** Whom a TURN server is to let in, and how long. */
export interface TurnRequest {
  /** The secret that is shared with the TURN server (coturn's `static-auth-secret`). */
  readonly secret: string;
  /** Who it is, for the TURN server's log; no colon. */
  readonly name: string;
  /** 3600. */
  readonly ttlSeconds?: number;
  /** Wall time, ms since 1970. */
  readonly now: number;
}

/**
 * Credentials of a TURN server that end by themselves: the name is "end in s since 1970:name", the credential is
 * base64(HMAC-SHA1(secret, name)), as the common REST scheme of TURN servers has it. They go into `iceServers`.
 *
 * Throws RangeError for a name with a colon and for a life of nothing.
 *
 * @example
 * ```ts
 * import { turnCredentials } from "./turn_credentials.ts";
 *
 * const { username } = turnCredentials({ secret: "shared", name: "ann", ttlSeconds: 600, now: 1_700_000_000_000 });
 * if (username !== "1700000600:ann") throw new Error(username);
 * ```
 */
export function turnCredentials(
  { secret, name, ttlSeconds = 3600, now }: TurnRequest,
): { readonly username: string; readonly credential: string } {
  if (name.includes(":")) throw new RangeError(`Cannot make credentials: name is ${name}; leave out the colon`);
  if (!(ttlSeconds > 0)) throw new RangeError(`Cannot make credentials: ttlSeconds is ${ttlSeconds}; give more than 0`);
  const username = `${Math.floor(now / 1000) + ttlSeconds}:${name}`;
  return { username, credential: createHmac("sha1", secret).update(username).digest("base64") };
}
