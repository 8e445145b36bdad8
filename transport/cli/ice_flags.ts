import { EXIT, Failure } from "../../engine/run/cli/mod.ts";
import { secretFile } from "../../engine/run/secret_file.ts";
import { personOf } from "../auth/mod.ts";
import type { ServerOptions } from "../host/server_options.ts";
import { iceServersFor } from "../signal/ice_servers.ts";

/** Flags that say by whose help data channels find their way. */
export interface IceFlags {
  readonly peers?: boolean;
  readonly stun?: readonly string[];
  readonly turn?: readonly string[];
  /** A file with the secret that is shared with the TURN servers. */
  readonly turnSecret?: string;
  readonly relayOnly?: boolean;
}

/** Where the secret is looked for when no file is named. */
export const TURN_SECRET = "LOCKSTEP_TURN_SECRET";

/**
 * What the flags say of STUN and TURN servers, for `Server.start`. The secret comes from a file that nobody else can read or from
 * the environment, never from a flag, as everybody on a machine may see those.
 *
 * Throws Failure for URLs that are none, a secret that is missing or open to others, and flags that do not go together.
 */
export function iceOptions(
  flags: IceFlags,
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): Pick<ServerOptions, "iceServers" | "relayOnly"> {
  const { peers, stun, turn, turnSecret, relayOnly } = flags;
  if (!stun && !turn && !relayOnly && turnSecret === undefined) return {};
  if (peers === false) throw usage("--no-peers takes no data channels; leave out --stun, --turn and --relay-only");
  if (turnSecret !== undefined && !turn) throw usage("--turn-secret is for TURN servers; name one by --turn");
  const secret = turn && (turnSecret === undefined ? env(TURN_SECRET)?.trim() : readSecret(turnSecret));
  if (turn && !secret) throw usage(`--turn needs the secret shared with it: --turn-secret FILE, or ${TURN_SECRET}`);
  try {
    const serversOf = iceServersFor({ stun, turn, secret, relayOnly, now: () => Date.now() });
    return { iceServers: (principal) => serversOf(personOf(principal)), relayOnly };
  } catch (error) {
    if (error instanceof RangeError) throw usage(error.message);
    throw error;
  }
}

function readSecret(path: string): string {
  let secret;
  try {
    secret = secretFile(path, "the TURN secret").trim();
  } catch (error) {
    throw new Failure(EXIT.INPUT, (error as Error).message, { cause: error });
  }
  if (secret === "") throw new Failure(EXIT.INPUT, `Cannot use the TURN secret of ${path}: it is empty`);
  return secret;
}

function usage(why: string): Failure {
  return new Failure(EXIT.USAGE, why);
}
