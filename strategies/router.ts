import { BUY, type Context, param, type RouteRequest, SELL, strategy } from "../mod.ts";

/**
 * Buys or sells a size in equal slices, each routed over all venues of a symbol.
 *
 * - The policy says how a slice is spread: over the best prices, fees included, by what venues show, or by given parts.
 * - A venue that is stale, halted, silent or rejecting is left out while it is.
 * - At the end it says what a unit came to, fees included, and what each venue filled.
 */
export default strategy({
  name: "router",
  about: "Trades a size over several venues by a routing policy, and says what it came to.",
  needs: "book",
  params: {
    symbol: param.text("", "what to trade; that of the first tape where empty"),
    side: param.text("buy", "buy or sell"),
    slice: param.text("1", "units of each slice, as a decimal"),
    slices: param.int(10, "how many", { min: 1, max: 200 }),
    every: param.duration("5s", "from one slice to the next"),
    policy: param.text("sweep", "sweep, best_price, pro_rata or explicit"),
    weights: param.text("", "explicit: venues and their parts, as north=2,south=1"),
    limit: param.text("", "a price beyond which nothing is taken; none where empty"),
  },
  create({ symbol, side, slice, slices, every, policy, weights, limit }) {
    const sign = side === "sell" ? SELL : BUY;
    const parts = weights.split(",").filter((part) => part !== "").map((part): [string, number] => {
      const [venue, weight] = part.split("=");
      return [venue.trim(), Number(weight)];
    });
    let ids: number[] = [];
    const request = (ctx: Context) => {
      const what = symbol || ctx.instruments[0].symbol;
      const more = { ...limit ? { limit } : {}, ...parts.length > 0 ? { weights: Object.fromEntries(parts) } : {} };
      return { symbol: what, side: sign, size: slice, policy, ...more } as RouteRequest;
    };
    return {
      onStart(ctx) {
        if (side !== "buy" && side !== "sell") throw new RangeError(`Cannot trade: side is ${side}; it is buy or sell`);
        ctx.every(every);
      },
      onTimer(ctx) {
        if (ids.length < slices) ids.push(ctx.router.route(request(ctx)));
      },
      onStop(ctx) {
        let [filled, cost] = [0, 0];
        const venues = new Map<string, number>();
        for (const view of ids.map((id) => ctx.router.view(id))) {
          if (view === undefined || view.filled === 0) continue;
          filled += view.filled;
          cost += view.filled * view.averagePrice;
          for (const child of view.children) venues.set(child.venue, (venues.get(child.venue) ?? 0) + child.filled);
        }
        const lots = [...venues].sort().map(([venue, count]) => `${venue} ${count} lots`).join(", ");
        ctx.log(`${policy}: ${Number(filled.toFixed(9))} units at ${(cost / filled).toFixed(4)}, ${lots}`);
      },
      save: () => ids,
      load: (state) => void (ids = state as number[]),
    };
  },
});
