import { type BarView, BUY, type Context, param, SELL, type Strategy, strategy } from "../mod.ts";

/** Long while the fast average of closes is above the slow one, short while it is below, with all the cash. */
export default strategy({
  name: "sma_cross",
  about: "Turns long where a fast average of closes crosses above a slow one, and short where it crosses below.",
  needs: "bars",
  params: {
    fast: param.int(10, "bars of the fast average", { min: 1 }),
    slow: param.int(30, "bars of the slow average, more than fast", { min: 2 }),
  },
  cash: "10000",
  finish: "open",
  create: ({ fast, slow }) => new SmaCross(fast, slow),
});

class SmaCross implements Strategy {
  /** The last closes, going round. Sums of whole ticks are exact, and so is the sign of the lead. */
  readonly closes: Float64Array;
  place = 0;
  count = 0;
  fastSum = 0;
  slowSum = 0;
  lead = 0;

  constructor(readonly fast: number, readonly slow: number) {
    if (fast >= slow) throw new RangeError(`Cannot cross averages: fast is ${fast}; it must be below slow, ${slow}`);
    this.closes = new Float64Array(slow);
  }

  onBar(ctx: Context, { instrument, close }: BarView): void {
    if (instrument !== 0) return;
    const { closes, place, fast, slow } = this;
    this.slowSum += close - closes[place];
    this.fastSum += close - closes[place < fast ? place - fast + slow : place - fast];
    closes[place] = close;
    this.place = place + 1 < slow ? place + 1 : 0;
    if (++this.count < slow) return;
    const before = this.lead;
    const lead = this.lead = slow * this.fastSum - fast * this.slowSum;
    if ((before < 0 && lead > 0) || (before > 0 && lead < 0)) this.turn(ctx, lead > 0 ? BUY : SELL);
  }

  /** What closes the position, and what the cash buys at the fill's price beside it: a short's cash pays for both. */
  turn(ctx: Context, side: number): void {
    const position = ctx.position();
    // The averages can meet without a cross, and part to the side they came from.
    if (side * position > 0) return;
    ctx.submit({ side, size: side === SELL ? 2 * position : 0, quote: ctx.cash() });
  }
}
