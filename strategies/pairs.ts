import { BUY, type Context, param, SELL, strategy } from "../mod.ts";

/**
 * Bets that two prices which moved apart come together again.
 *
 * - Over the last `window` bars, a least-squares line says how much of b makes up for one of a: the hedge.
 * - What is left of a's price beside that line, in standard deviations, is z. Beyond `entry` it sells the dear leg and
 *   buys the cheap one; once z has come back to 0 it closes both.
 * - The sums behind the line go on by one bar in and one bar out, whatever the window's length.
 */
export default strategy({
  name: "pairs",
  about: "Trades the spread of two instruments when it is far from its mean.",
  needs: "bars",
  params: {
    a: param.instrument("the leg that the spread is measured in"),
    b: param.instrument("the leg that hedges it"),
    window: param.int(240, "bars behind the hedge and the mean", { min: 10, max: 100_000 }),
    entry: param.number(2, "standard deviations at which it enters", { min: 0.1 }),
    size: param.int(100, "lots of a", { min: 1 }),
  },
  create: ({ a, b, window, entry, size }) => {
    let [as, bs] = [new Float64Array(window), new Float64Array(window)];
    let [legA, legB, count, closeA, closeB, atA, atB] = [0, 1, 0, 0, 0, -1n, -1n];
    let [firstA, firstB, sumA, sumB, sumAA, sumAB, sumBB] = [0, 0, 0, 0, 0, 0, 0];

    // Closes count from the first ones: small whole numbers, whose sums stay exact however long the tape is.
    const roll = (x: number, y: number, weight: number) => {
      sumA += weight * x;
      sumB += weight * y;
      sumAA += weight * x * x;
      sumAB += weight * x * y;
      sumBB += weight * y * y;
    };
    const numbers = () => [legA, legB, count, closeA, closeB, firstA, firstB, sumA, sumB, sumAA, sumAB, sumBB];
    const decide = (ctx: Context) => {
      const varianceA = sumAA - sumA * sumA / window, varianceB = sumBB - sumB * sumB / window;
      const hedge = (sumAB - sumA * sumB / window) / varianceB;
      const deviation = Math.sqrt((varianceA - hedge * hedge * varianceB) / window);
      const z = (closeA - firstA - sumA / window - hedge * (closeB - firstB - sumB / window)) / deviation;
      ctx.signal("pair", { spread: closeA - hedge * closeB, zscore: z, hedge });
      const held = ctx.position(legA);
      const trade = (instrument: number, lots: number) => {
        if (lots !== 0) ctx.submit({ instrument, side: lots > 0 ? BUY : SELL, size: Math.abs(lots) });
      };
      if (held !== 0 && held * z >= 0) { for (const leg of [legA, legB]) trade(leg, -ctx.position(leg)); }
      if (held !== 0 || !(Math.abs(z) > entry)) return; // a flat window has no z
      const worth = ({ tickSize, lotSize, contract }: Context["instruments"][number]) => tickSize * lotSize * contract;
      const side = z > 0 ? SELL : BUY;
      trade(legA, side * size);
      trade(legB, -side * Math.round(size * hedge * worth(ctx.instruments[legA]) / worth(ctx.instruments[legB])));
    };
    return {
      onStart(ctx) {
        if (a !== "") legA = ctx.instrument(a);
        if (b !== "") legB = ctx.instrument(b);
        if (legA === legB) {
          throw new RangeError("Cannot trade a pair: both legs are one; set a and b to two instruments");
        }
      },
      onBar(ctx, { instrument, close }) {
        if (instrument === legA) [closeA, atA] = [close, ctx.now];
        if (instrument === legB) [closeB, atB] = [close, ctx.now];
        if (atA !== atB) return; // the other leg's bar of this time is still to come
        if (count === 0) [firstA, firstB] = [closeA, closeB];
        const at = count++ % window;
        if (count > window) roll(as[at], bs[at], -1);
        roll(as[at] = closeA - firstA, bs[at] = closeB - firstB, 1);
        if (count >= window && ctx.openOrders().length === 0) decide(ctx);
      },
      save: () => [[as, bs], [atA, atB], numbers()],
      load(state) {
        const [columns, times, numbers] = state as [typeof as[], bigint[], number[]];
        [[as, bs], [atA, atB]] = [columns, times];
        [legA, legB, count, closeA, closeB, firstA, firstB, sumA, sumB, sumAA, sumAB, sumBB] = numbers;
      },
    };
  },
});
