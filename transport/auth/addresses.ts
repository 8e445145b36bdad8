/**
 * Whether an address, or the name "localhost", is this machine's own and reaches nobody else.
 *
 * @example
 * ```ts
 * import { isLoopback } from "./addresses.ts";
 * if (!isLoopback("127.8.0.1") || !isLoopback("::1") || isLoopback("0.0.0.0")) throw new Error("unexpected");
 * ```
 */
export function isLoopback(address: string): boolean {
  if (address.toLowerCase() === "localhost") return true;
  const bare = unmapped(address.replace(/^\[(.*)\]$/, "$1"));
  return IPV4.test(bare) ? bare.startsWith("127.") : canonicalIpv6(bare) === "0:0:0:0:0:0:0:1";
}

/**
 * The key under which limits count an address: an IPv4 address itself, of IPv6 the first 64 bits, as whoever has one such
 * address mostly has all of them. What is no address counts as one: all of them together.
 */
export function addressKey(address: string): string {
  const bare = unmapped(address.replace(/^\[(.*)\]$/, "$1").replace(/%.*$/, ""));
  if (IPV4.test(bare)) return bare;
  const groups = canonicalIpv6(bare)?.split(":");
  return groups === undefined ? "?" : `${groups.slice(0, 4).join(":")}::/64`;
}

/**
 * The address a request comes from: the socket's own, but behind a proxy that is trusted the last in `X-Forwarded-For` that is
 * not one itself. What a client wrote in front of that is not believed.
 */
export function clientAddress(socket: string, forwarded: string | null, proxies: readonly string[]): string {
  if (forwarded === null || !isProxy(socket, proxies)) return socket;
  const hops = forwarded.split(",").map((hop) => hop.trim());
  return hops.findLast((hop) => !isProxy(hop, proxies)) ?? socket;
}

/** Whether an address is one of the proxies that are trusted. */
export function isProxy(address: string, proxies: readonly string[]): boolean {
  const bare = unmapped(address);
  return proxies.some((proxy) => unmapped(proxy) === bare);
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** An IPv6 address as eight groups of hexadecimal without leading zeros; undefined for what is none. */
export function canonicalIpv6(address: string): string | undefined {
  const halves = address.toLowerCase().split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => half === "" ? [] : half.split(":"));
  const groups = withoutDots(tail === undefined ? head : tail, tail === undefined ? [] : head);
  if (groups === undefined) return undefined;
  const { front, back } = groups;
  const missing = 8 - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const all = [...front, ...new Array<string>(tail === undefined ? 0 : missing).fill("0"), ...back];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined;
  return all.map((group) => group.replace(/^0+(?=.)/, "")).join(":");
}

/** Turns an IPv4 address at the end ("::ffff:10.0.0.1") into two groups. */
function withoutDots(
  last: readonly string[],
  front: readonly string[],
): { front: readonly string[]; back: readonly string[] } | undefined {
  const end = last.at(-1);
  if (end === undefined || !end.includes(".")) return { front, back: last };
  if (!IPV4.test(end)) return undefined;
  const [a, b, c, d] = end.split(".").map(Number);
  return { front, back: [...last.slice(0, -1), (a * 256 + b).toString(16), (c * 256 + d).toString(16)] };
}

/** An IPv4 address that stands in IPv6 ("::ffff:10.0.0.1") as itself. */
function unmapped(address: string): string {
  const [, high, low] = /^0:0:0:0:0:ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(canonicalIpv6(address) ?? "") ?? [];
  if (high === undefined) return address;
  const [a, b] = [parseInt(high, 16), parseInt(low, 16)];
  return `${a >> 8}.${a & 255}.${b >> 8}.${b & 255}`;
}
