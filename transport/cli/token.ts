import { type Cli, EXIT, Failure } from "../../engine/run/cli/mod.ts";
import { parseDuration } from "../../engine/venue/latency.ts";
import { Tokens } from "../auth/mod.ts";
import { readTokenFile } from "./token_file.ts";

/** Flags of `token`. */
export interface TokenFlags {
  readonly tokens?: string;
  readonly name?: string;
  readonly scope?: readonly string[];
  readonly life: string;
  readonly issuer?: string;
  readonly secret?: boolean;
}

/** A server takes no token that lives longer. */
const LIFE_MS_MAX = 31 * 86_400_000;

/** Prints a token that an issuer with a secret makes, or a new secret for one. Throws Failure for flags that do not fit. */
export async function printToken(cli: Cli, flags: TokenFlags): Promise<void> {
  const { tokens: path, name, scope = ["read"], life, issuer, secret } = flags;
  if (secret) {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    return cli.say(bytes.toBase64({ alphabet: "base64url", omitPadding: true }));
  }
  if (path === undefined || name === undefined) {
    throw new Failure(EXIT.USAGE, "a token is for somebody, by an issuer: give --tokens FILE and --name NAME");
  }
  const lifeMs = Number(parseDuration(life)) / 1e6;
  if (!(lifeMs >= 1000 && lifeMs <= LIFE_MS_MAX)) {
    throw new Failure(EXIT.USAGE, `a token cannot be good for ${life}: from 1s to 31d, as 90m or 8h`);
  }
  const { audience = "lockstep", issuers } = readTokenFile(path);
  try {
    const tokens = new Tokens({ audience, issuers, now: () => Date.now() });
    cli.say(await tokens.mint({ name, scopes: scope, lifeMs, issuer }));
  } catch (error) {
    if (error instanceof RangeError) throw new Failure(EXIT.USAGE, error.message, { cause: error });
    throw error;
  }
}
