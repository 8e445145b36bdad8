import { PROTOCOL_VERSION } from "../protocol/codec.ts";
import type { ClientHello } from "./attempt.ts";
import type { ClientOptions } from "./options.ts";

/**
 * What a client says first: who it is, and where it stands. The connector adds which connection it goes on with, and leaves out
 * what is undefined.
 */
export function helloOf(
  { name = "lockstep-client", session, timing, compression }: ClientOptions,
  token: string | undefined,
  positions: NonNullable<ClientHello["positions"]>,
): Omit<ClientHello, "connection"> {
  return {
    protocol: PROTOCOL_VERSION,
    client: name,
    token,
    session,
    timing,
    compression: compression && [compression],
    positions: positions.length > 0 ? positions : undefined,
  };
}
