import { BUY, param, SELL, strategy } from "../mod.ts";

/** One lot at the best bid and one at the best ask, looked after every 100 ms. */
export default strategy({
  name: "touch_maker",
  about: "Keeps one lot at the best bid and one at the best ask, within a position limit of its own.",
  needs: "book",
  params: {
    interval: param.duration("100ms", "time between two looks"),
    limit: param.int(20, "lots either way beyond which it does not quote", { min: 1 }),
    size: param.int(1, "lots of each order", { min: 1 }),
  },
  create: ({ interval, limit, size }) => ({
    save: () => null, // it looks at everything anew
    onStart(ctx) {
      ctx.every(interval);
    },
    onTimer(ctx) {
      const { bestBid, bestAsk } = ctx.book();
      if (bestBid === -Infinity || bestAsk === Infinity) return;
      const position = ctx.position();
      let hasBid = false, hasAsk = false;
      for (const order of ctx.openOrders()) {
        const touch = order.side === BUY ? bestBid : bestAsk;
        if (order.price !== touch) {
          if (order.cancellable && order.state !== "PendingNew") ctx.cancel(order.id);
        } else if (order.side === BUY) hasBid = true;
        else hasAsk = true;
      }
      if (!hasBid && position < limit) ctx.submit({ side: BUY, price: bestBid, size, postOnly: true });
      if (!hasAsk && position > -limit) ctx.submit({ side: SELL, price: bestAsk, size, postOnly: true });
    },
  }),
});
