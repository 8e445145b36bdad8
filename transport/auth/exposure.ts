import { isLoopback } from "./addresses.ts";
import { narrowed, parseScope } from "./scopes.ts";

/** Where a server listens, and what protects what it sends. */
export interface Exposure {
  /** The address it binds: "127.0.0.1", "0.0.0.0". */
  readonly host: string;
  /** TLS by the server itself, or by a proxy in front of it. */
  readonly encrypted: boolean;
  /** Said by configuration: trading over plain text off loopback is wanted all the same. */
  readonly plainTextTrade?: boolean;
}

/**
 * Refuses to begin what would send credentials that can trade over a network in plain text. `issuers` are those of the tokens;
 * one that is bound to reading does no harm.
 *
 * Throws RangeError that says what to do.
 *
 * @example
 * ```ts
 * import { checkExposure } from "./exposure.ts";
 * checkExposure({ host: "127.0.0.1", encrypted: false }, [{}]);
 * checkExposure({ host: "0.0.0.0", encrypted: false }, [{ scopesMax: ["read"] }]);
 * let refused = false;
 * try {
 *   checkExposure({ host: "0.0.0.0", encrypted: false }, [{}]);
 * } catch {
 *   refused = true;
 * }
 * if (!refused) throw new Error("unexpected");
 * ```
 */
export function checkExposure(
  { host, encrypted, plainTextTrade = false }: Exposure,
  issuers: readonly { readonly scopesMax?: readonly string[] }[],
): void {
  if (isLoopback(host) || encrypted || plainTextTrade) return;
  if (issuers.every(({ scopesMax }) => scopesMax !== undefined && readsOnly(scopesMax))) return;
  throw new RangeError(
    `Cannot serve on ${host}: tokens that can trade would travel in plain text; give a certificate and its key, bind ` +
      "127.0.0.1, bind the issuers to read, or allow trading in plain text expressly",
  );
}

/**
 * What is left of scopes for a connection: all where nobody can listen in, else what reads.
 *
 * A server that was begun safely may still be reached by a way that is not, as behind a proxy that speaks TLS to some alone.
 */
export function exposedScopes(
  scopes: readonly string[],
  { address, encrypted, plainTextTrade = false }: Omit<Exposure, "host"> & { readonly address: string },
): readonly string[] {
  return encrypted || plainTextTrade || isLoopback(address) ? scopes : narrowed(scopes, ["read"]);
}

function readsOnly(scopes: readonly string[]): boolean {
  return scopes.every((scope) => parseScope(scope)?.action === "read");
}
