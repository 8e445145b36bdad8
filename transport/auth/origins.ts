import { LINK_HEADER, POST_HEADER } from "../link/http_headers.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { canonicalIpv6 } from "./addresses.ts";

/** From where a server may be used. */
export interface OriginOptions {
  /** Names under which it may be asked for, without port: "localhost", "lab.example", "[::1]". Those of loopback where absent. */
  readonly hosts?: readonly string[];
  /** The port that it listens at; requests for another are refused. Behind a proxy, the port that is asked for. */
  readonly port: number;
  /** Requests come by TLS: the server's own, or a proxy's. */
  readonly tls?: boolean;
  /** Other pages that may use it, each exact: "https://desk.example". None where absent; there is no wildcard. */
  readonly origins?: readonly string[];
}

/** What of a request is looked at; names of headers in lower case, as `Headers` takes them. */
export interface RequestHeaders {
  get(name: string): string | null;
}

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Who may ask: requests must name this server as their host, and come from its own page, from a page that is listed, or from no
 * page at all. On loopback too: a page whose name is pointed at 127.0.0.1 (DNS rebinding) reaches the port, but sends its own
 * name as host.
 *
 * | call | cost |
 * |---|---|
 * | `check` | constant |
 *
 * @example
 * ```ts
 * import { Origins } from "./origins.ts";
 * const origins = new Origins({ port: 8787 });
 * origins.check(new Headers({ host: "localhost:8787", origin: "http://localhost:8787" }));
 * let refused = false;
 * try {
 *   origins.check(new Headers({ host: "evil.example:8787" }));
 * } catch {
 *   refused = true;
 * }
 * if (!refused) throw new Error("unexpected");
 * ```
 */
export class Origins {
  readonly #hosts: ReadonlySet<string>;
  readonly #listed: ReadonlySet<string>;
  readonly #port: number;
  readonly #scheme: "http:" | "https:";

  /** Throws RangeError for a host or an origin that is none, and for wildcards. */
  constructor({ hosts = LOOPBACK, port, tls = false, origins = [] }: OriginOptions) {
    this.#port = port;
    this.#scheme = tls ? "https:" : "http:";
    this.#hosts = new Set(hosts.map((host) => {
      const found = parseHost(host);
      if (found === undefined || found.port !== undefined) {
        throw new RangeError(`Cannot serve as ${host}: it is no host's name; write it without scheme and port`);
      }
      return found.name;
    }));
    this.#listed = new Set(origins.map((origin) => {
      if (parseOrigin(origin) === undefined) {
        throw new RangeError(`Cannot allow origin ${origin}: it is none; write one in full, as https://desk.example`);
      }
      return origin;
    }));
  }

  /** Throws ProtocolError ORIGIN_REFUSED for a request that may not be. */
  check(headers: RequestHeaders, method = "GET"): void {
    const host = parseHost(headers.get("host") ?? "");
    const port = host?.port ?? (this.#scheme === "https:" ? 443 : 80);
    if (host === undefined || !this.#hosts.has(host.name) || port !== this.#port) {
      throw refused(`its Host is none of this server's names at port ${this.#port}; --host-name adds one`);
    }
    const origin = headers.get("origin");
    if (origin !== null) {
      if (!this.#listed.has(origin) && !this.#isOwn(origin, host.name)) throw refused("its Origin is not on the list");
      return;
    }
    // Images, scripts and forms of other pages send no Origin with GET, but browsers say whose they are.
    const site = headers.get("sec-fetch-site");
    if (site === null || site === "same-origin" || site === "none") return;
    const opened = method === "GET" && headers.get("sec-fetch-mode") === "navigate" &&
      headers.get("sec-fetch-dest") === "document";
    if (!opened) throw refused("another page asks for it");
  }

  /** Headers that let a listed page read the answer (CORS), and "Vary"; of others just "Vary". */
  corsHeaders(headers: RequestHeaders): Record<string, string> {
    const origin = headers.get("origin");
    if (origin === null || !this.#listed.has(origin)) return { "vary": "Origin" };
    return { "vary": "Origin", "access-control-allow-origin": origin };
  }

  /** Headers that answer a listed page's question before its request (preflight); cookies are never allowed. */
  preflightHeaders(headers: RequestHeaders): Record<string, string> {
    const cors = this.corsHeaders(headers);
    if (cors["access-control-allow-origin"] === undefined) return cors;
    return {
      ...cors,
      "access-control-allow-methods": "GET, POST, PUT, DELETE",
      "access-control-allow-headers": `authorization, content-type, content-encoding, ${LINK_HEADER}, ${POST_HEADER}`,
      "access-control-max-age": "600",
    };
  }

  #isOwn(origin: string, host: string): boolean {
    const own = parseOrigin(origin);
    return own !== undefined && own.scheme === this.#scheme && own.name === host && own.port === this.#port;
  }
}

interface Host {
  readonly name: string;
  readonly port: number | undefined;
}

/** A Host header: ASCII only, and only as browsers write it. One dot at the end names the same host. */
function parseHost(text: string): Host | undefined {
  const match = /^(?:([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?|\[([0-9a-f:.]+)\])(?::(\d{1,5}))?$/i.exec(text);
  if (match === null || text.length > 255) return undefined;
  const [, name, address, digits] = match;
  const port = digits === undefined ? undefined : Number(digits);
  if (port === 0 || (port ?? 0) > 65_535) return undefined;
  if (name !== undefined) return { name: name.toLowerCase(), port };
  const canonical = canonicalIpv6(address);
  return canonical === undefined ? undefined : { name: `[${canonical}]`, port };
}

/** An Origin header: scheme, host, and a port where it is not the scheme's own; "null" is none. */
function parseOrigin(text: string): { scheme: string; name: string; port: number } | undefined {
  const [, scheme, rest] = /^(https?:)\/\/([^/?#@\\]+)$/.exec(text) ?? [];
  const host = rest === undefined ? undefined : parseHost(rest);
  if (host === undefined) return undefined;
  return { scheme, name: host.name, port: host.port ?? (scheme === "https:" ? 443 : 80) };
}

function refused(why: string): ProtocolError {
  return new ProtocolError("ORIGIN_REFUSED", `Cannot take request: ${why}`);
}
