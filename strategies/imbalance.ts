import { BUY, type Context, param, SELL, strategy } from "../mod.ts";

/**
 * Takes what is left of the thin side before it moves.
 *
 * - Imbalance is (bids − asks) ÷ (bids + asks), in lots of the best few levels: near 1 buyers press, near −1 sellers.
 * - It enters with an order that fills at once or not at all, so nothing of it is left to be picked off.
 * - It leaves after `hold`, or sooner when the book leans as far the other way; then it waits for `cooldown`.
 */
export default strategy({
  name: "imbalance",
  about: "Takes liquidity in the direction in which the book leans, and leaves after a while.",
  needs: "book",
  params: {
    levels: param.int(5, "levels of each side that count", { min: 1, max: 50 }),
    threshold: param.number(0.6, "imbalance beyond which it enters", { min: 0, max: 1 }),
    size: param.int(2, "lots it takes", { min: 1 }),
    hold: param.duration("10s", "how long it stays in"),
    cooldown: param.duration("5s", "how long it then stays out"),
  },
  create: ({ levels, threshold, size, hold, cooldown }) => {
    const prices = new Float64Array(levels), sizes = new Float64Array(levels);
    let holdTimer = 0, cooldownTimer = 0;
    let due = false, cool = true;
    const lots = (ctx: Context, side: number): number => {
      let sum = 0;
      for (let i = ctx.book().top(side, levels, prices, sizes) - 1; i >= 0; i--) sum += sizes[i];
      return sum;
    };
    const take = (ctx: Context, side: number, size: number): void => {
      const { bestBid, bestAsk } = ctx.book();
      if (ctx.openOrders().length > 0) return; // wait for the answer
      ctx.submit({ side, price: side === BUY ? bestAsk : bestBid, size, tif: "ioc" });
    };
    return {
      onBook(ctx) {
        const { bestBid, bestAsk, stale } = ctx.book();
        if (stale || bestBid === -Infinity || bestAsk === Infinity) return;
        const position = ctx.position();
        if (position === 0 && !cool) return;
        const bids = lots(ctx, BUY), asks = lots(ctx, SELL);
        const lean = (bids - asks) / (bids + asks);
        if (position !== 0) {
          const side = position > 0 ? SELL : BUY;
          if (due || lean * side > threshold) take(ctx, side, Math.abs(position));
        } else if (lean > threshold) take(ctx, BUY, size);
        else if (lean < -threshold) take(ctx, SELL, size);
      },
      onFill(ctx) {
        if (ctx.position() !== 0) {
          if (holdTimer === 0) holdTimer = ctx.after(hold);
          return;
        }
        due = cool = false;
        holdTimer = 0;
        cooldownTimer = ctx.after(cooldown);
      },
      onTimer(_ctx, timer) {
        if (timer === holdTimer) due = true;
        if (timer === cooldownTimer) cool = true;
      },
      save: () => [holdTimer, cooldownTimer, due, cool],
      load(state) {
        [holdTimer, cooldownTimer, due, cool] = state as [number, number, boolean, boolean];
      },
    };
  },
});
