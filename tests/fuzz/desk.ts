import type { Alert } from "../../engine/core/alerts.ts";
import { BUY, SELL } from "../../engine/core/event.ts";
import type { BarView, Context, FillView, OrderRequest, OrderView, Strategy } from "../../engine/core/strategy.ts";
import type { BracketRequest, FollowingRequest } from "../../engine/oms/link_request.ts";
import type { ParentRequest } from "../../engine/oms/parents/parent_request.ts";
import type { Plan } from "./plan.ts";

/** What a desk knows of a group that it opened. */
export interface Opened {
  readonly kind: "oco" | "ouo" | "oto" | "bracket";
  /** The most lots that its entry, or one of its alternatives, was asked to fill. */
  size: number;
}

interface Known {
  acts: number;
  asked: Map<number, number>;
  groups: Map<number, Opened>;
  routes: number[];
  mine: number[];
  ids: [string, OrderRequest][];
}

const OPEN_MAX = 24;
const TYPES = [
  "limit",
  "limit",
  "limit",
  "market",
  "stop",
  "stop_limit",
  "market_if_touched",
  "trailing_stop",
  "iceberg",
];
const TIFS = ["gtc", "gtc", "ioc", "fok", "gtd", "day"];
const ALGOS = ["twap", "vwap", "is", "pov", "iceberg", "sniper", "conditional"] as const;

/** Does all that a strategy can do, by the dice of its session alone, at any callback. */
export class Desk implements Strategy {
  /** Decisions so far. */
  acts = 0;
  /** By parent: the most lots it was ever asked for. */
  asked = new Map<number, number>();
  groups = new Map<number, Opened>();
  routes: number[] = [];
  /** Orders that are of no parent, group or route, the last few: what is added to others, they were not asked for. */
  mine: number[] = [];
  /** Orders with names of their own, the last few. */
  #ids: [string, OrderRequest][] = [];

  constructor(private readonly plan: Plan) {}

  onStart(ctx: Context): void {
    ctx.every(`${20 + ctx.random.int(200)}ms`);
    for (let i = 0; i < ctx.random.int(4); i++) this.#act(ctx);
    if (this.plan.kinds.length > 1 && this.plan.kinds[1] !== "bars") ctx.router.use({ silence: "3s", watch: "400ms" });
  }

  onBook(ctx: Context): void {
    this.#maybe(ctx, 4);
  }

  onTrade(ctx: Context): void {
    this.#maybe(ctx, 9);
  }

  onBar(ctx: Context, _bar: BarView): void {
    for (let i = 0; i < 6; i++) this.#maybe(ctx, 2);
  }

  onTimer(ctx: Context): void {
    this.#maybe(ctx, 2);
  }

  onOrder(ctx: Context, _order: OrderView): void {
    this.#maybe(ctx, 9);
  }

  onFill(ctx: Context, _fill: FillView): void {
    this.#maybe(ctx, 6);
  }

  onParent(ctx: Context): void {
    this.#maybe(ctx, 6);
  }

  onAlert(ctx: Context, _alert: Alert): void {
    this.#maybe(ctx, 3);
  }

  onStop(ctx: Context): void {
    this.#act(ctx);
  }

  save(): Known {
    const { acts, asked, groups, routes, mine } = this;
    return { acts, asked, groups, routes, mine, ids: this.#ids };
  }

  load(known: unknown): void {
    const { ids, ...rest } = known as Known;
    Object.assign(this, rest);
    this.#ids = ids;
  }

  #maybe(ctx: Context, one: number): void {
    if (ctx.random.int(one) === 0) this.#act(ctx);
  }

  #act(ctx: Context): void {
    this.acts++;
    const { random } = ctx, draw = random.int(100), open = ctx.openOrders();
    const some = open[random.int(Math.max(1, open.length))];
    if (draw < 40) { if (open.length < OPEN_MAX) this.#submit(ctx); }
    else if (draw < 54) { if (some) ctx.cancel(some.id); }
    else if (draw < 68) { if (some && this.mine.includes(some.id)) this.#amend(ctx, some); }
    else if (draw < 78) this.#link(ctx, open.length);
    else if (draw < 90) this.#parent(ctx, open.length);
    else if (draw < 95) this.#route(ctx);
    else if (draw < 96) ctx.cancelAll(random.int(ctx.instruments.length));
    else if (draw < 98) ctx.after(`${random.int(900)}ms`);
    else ctx.heartbeat();
  }

  #price(ctx: Context, instrument: number): number {
    return this.plan.middles[instrument] + ctx.random.int(17) - 8;
  }

