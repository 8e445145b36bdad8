import { rig, type RigOptions } from "../../core/_rig.ts";
import { BUY, DEPTH, SELL, TRADE } from "../../core/event.ts";
import type { Context, OrderView, Strategy } from "../../core/strategy.ts";
import { madeBars, type MadeRow, madeTape } from "../../feed/_made_tape.ts";
import type { ParentRequest } from "./parent_request.ts";
import type { ParentView } from "./parent_view.ts";

/** Where made markets begin: a whole minute. */
export const START = 1_700_000_040_000_000_000n;

/** The touch of one second and what traded there, at the ask, half a second later. */
export interface Second {
  readonly bid?: number;
  readonly ask?: number;
  readonly bidLots?: number;
  readonly askLots?: number;
  /** Lots bought at the ask, and sold at the bid. */
  readonly bought?: number;
  readonly sold?: number;
}

/** A market of levels that is set anew each second: 99 to 101 with 100 lots each, and 10 lots bought, unless said. */
export function seconds(count: number, at: (second: number) => Second = () => ({})) {
  const rows: MadeRow[] = [];
  let lastBid = NaN, lastAsk = NaN;
  for (let i = 0; i < count; i++) {
    const { bid = 99, ask = 101, bidLots = 100, askLots = 100, bought = 10, sold = 0 } = at(i);
    const exchange = START + BigInt(i) * 1_000_000_000n, half = exchange + 500_000_000n;
    const level = (side: number, price: number, size: number, last: boolean) =>
      rows.push({ exchange, kind: DEPTH, side, price, size, flags: last ? 7 : 3 });
    if (lastBid !== bid && lastBid === lastBid) level(BUY, lastBid, 0, false);
    if (lastAsk !== ask && lastAsk === lastAsk) level(SELL, lastAsk, 0, false);
    level(BUY, bid, bidLots, false);
    level(SELL, ask, askLots, true);
    if (bought > 0) rows.push({ exchange: half, kind: TRADE, side: BUY, price: ask, size: bought });
    if (sold > 0) rows.push({ exchange: half, kind: TRADE, side: SELL, price: bid, size: sold });
    [lastBid, lastAsk] = [bid, ask];
  }
  return madeTape(rows);
}

/** Bars of a minute at these closes, each opening at the close before, a tick of shadow either way, of 100 lots. */
export function minutes(closes: readonly number[]) {
  return madeBars(closes.map((close, i) => {
    const open = closes[i - 1] ?? close, opens = START + BigInt(i) * 60_000_000_000n;
    const high = Math.max(open, close) + 1, low = Math.min(open, close) - 1;
    return { opens, closes: opens + 59_999_999_999n, open, high, low, close, volume: 100 };
  }));
}

/** What a trader would write down of a parent. */
export interface Worked {
  /** Children as they were sent: "2s 5" for 5 lots at the market after 2 s, "2s 5@99" with a limit. */
  readonly sent: string;
  /** "Filled 10 at 101", how it ended and what it paid. */
  readonly ended: string;
  readonly view: ParentView;
  /** Changes of state that the strategy was told of. */
  readonly told: string;
  readonly digest: string;
}

type Step = readonly [second: number, act: (ctx: Context, id: number) => void];

/** Works one parent, started when the market is first seen, over a made market; `steps` happen so many seconds later. */
export function worked(
  request: Omit<ParentRequest, "side"> & { readonly side?: number },
  tape: RigOptions["tapes"][string] = seconds(30),
  { steps = [], more = {}, ...options }: Partial<RigOptions> & {
    readonly steps?: readonly Step[];
    readonly more?: Partial<Strategy>;
  } = {},
): Worked {
  const sent: string[] = [], told: string[] = [], byTimer = new Map<number, Step>();
  const seen = new Set<number>();
  let id = 0, began = 0n;
  const since = (ctx: Context) => `${Number((ctx.now - began) / 1_000_000n) / 1000}s`;
  const look = (ctx: Context) => {
    for (const { id, price, size } of ctx.openOrders()) {
      if (!seen.has(id)) sent.push(`${since(ctx)} ${size}${price === price ? `@${price}` : ""}`);
      seen.add(id);
    }
  };
  const begin = (ctx: Context) => {
    if (id !== 0) return;
    began = ctx.now;
    for (const step of steps) byTimer.set(ctx.after(`${step[0]}s`), step);
    id = ctx.parents.start({ side: BUY, ...request });
    look(ctx);
  };
  const session = rig({
    tapes: { X: tape },
    latency: { order: 1000, response: 1000 },
    ...options,
    strategy: {
      ...more,
      onBook(ctx) {
        begin(ctx);
        look(ctx);
      },
      onBar(ctx) {
        begin(ctx);
        look(ctx);
      },
      onTrade: look,
      onTimer(ctx, timer) {
        byTimer.get(timer)?.[1](ctx, id);
        look(ctx);
      },
      onOrder(ctx, order: OrderView) {
        // One that is answered before anything else is heard.
        if (!seen.has(order.id)) {
          sent.push(`${since(ctx)} ${order.size}${order.price === order.price ? `@${order.price}` : ""}`);
        }
        seen.add(order.id);
        look(ctx);
      },
      onParent: (ctx, { state, filled }) => told.push(`${since(ctx)} ${state} ${filled}`),
    },
  });
  session.run();
  const view = session.context.parents.view(id)!;
  const price = view.averagePrice === null ? "" : ` at ${Math.round(view.averagePrice * 100) / 100}`;
  return {
    sent: sent.join(", "),
    ended: `${view.state} ${view.filled}${price}`,
    view,
    told: told.join(", "),
    digest: session.core.digest.hex(),
  };
}
