import { turnCredentials } from "./turn_credentials.ts";

/** Servers that help peers to find a way to each other. */
export interface IceServersOptions {
  /** "stun:stun.example:3478": they tell a peer what address it is seen by. */
  readonly stun?: readonly string[];
  /** "turn:turn.example:3478", "turns:…", with `?transport=tcp` perhaps: they relay. */
  readonly turn?: readonly string[];
  /** The secret that is shared with the TURN servers; needed where there are any. */
  readonly secret?: string;
  /** How long credentials are good, s; 3600. */
  readonly ttlSeconds?: number;
  /** Whether only ways through a TURN server are to be taken; one of them must speak UDP then. */
  readonly relayOnly?: boolean;
  /** Wall time, ms since 1970. */
  readonly now: () => number;
}

/** One entry of `iceServers`, as browsers take it. */
export interface IceServer {
  readonly urls: string;
  readonly username?: string;
  readonly credential?: string;
}

/** Long names are cut: TURN has 513 bytes for all of it. */
const NAME_MAX = 200;

/**
 * Who gives `iceServers` to whoever is named, with credentials that end by themselves; the name goes into the TURN server's log.
 *
 * Throws RangeError, which names the value, for a URL that is none, for TURN servers without a secret, and for `relayOnly` without
 * a TURN server by UDP: the native stack speaks to no other.
 *
 * @example
 * ```ts
 * import { iceServersFor } from "./ice_servers.ts";
 *
 * const serversOf = iceServersFor({ turn: ["turn:turn.example"], secret: "shared", now: () => 1_700_000_000_000 });
 * const [{ urls, username }] = serversOf("ann");
 * if (urls !== "turn:turn.example" || username !== "1700003600:ann") throw new Error(username);
 * ```
 */
export function iceServersFor(options: IceServersOptions): (name: string) => IceServer[] {
  const { stun = [], turn = [], secret = "", ttlSeconds, relayOnly = false, now } = options;
  for (const url of stun) checkUrl(url, STUN, "stun:stun.example:3478");
  for (const url of turn) checkUrl(url, TURN, "turn:turn.example:3478 or turns:turn.example?transport=tcp");
  if (turn.length > 0 && secret === "") {
    throw new RangeError(`Cannot use ${turn[0]}: the secret that is shared with it is missing`);
  }
  if (relayOnly && !turn.some((url) => url.startsWith("turn:") && !url.endsWith("=tcp"))) {
    throw new RangeError("Cannot relay only: no TURN server by UDP is named; name one as turn:turn.example:3478");
  }
  return (name) => {
    const plain = encodeURIComponent(name).slice(0, NAME_MAX);
    const credentials = () => turnCredentials({ secret, name: plain, ttlSeconds, now: now() });
    return [...stun.map((urls) => ({ urls })), ...turn.map((urls) => ({ urls, ...credentials() }))];
  };
}

const HOST = String.raw`[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?`;
const STUN = new RegExp(`^stun:${HOST}(?::(\\d{1,5}))?$`);
const TURN = new RegExp(`^turns?:${HOST}(?::(\\d{1,5}))?(?:\\?transport=(?:udp|tcp))?$`);

/** IPv6 addresses are not taken: the native stack reads none in a URL. */
function checkUrl(url: string, form: RegExp, example: string): void {
  const match = form.exec(url);
  if (match && (match[1] === undefined || (Number(match[1]) > 0 && Number(match[1]) < 65_536))) return;
  throw new RangeError(`Cannot use ICE server ${url}: write it as ${example}, its host a name or an IPv4 address`);
}
