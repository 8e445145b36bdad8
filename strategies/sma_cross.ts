import { BUY, param, SELL, strategy } from "../mod.ts";

/** Long while the fast average of closes is above the slow one, short while it is below, with all the cash. */
export default strategy({
  name: "sma_cross",
  about: "Turns long where a fast average of closes crosses above a slow one, and short where it crosses below.",
  params: {
    fast: param.int(10, "bars of the fast average", { min: 1 }),
    slow: param.int(30, "bars of the slow average, more than fast", { min: 2 }),
  },
  cash: "10000",
  finish: "open",
  create({ fast, slow }) {
    if (fast >= slow) throw new RangeError(`Cannot cross averages: fast is ${fast}; it must be below slow, ${slow}`);
    // The last closes, going round. Sums of whole ticks are exact, and so is the sign of the lead.
    const closes = new Float64Array(slow);
    let count = 0, fastSum = 0, slowSum = 0, place = 0, lead = 0;
    return {
      onBar(ctx, { instrument, close }) {
        if (instrument !== 0) return;
        slowSum += close - closes[place];
        fastSum += close - closes[place < fast ? place - fast + slow : place - fast];
        closes[place] = close;
        place = place + 1 < slow ? place + 1 : 0;
        if (++count < slow) return;
        const before = lead;
        lead = slow * fastSum - fast * slowSum;
        if (!(before < 0 && lead > 0) && !(before > 0 && lead < 0)) return;
        // What closes the position, and what the cash buys at the fill's price beside it: a short's cash holds the
        // proceeds of the sale, so that it pays for both.
        const position = ctx.position();
        const side = lead > 0 ? BUY : SELL;
        // The averages can meet without a cross, and part to the side they came from.
        if (side * position > 0) return;
        ctx.submit({ side, size: side === SELL ? 2 * position : 0, quote: ctx.cash() });
      },
    };
  },
});
