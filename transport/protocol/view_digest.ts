import { CHANNELS } from "./channels.ts";
import type { ChannelMessage } from "./messages.ts";

/**
 * One message of a channel as text that is the same however it travelled: a JSON array of channel, symbol, sequence, timestamp
 * and data, without spaces, keys in the order of their UTF-16 code units, 64-bit integers as decimal strings, numbers as
 * ECMAScript writes them.
 *
 * @example
 * ```ts
 * import { canonicalText } from "./view_digest.ts";
 * const text = canonicalText({
 *   type: "update", channel: "trades", symbol: "BTC", data: { size: 2, price: 100, side: null }, timestamp: 5n, seq: 1, prev: 0,
 * });
 * if (text !== '["trades","BTC",1,"5",{"price":100,"side":null,"size":2}]') throw new Error(text);
 * ```
 */
export function canonicalText({ channel, symbol, seq, timestamp, data }: ChannelMessage): string {
  return `["${channel}",${JSON.stringify(symbol)},${seq},"${timestamp}",${canonical(data)}]`;
}

/**
 * The digest of what a client saw: the SHA-256, as hex, of the canonical texts of all updates of lossless channels, each followed
 * by a line feed; channels in the order of the alphabet, then symbols, then sequences. A sequence that came twice counts once.
 *
 * Two clients of one session that saw everything, nothing being merged, have one digest, over whatever carrier and codec. It is
 * without names of sessions and connections, epochs, times of writing, and bounds of frames.
 */
export async function viewDigest(messages: Iterable<ChannelMessage>): Promise<string> {
  const topics = new Map<string, Map<number, string>>();
  for (const message of messages) {
    const { type, channel, symbol, seq } = message;
    if (type !== "update" || CHANNELS[channel].delivery !== "lossless") continue;
    const key = `${channel}\n${symbol}`;
    let topic = topics.get(key);
    if (topic === undefined) topics.set(key, topic = new Map());
    topic.set(seq, canonicalText(message));
  }
  const lines: string[] = [];
  for (const key of [...topics.keys()].sort()) {
    const topic = topics.get(key) as Map<number, string>;
    for (const seq of [...topic.keys()].sort((a, b) => a - b)) lines.push(`${topic.get(seq)}\n`);
  }
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(lines.join("")));
  return new Uint8Array(hash).toHex();
}

function canonical(value: unknown): string {
  if (typeof value === "bigint") return `"${value}"`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(fields).filter((key) => fields[key] !== undefined).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(fields[key])}`).join(",")}}`;
}
