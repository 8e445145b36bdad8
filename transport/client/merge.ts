import { type Channel, CHANNELS } from "../protocol/channels.ts";
import type { ChannelMessage } from "../protocol/messages.ts";
import type { Update, UpdateData } from "./update.ts";
import type { Level } from "./book.ts";
import { defined } from "./defined.ts";

/** A message as a subscriber gets it, of whichever channel. */
export type Merged = ChannelMessage & { readonly lost?: number; readonly merged?: number; readonly stale?: true };

/**
 * One message that stands for two of the same topic, the earlier first: levels of the book by price, fields of positions and P&L
 * by name, of other channels the newer. Messages merged into it are counted.
 *
 * Only of conflated channels: throws for others. Cost: O(levels) for books, else O(fields).
 */
export function mergeMessages(earlier: Merged, later: Merged): Merged {
  const { channel } = later;
  if (CHANNELS[channel].delivery === "lossless") throw new Error(`Bug: messages of ${channel} are never merged`);
  const merged = (earlier.merged ?? 0) + (later.merged ?? 0) + 1;
  if (later.type === "snapshot") return { ...later, merged };
  const lost = (earlier.lost ?? 0) + (later.lost ?? 0);
  return defined({
    ...later,
    type: earlier.type,
    data: mergedData(channel, earlier, later),
    prev: earlier.prev,
    merged,
    epoch: earlier.epoch,
    lost: lost > 0 ? lost : undefined,
  });
}

/** Whether a message's fields have the values that are asked for. */
export function matches(update: ChannelMessage, where: Update["data"] | undefined | object): boolean {
  if (where === undefined || update.type === "snapshot") return true;
  for (const [field, values] of Object.entries(where as Record<string, readonly unknown[]>)) {
    if (!values.includes(update.data[field])) return false;
  }
  return true;
}

function mergedData(channel: Channel, earlier: Merged, later: Merged): ChannelMessage["data"] {
  if (channel === "positions" || channel === "pnl") return { ...earlier.data, ...later.data };
  if (channel !== "book") return later.data;
  const before = earlier.data as UpdateData<"book">, after = later.data as UpdateData<"book">;
  const whole = earlier.type === "snapshot";
  return defined({
    bids: mergedLevels(before.bids, after.bids, -1, whole),
    asks: mergedLevels(before.asks, after.asks, 1, whole),
    checksum: after.checksum,
  });
}

function mergedLevels(before: readonly Level[], after: readonly Level[], sign: 1 | -1, whole: boolean): Level[] {
  const byPrice = new Map<number, number>();
  for (const [price, size] of before) byPrice.set(price, size);
  for (const [price, size] of after) byPrice.set(price, size);
  const levels = [...byPrice].filter(([, size]) => !whole || size > 0);
  return levels.sort((one, other) => sign * (one[0] - other[0]));
}
