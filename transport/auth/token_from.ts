import { TOKEN_SUBPROTOCOL } from "../protocol/codec.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { RequestHeaders } from "./origins.ts";

/** Parameters in which people put tokens, and logs, histories and proxies find them. */
const IN_URL = ["token", "access_token", "id_token", "jwt", "auth", "authorization", "bearer"];

/**
 * The token of a request, from its Authorization header or a subprotocol; undefined where it has none, and hello may bring it.
 *
 * Throws ProtocolError TOKEN_INVALID for a token in the URL, and for two that differ: whoever put a proxy's beside a client's
 * would not know which was meant. Cookies are never looked at.
 *
 * @example
 * ```ts
 * import { tokenFrom } from "./token_from.ts";
 * const headers = new Headers({ "sec-websocket-protocol": "lockstep.1.json, lockstep.token.a.b.c" });
 * if (tokenFrom(headers, "/ws") !== "a.b.c") throw new Error("unexpected");
 * ```
 */
export function tokenFrom(headers: RequestHeaders, url: string): string | undefined {
  const query = new URLSearchParams(url.split("#")[0].split("?").slice(1).join("?"));
  if ([...query.keys()].some((name) => IN_URL.includes(name.toLowerCase()))) {
    throw invalid("it is in the URL, where logs keep it; send it as header, subprotocol or in hello");
  }
  const found = new Set(protocolTokens(headers.get("sec-websocket-protocol")));
  const authorization = headers.get("authorization");
  if (authorization !== null) {
    const [, bearer] = /^bearer +([\w.~+/=-]+) *$/i.exec(authorization) ?? [];
    if (bearer === undefined) throw invalid('the Authorization header has another form than "Bearer …"');
    found.add(bearer);
  }
  if (found.size > 1) throw invalid("there are two that differ");
  return [...found][0];
}

function protocolTokens(header: string | null): string[] {
  const offered = (header ?? "").split(",").map((each) => each.trim());
  return offered.filter((each) => each.startsWith(TOKEN_SUBPROTOCOL)).map((each) =>
    each.slice(TOKEN_SUBPROTOCOL.length)
  );
}

function invalid(why: string): ProtocolError {
  return new ProtocolError("TOKEN_INVALID", `Cannot take token: ${why}`);
}
