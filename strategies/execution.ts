import { BUY, type Context, param, type ParentRequest, SELL, strategy } from "../mod.ts";

const HOW = "twap, vwap, pov, is (implementation shortfall), iceberg or sniper";

/**
 * Works one large order by an algo of one's choice, so that two of them can be held against each other.
 *
 * - It looks on for `after`, so that vwap and is can learn, and starts with the next prices of both sides.
 * - A vwap is as flat as a twap until a whole `learn` period was heard, its first bin from its start: on the tape of a day
 *   let it be short, `learn=10m/1m after=11m`. The tearsheet says where it was flat.
 * - An iceberg rests, and a sniper takes, at the price that was best on our side, or `reach` ticks beyond it.
 * - The table of parent orders in the tearsheet has what it cost: against arrival, the market's average, and the close.
 */
export default strategy({
  name: "execution",
  about: "Works one large order by an algo, and reports what it cost.",
  params: {
    algo: param.text("twap", HOW),
    side: param.text("buy", "buy or sell"),
    size: param.int(200, "lots in all", { min: 1 }),
    after: param.duration("1m", "how long it looks on first"),
    learn: param.text("", "vwap: period / bin of the market's volume, 10m/1m, heard once by after=11m; empty: 1d/5m"),
    over: param.duration("10m", "how long it may take"),
    style: param.text("take", "twap, vwap, pov, is: take at once, or post at the touch first"),
    rest: param.text("market", "what becomes of the rest: cancel, market or rest"),
    rate: param.number(0.1, "pov: lots for each lot of the market", { min: 0, max: 1 }),
    risk: param.number(1e-5, "is: aversion to risk, in 1 ÷ (tick × lot)", { min: 0 }),
    volatility: param.number(0, "is: ticks the price moves in a second; 0 measures it", { min: 0 }),
    impact: param.number(1, "is: ticks by which a lot a second moves the price", { min: 0 }),
    display: param.int(10, "iceberg: lots it shows", { min: 1 }),
    reach: param.int(0, "iceberg, sniper: ticks beyond our side's best price"),
  },
  create({ algo, side, size, after, learn, over, style, rest, rate, risk, volatility, impact, display, reach }) {
    const sign = side === "sell" ? SELL : BUY;
    let waits = true, started = false;
    const request = (ctx: Context): ParentRequest => {
      const { bestBid, bestAsk } = ctx.book();
      const limit = sign === BUY ? bestBid + reach : bestAsk - reach;
      const parts = {
        twap: { style },
        vwap: { style },
        pov: { style, rate },
        is: { style, riskAversion: risk, impact, volatility: volatility || undefined },
        iceberg: { limit, display, jitter: 0.3 },
        sniper: { limit },
      }[algo];
      return { algo, side: sign, size, over, rest, ...parts } as ParentRequest;
    };
    const begin = (ctx: Context) => {
      const { bestBid, bestAsk } = ctx.book();
      if (waits || started || bestBid === -Infinity || bestAsk === Infinity) return;
      started = ctx.parents.start(request(ctx)) > 0;
    };
    return {
      onStart(ctx) {
        if (side !== "buy" && side !== "sell") throw new RangeError(`Cannot trade: side is ${side}; it is buy or sell`);
        const [period, bin] = learn.split("/");
        if (algo === "vwap" || algo === "is") ctx.parents.learn(0, period ? { period, bin } : {});
        ctx.after(after);
      },
      onTimer(ctx) {
        waits = false;
        begin(ctx);
      },
      onBook: begin,
      onBar: begin,
      onParent: (ctx, { state, filled }) => ctx.log(`${algo}: ${state}, ${filled} of ${size} filled`),
      save: () => [waits, started],
      load: (state) => void ([waits, started] = state as [boolean, boolean]),
    };
  },
});
