import type { MadeRow } from "../feed/_made_tape.ts";
import { AT_EXCHANGE, AT_LOCAL, BUY, CLEAR, DEPTH, LAST, NONE, SELL, SNAPSHOT, TRADE } from "./event.ts";
import type { Rng } from "./rng.ts";
import type { Context, OrderRequest, Strategy } from "./strategy.ts";

/** Rows of a market that crosses itself, clears its book and prints at odd prices, `gap` ns apart at most. */
export function oddMarket(rng: Rng, count: number, start: bigint, gap: number): MadeRow[] {
  const rows: MadeRow[] = [];
  let now = start, middle = 1000;
  while (rows.length < count) {
    if (rng.int(3) > 0) now += BigInt(rng.int(gap));
    if (rng.int(8) === 0) middle += rng.int(5) - 2;
    for (let left = 1 + rng.int(3); left > 0; left--) {
      const side = rng.int(2) === 0 ? BUY : SELL, draw = rng.int(100);
      const [kind, price, size] = draw < 65
        ? [DEPTH, middle - side * (rng.int(7) - (draw < 10 ? 3 : -1)), rng.int(4) === 0 ? 0 : 1 + rng.int(9)]
        : draw < 96
        ? [TRADE, middle + rng.int(5) - 2, 1 + rng.int(9)]
        : draw < 99
        ? [SNAPSHOT, middle - side * (1 + rng.int(3)), 1 + rng.int(9)]
        : [CLEAR, middle - 10 * side, 0];
      const aggressor = kind === TRADE && rng.int(5) === 0 ? NONE : side;
      const flags = AT_EXCHANGE | AT_LOCAL | (left === 1 ? LAST : 0);
      rows.push({ exchange: now, kind, side: aggressor, price, size, flags });
    }
  }
  return rows;
}

/** The same rows, seen some time later: `delay` ns at most, and never before one that is ahead. */
export function seenLate(rng: Rng, rows: readonly MadeRow[], delay: number): MadeRow[] {
  let last = -(1n << 63n), late = 0;
  return rows.map((row) => {
    const local = BigInt(row.exchange) + BigInt(late);
    last = local > last ? local : last;
    if (row.flags! & LAST) late = rng.int(delay + 1);
    return { ...row, local: last };
  });
}

const TYPES = ["limit", "limit", "limit", "limit", "market", "stop", "stop_limit", "trailing_stop", "iceberg"] as const;
const TIFS = ["gtc", "gtc", "gtc", "ioc", "fok", "gtd"] as const;

/** Trades in all instruments, on every callback, by the strategy's own dice; `hears` is told all it sees. */
export function busy(options: { readonly interval: string; readonly hears?: (line: string) => void }): Strategy {
  const { interval, hears } = options;
  const act = (ctx: Context) => {
    const { random } = ctx, instrument = random.int(ctx.instruments.length), open = ctx.openOrders();
    const draw = random.int(10);
    if (draw < 5 && open.length < 12) ctx.submit(randomOrder(ctx, instrument));
    else if (draw < 7 && open.length > 0) ctx.cancel(open[random.int(open.length)].id);
    else if (draw < 9 && open.length > 0) {
      const order = open[random.int(open.length)], size = 1 + random.int(9);
      ctx.amend(order.id, random.int(2) === 0 ? { size } : { size, price: order.price + random.int(3) - 1 });
    } else if (draw === 9) ctx.after(`${random.int(2000)}ns`);
  };
  return {
    onStart(ctx) {
      ctx.every(interval);
      ctx.after("0ns");
    },
    onBook(ctx, instrument) {
      hears?.(`${ctx.now} book ${instrument} ${ctx.book(instrument).bestBid} ${ctx.book(instrument).bestAsk}`);
      if (ctx.random.int(4) === 0) act(ctx);
    },
    onTrade(ctx, { instrument, price, size, side }) {
      hears?.(`${ctx.now} trade ${instrument} ${price} ${size} ${side}`);
    },
    onOrder(ctx, { id, state, filled, code }) {
      hears?.(`${ctx.now} order ${id} ${state} ${filled} ${code}`);
      if (ctx.random.int(16) === 0) act(ctx);
    },
    onFill: (ctx, { order, price, size, maker }) => hears?.(`${ctx.now} fill ${order} ${price} ${size} ${maker}`),
    onTimer(ctx, timer) {
      hears?.(`${ctx.now} timer ${timer}`);
      act(ctx);
    },
    onStop: (ctx) => hears?.(`${ctx.now} stop ${ctx.position()}`),
  };
}

function randomOrder(ctx: Context, instrument: number): OrderRequest {
  const { random } = ctx, side = random.int(2) === 0 ? BUY : SELL;
  const type = TYPES[random.int(TYPES.length)], tif = TIFS[random.int(TIFS.length)];
  const price = 1000 + random.int(17) - 8, size = 1 + random.int(9);
  const priced = type === "limit" || type === "stop_limit" || type === "iceberg";
  return {
    instrument,
    side,
    type,
    size,
    ...priced ? { price } : {},
    ...type === "trailing_stop"
      ? { trigger: 1 + random.int(4) }
      : type.startsWith("stop")
      ? { trigger: price + side }
      : {},
    ...type === "iceberg" ? { display: 1 + random.int(3) } : {},
    ...priced && (tif === "gtc" || tif === "gtd") && random.int(3) === 0 ? { postOnly: true } : {},
    ...random.int(8) === 0 ? { reduceOnly: true } : {},
    ...type === "limit" || type === "market" ? { tif } : {},
    ...tif === "gtd" ? { expires: ctx.now + BigInt(random.int(5000)) } : {},
  };
}
