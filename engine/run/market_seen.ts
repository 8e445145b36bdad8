import { KIND_NAMES } from "../core/event.ts";
import type { Columns } from "../feed/columns.ts";
import type { SimVenue } from "../venue/sim_venue.ts";
import type { CauseRow, MarketSeen } from "./order_story.ts";

/** What books and venues have in common. */
interface Book {
  readonly bestBid: number;
  readonly bestAsk: number;
  readonly bestBidSize?: number;
  readonly bestAskSize?: number;
}

/** The market of a book. */
export function marketOf(book: Book): MarketSeen {
  const { bestBid, bestAsk, bestBidSize = 0, bestAskSize = 0 } = book;
  const bid = Math.abs(bestBid) < Infinity ? bestBid : null, ask = Math.abs(bestAsk) < Infinity ? bestAsk : null;
  return {
    bid,
    bidSize: bid === null ? 0 : bestBidSize,
    ask,
    askSize: ask === null ? 0 : bestAskSize,
    mid: bid === null || ask === null ? null : (bid + ask) / 2,
  };
}

/** The market as the venue has it. */
export function marketAt(venue: SimVenue): MarketSeen {
  const { book } = venue as unknown as { readonly book?: Book };
  return marketOf(book ?? venue);
}

/** A row that a venue takes, with its number on the tape, from 1. */
export function rowSeen(number: number, columns: Columns, row: number): CauseRow {
  return {
    row: number,
    kind: KIND_NAMES[columns.kind[row]] ?? "bar",
    side: columns.side[row],
    price: columns.price[row],
    size: columns.size[row],
  };
}

/** Lots before a resting order in the queue of its price; null where the venue keeps none. */
export function aheadOf(venue: SimVenue, slot: number): number | null {
  const { ahead } = venue as unknown as { ahead?(slot: number): number };
  // The model counts on below 0 while an order that is next waits for what reaches it.
  return ahead === undefined ? null : Math.max(0, ahead.call(venue, slot));
}

/** Lots of others at the price of a resting order. */
export function levelAt(venue: SimVenue, side: number, price: number): number {
  return sizeAt((venue as unknown as { readonly book: unknown }).book, side, price);
}

function sizeAt(book: unknown, side: number, price: number): number {
  const { size, levelSize } = book as Partial<Record<"size" | "levelSize", (side: number, price: number) => number>>;
  return (size ?? levelSize)?.call(book, side, price) ?? 0;
}
