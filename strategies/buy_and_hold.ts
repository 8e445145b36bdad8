import { BUY, type Context, param, strategy } from "../mod.ts";

/** Buys once, at the first sight of a price, and holds. */
export default strategy({
  name: "buy_and_hold",
  about: "Buys at the first price it sees and holds to the end.",
  params: {
    size: param.int(0, "lots to buy; 0 buys what the cash pays for", { min: 0 }),
  },
  cash: "10000",
  create({ size }) {
    const bought = new Set<number>();
    const buy = (ctx: Context, instrument: number) => {
      if (bought.has(instrument)) return;
      const { bestBid, bestAsk } = ctx.book(instrument);
      if (bestBid === -Infinity || bestAsk === Infinity) return;
      bought.add(instrument);
      const quote = ctx.cash(instrument) / ctx.instruments.length;
      ctx.submit(size > 0 ? { side: BUY, size, instrument } : { side: BUY, size: 0, quote, instrument });
    };
    return {
      onBar: (ctx, bar) => buy(ctx, bar.instrument),
      onBook: buy,
      save: () => [...bought],
      load: (state) => (state as number[]).forEach((instrument) => bought.add(instrument)),
    };
  },
});
