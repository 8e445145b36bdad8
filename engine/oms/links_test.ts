import { assertEquals } from "@std/assert";
import { BUY, SELL, TRADE } from "../core/event.ts";
import { rig } from "../core/_rig.ts";
import type { Context, Strategy } from "../core/strategy.ts";
import { type MadeRow, madeTape } from "../feed/_made_tape.ts";
import type { LinkView } from "./link_request.ts";

const START = 1_700_000_000_000_000_000n;
const MS = 1_000_000;

const bid = (at: number, price: number, size: number): MadeRow => ({
  exchange: START + BigInt(at),
  side: BUY,
  price,
  size,
});
const ask = (at: number, price: number, size: number): MadeRow => ({ ...bid(at, price, size), side: SELL });
const trade = (at: number, side: number, price: number, size: number): MadeRow => ({
  ...bid(at, price, size),
  side,
  kind: TRADE,
});

/** A session on levels in which `open` opens group 1 at the first message; returns it, its group, and what orders did. */
function play(rows: readonly MadeRow[], open: (ctx: Context) => void, options: {
  readonly latency?: { order?: number; response?: number };
  readonly then?: Strategy;
} = {}) {
  const log: string[] = [];
  let done = false;
  const session = rig({
    tapes: { X: madeTape(rows) },
    latency: options.latency,
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

const BOOK = [bid(0, 99, 50), ask(0, 101, 50)];

Deno.test("Links.bracket: exits follow the entry's fills, and what the target fills the stop has less", () => {
  const { log, view, position } = play(
    [
      ...BOOK,
      trade(10 * MS, SELL, 100, 4),
      trade(20 * MS, SELL, 100, 6),
      bid(25 * MS, 98, 1),
      trade(30 * MS, BUY, 110, 7),
      trade(40 * MS, BUY, 110, 3),
      bid(50 * MS, 99, 49),
    ],
    (ctx) =>
      assertEquals(
        ctx.links.bracket({
          entry: { side: BUY, price: 100, size: 10 },
          stop: { trigger: 95 },
          target: { price: 110 },
        }),
        1,
      ),
  );
  assertEquals(log, [
    "0 #1 buy 0/10 @100 New",
    "10 #1 buy 4/10 @100 PartiallyFilled",
    "10 #2 sell 0/4 New",
    "10 #3 sell 0/4 @110 New",
    "20 #1 buy 10/10 @100 Filled",
    "20 #2 sell 0/10 Replaced",
    "20 #3 sell 0/10 @110 Replaced",
    "30 #3 sell 7/10 @110 PartiallyFilled",
    "30 #2 sell 0/3 Replaced",
    "40 #3 sell 10/10 @110 Filled",
    "40 #2 sell 0/3 Cancelled",
  ]);
  assertEquals(view, {
    id: 1,
    kind: "bracket",
    state: "Done",
    filled: 10,
    open: 0,
    excess: 0,
    code: 0,
    orders: [1, 2, 3],
  });
  assertEquals(position, 0);
});
