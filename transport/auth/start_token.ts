import { isLoopback } from "./addresses.ts";
import { checkExposure, type Exposure } from "./exposure.ts";
import { type TokenOptions, Tokens } from "./tokens.ts";

/** The issuer of tokens that are made at a start. */
export const START_ISSUER = "lockstep-start";
const LIFE_MS = 31 * 86_400_000;

/** How a server is entered. */
export interface Access {
  readonly tokens: Tokens;
  /** The token that was made for this start, with every scope; undefined where configuration names issuers. */
  readonly token?: string;
}

/**
 * Makes ready who may come in: by tokens of the issuers that configuration names; where it names none, by one token that is made
 * now, on loopback alone. Its secret is nowhere but in memory, so it is worth nothing after the next start.
 *
 * Throws RangeError where no issuer is named off loopback, and for an {@linkcode Exposure} that is not safe.
 *
 * @example
 * ```ts
 * import { makeAccess, startUrl } from "./start_token.ts";
 * const options = { audience: "lockstep", issuers: [], now: () => Date.now() };
 * const { tokens, token } = await makeAccess(options, { host: "127.0.0.1", encrypted: false });
 * if ((await tokens.verify(token!)).scopes[0] !== "admin") throw new Error("unexpected");
 * if (!startUrl("http://localhost:8787/", token).startsWith("http://localhost:8787/#token=")) throw new Error("unexpected");
 * ```
 */
export async function makeAccess(options: TokenOptions, exposure: Exposure): Promise<Access> {
  checkExposure(exposure, options.issuers.length === 0 ? [{}] : options.issuers);
  if (options.issuers.length > 0) return { tokens: new Tokens(options) };
  if (!isLoopback(exposure.host)) {
    throw new RangeError(
      `Cannot serve on ${exposure.host}: no token is configured; bind 127.0.0.1, or name an issuer of tokens`,
    );
  }
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const tokens = new Tokens({
    ...options,
    lifeMsMax: LIFE_MS,
    issuers: [{ issuer: START_ISSUER, keyId: "start", secret }],
  });
  return { tokens, token: await tokens.mint({ name: "start", scopes: ["admin"], lifeMs: LIFE_MS }) };
}

/** The page's address with its token in the fragment, which browsers keep to themselves: what the start line prints. */
export function startUrl(url: string, token: string | undefined): string {
  return token === undefined ? url : `${url}#token=${token}`;
}