  #submit(ctx: Context): void {
    const { random } = ctx, ids = this.#ids, draw = random.int(12);
    if (draw === 0 && ids.length > 0) {
      const [clientId, request] = ids[random.int(ids.length)];
      ctx.submit({ ...request, clientId, ...random.int(2) === 0 ? { size: request.size + 1 } : {} });
      return;
    }
    const request = this.#order(ctx);
    const clientId = `d${this.acts}`;
    if (draw <= 3) this.#ids = [...ids.slice(-9), [clientId, request]];
    const id = ctx.submit(draw <= 3 ? { ...request, clientId } : request);
    if (id > 0) this.mine = [...this.mine.slice(-OPEN_MAX), id];
  }

  #order(ctx: Context): OrderRequest {
    const { random } = ctx, instrument = random.int(ctx.instruments.length), side = random.int(2) === 0 ? BUY : SELL;
    const type = TYPES[random.int(TYPES.length)] as NonNullable<OrderRequest["type"]>;
    const tif = TIFS[random.int(TIFS.length)] as NonNullable<OrderRequest["tif"]>;
    const price = this.#price(ctx, instrument), size = 1 + random.int(9);
    const priced = type === "limit" || type === "stop_limit" || type === "iceberg";
    const waits = type.startsWith("stop") || type === "market_if_touched";
    const odd = random.int(60);
    return {
      instrument: odd === 0 ? 7 : instrument,
      side,
      type,
      size: odd === 1 ? 0.5 : odd === 2 ? 0 : size,
      ...priced ? { price: odd === 3 ? price + 0.5 : price } : {},
      ...type === "trailing_stop"
        ? { trigger: random.int(5) }
        : waits
        ? { trigger: price + side * (random.int(7) - 2) }
        : {},
      ...type === "iceberg" ? { display: 1 + random.int(3) } : {},
      ...priced && random.int(4) === 0 ? { postOnly: true } : {},
      ...random.int(7) === 0 ? { reduceOnly: true } : {},
      ...tif === "gtc" ? {} : { tif },
      ...tif === "gtd" ? { expires: ctx.now + BigInt(random.int(3000)) * 1_000_000n } : {},
      ...this.plan.money && type === "market" ? { quote: 500 * (1 + random.int(20)), size: random.int(3) } : {},
    };
  }

  #amend(ctx: Context, { id, price }: OrderView): void {
    const { random } = ctx, size = 1 + random.int(12), moved = price + random.int(5) - 2;
    const draw = random.int(3);
    ctx.amend(id, draw === 0 ? { size } : draw === 1 ? { price: moved } : { size, price: moved });
  }

  #link(ctx: Context, open: number): void {
    const { random, links } = ctx, ids = [...this.groups.keys()], group = ids[random.int(Math.max(1, ids.length))];
    if (ids.length > 0 && (open > OPEN_MAX || random.int(2) === 0)) {
      const draw = random.int(4), opened = this.groups.get(group)!;
      if (draw === 0) links.close(group);
      else if (draw === 1) links.cancel(group);
      else if (draw === 2) {
        const size = 1 + random.int(9);
        if (links.view(group)?.state === "Working") opened.size = Math.max(opened.size, size);
        links.amend(group, { size });
      } else links.amend(group, { stop: { trigger: this.#price(ctx, 0) }, target: { price: this.#price(ctx, 0) } });
      return;
    }
    if (ids.length < 12) this.#openGroup(ctx);
  }

  #openGroup(ctx: Context): void {
    const { random, links } = ctx, instrument = random.int(ctx.instruments.length);
    const side = random.int(2) === 0 ? BUY : SELL, size = 1 + random.int(8), price = this.#price(ctx, instrument);
    const options = { tries: random.int(3), retryAfter: `${1 + random.int(400)}ms` };
    const entry = { instrument, side, size, ...random.int(3) === 0 ? {} : { price } };
    const exits: Pick<BracketRequest, "stop" | "target"> = {
      ...random.int(4) > 0 ? { stop: { trigger: price - side * (2 + random.int(6)) } } : { stop: { trigger: price } },
      ...random.int(3) > 0 ? { target: { price: price + side * (1 + random.int(6)) } } : {},
    };
    const peer = { instrument, side, size, price };
    const after: FollowingRequest = { instrument, side: -side, price: price + side * random.int(6) };
    const kind = (["oco", "ouo", "oto", "bracket", "bracket"] as const)[random.int(5)];
    const group = kind === "oco" || kind === "ouo"
      ? links[kind]({ ...options, orders: [peer, { ...peer, price: price - side * random.int(4) }] })
      : kind === "oto"
      ? links.oto({ ...options, entry, orders: [after, { ...after, price: price + side * 9 }] })
      : links.bracket({ ...options, entry, ...exits, reduceOnly: random.int(3) > 0 });
    if (group > 0) this.groups.set(group, { kind, size });
  }

  #parent(ctx: Context, open: number): void {
    const { random, parents } = ctx, ids = [...this.asked.keys()], id = ids[random.int(Math.max(1, ids.length))];
    const draw = random.int(10);
    if (draw < 4 && ids.length < 12 && open < OPEN_MAX) {
      const request = this.#parentRequest(ctx), started = parents.start(request);
      if (started > 0) this.asked.set(started, request.size);
    } else if (ids.length === 0) return;
    else if (draw < 5) parents.pause(id);
    else if (draw < 7) parents.resume(id);
    else if (draw < 8) parents.cancel(id);
    else if (draw < 9) {
      const size = 1 + random.int(40);
      if (parents.amend(id, { size })) this.asked.set(id, Math.max(this.asked.get(id)!, size));
    } else parents.amend(id, { limit: this.#price(ctx, 0) });
  }

  #parentRequest(ctx: Context): ParentRequest {
    const { random } = ctx, instrument = random.int(ctx.instruments.length), limit = this.#price(ctx, instrument);
    const algo = ALGOS[random.int(ALGOS.length)], over = `${1 + random.int(6000)}ms`;
    const common = {
      algo,
      instrument,
      side: random.int(2) === 0 ? BUY : SELL,
      size: 1 + random.int(40),
      rest: (["cancel", "market", "rest"] as const)[random.int(3)],
      ...random.int(3) === 0 ? { maxSize: 3 + random.int(9) } : {},
      ...random.int(5) === 0 ? { minSize: 1 + random.int(2) } : {},
    };
    const limited = random.int(2) === 0 ? { limit } : {}, jitter = random.float();
    const sliced = {
      ...limited,
      over,
      slice: `${100 + random.int(500)}ms`,
      style: (["take", "post"] as const)[random.int(2)],
    };
    switch (algo) {
      case "twap":
      case "vwap":
        return { ...common, ...sliced, jitter };
      case "is":
        return { ...common, ...sliced, jitter, riskAversion: random.float(), impact: 1, volatility: 3 };
      case "pov":
        return { ...common, ...sliced, rate: 0.05 + random.float() / 2 };
      case "iceberg":
        return { ...common, over, limit, display: 1 + random.int(9), jitter };
      case "sniper":
        return { ...common, over, limit, shown: 1 + random.int(4) };
      default:
        return {
          ...common,
          ...limited,
          over,
          when: random.int(2) === 0 ? { above: limit } : { value: "sma", period: 1 + random.int(9), below: limit },
          ...random.int(2) === 0 ? { then: { algo: "twap", over, slice: "300ms" } as const } : {},
        };
    }
  }

  #route(ctx: Context): void {
    const { random, router } = ctx, { kinds } = this.plan;
    if (kinds.length < 2 || kinds[0] === "bars" || kinds[1] === "bars") return;
    if (this.routes.length > 0 && random.int(3) === 0) {
      return void router.cancel(this.routes[random.int(this.routes.length)]);
    }
    const side = random.int(2) === 0 ? BUY : SELL,
      policy = (["sweep", "pro_rata", "best_price"] as const)[random.int(3)];
    const rests = random.int(3) === 0, limit = rests || random.int(2) === 0;
    const { tickSize } = ctx.instruments[0];
    const id = router.route({
      symbol: "X",
      side,
      policy,
      size: 2 * (1 + random.int(8)),
      ...limit ? { limit: `${(this.#price(ctx, 0) * tickSize).toFixed(2)}` } : {},
      ...rests ? { tif: "gtc" as const } : {},
    });
    if (id > 0) this.routes = [...this.routes.slice(-19), id];
  }
}
