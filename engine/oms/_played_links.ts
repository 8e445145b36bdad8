/** For tests: sessions in which one group of linked orders is played. */
import { BUY, SELL, TRADE } from "../core/event.ts";
import { rig } from "../core/_rig.ts";
import type { Context, Strategy } from "../core/strategy.ts";
import { type MadeRow, madeTape } from "../feed/_made_tape.ts";
import type { LinkView } from "./link_request.ts";

/** When made sessions start. */
export const START = 1_700_000_000_000_000_000n;
/** A millisecond in ns. */
export const MS = 1_000_000;

/** Lots at a bid from a time on, in ns after the start. */
export const bid = (at: number, price: number, size: number): MadeRow => ({
  exchange: START + BigInt(at),
  side: BUY,
  price,
  size,
});
/** The same of an ask. */
export const ask = (at: number, price: number, size: number): MadeRow => ({ ...bid(at, price, size), side: SELL });
/** A trade, with the side that started it. */
export const trade = (at: number, side: number, price: number, size: number): MadeRow => ({
  ...bid(at, price, size),
  side,
  kind: TRADE,
});

/** A session on levels in which `open` opens group 1 at the first message; returns it, its group, and what orders did. */
export function play(rows: readonly MadeRow[], open: (ctx: Context) => void, options: {
  readonly latency?: { order?: number; response?: number };
  readonly selfTrade?: "cancel_newest";
  readonly then?: Strategy;
} = {}) {
  const log: string[] = [];
  let done = false;
  const session = rig({
    tapes: { X: madeTape(rows) },
    latency: options.latency,
    venue: { fills: "partial", impact: "frozen", selfTrade: options.selfTrade ?? "allow" },
    strategy: {
      ...options.then,
      onBook(ctx, instrument) {
        if (!done && Number.isFinite(ctx.book().bestBid + ctx.book().bestAsk)) {
          done = true;
          open(ctx);
        } else options.then?.onBook?.(ctx, instrument);
      },
      onOrder(ctx, order) {
        const { id, side, filled, size, price, state } = order;
        const at = price === price ? ` @${price}` : "";
        log.push(`${Number(ctx.now - START) / MS} #${id} ${side > 0 ? "buy" : "sell"} ${filled}/${size}${at} ${state}`);
        options.then?.onOrder?.(ctx, order);
      },
    },
  });
  session.run();
  const view = session.context.links.view(1) as LinkView;
  return { session, log, view, position: session.core.account.position(0) };
}

/** 50 lots at 99 and at 101. */
export const BOOK = [bid(0, 99, 50), ask(0, 101, 50)];
