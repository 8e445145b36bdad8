import { BUY, type Context, type OrderView, param, SELL, strategy } from "../mod.ts";

/**
 * Earns the spread and keeps its inventory small.
 *
 * - The fair price is the microprice: the best bid and ask, each weighted by the size on the other side, since the
 *   thinner side gives way first.
 * - The more it holds, the further both quotes lean away, so that what it has is sold sooner and more of it bought later.
 * - A quote stays while it is less than `patience` ticks off: each move gives up a place in the queue.
 */
export default strategy({
  name: "market_maker",
  about: "Quotes both sides around the microprice, and leans against its own inventory.",
  needs: "book",
  params: {
    spread: param.number(2, "ticks between its bid and its ask", { min: 0 }),
    size: param.int(5, "lots of each quote", { min: 1 }),
    limit: param.int(50, "lots either way that it never goes beyond", { min: 1 }),
    skew: param.number(4, "ticks that the quotes lean at the limit", { min: 0 }),
    patience: param.number(1, "ticks a quote may be off before it moves", { min: 0 }),
    interval: param.duration("250ms", "time between two looks at the book"),
  },
  create: ({ spread, size, limit, skew, patience, interval }) => {
    const quote = (ctx: Context, side: number, price: number, order: OrderView | undefined) => {
      const lots = Math.min(size, limit - side * ctx.position());
      if (!order) {
        if (lots > 0) ctx.submit({ side, price, size: lots, postOnly: true });
      } else if (!order.cancellable) return; // a request about it is on its way
      else if (lots <= 0) ctx.cancel(order.id);
      else if (Math.abs(order.price - price) > patience) ctx.amend(order.id, { price });
    };
    return {
      save: () => null, // it looks at everything anew
      onStart: (ctx) => void ctx.every(interval),
      onTimer(ctx) {
        const { bestBid, bestAsk, bestBidSize, bestAskSize, stale } = ctx.book();
        if (stale || bestBid === -Infinity || bestAsk === Infinity) return ctx.cancelAll();
        const fair = (bestBid * bestAskSize + bestAsk * bestBidSize) / (bestBidSize + bestAskSize);
        const middle = fair - skew * ctx.position() / limit;
        const open = ctx.openOrders();
        // Never at the other side's best: who trades at once pays the spread instead of earning it.
        const bid = Math.min(Math.floor(middle - spread / 2), bestAsk - 1);
        const ask = Math.max(Math.ceil(middle + spread / 2), bestBid + 1);
        quote(ctx, BUY, bid, open.find(({ side }) => side === BUY));
        quote(ctx, SELL, ask, open.find(({ side }) => side === SELL));
      },
    };
  },
});
