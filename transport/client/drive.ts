import type { Alert } from "../../engine/core/alerts.ts";
import type { ParentView } from "../../engine/oms/parents/parent_view.ts";
import type { Client } from "./client.ts";
import type { CommandAnswer, ServerHello, Turn } from "./update.ts";

type Call = Turn["calls"][number];
type Market = Turn["markets"][number];
type Later = void | Promise<void>;

/** A fill of ours, prices in ticks and sizes in lots; `side` is 1 (buy) or -1. */
export interface RemoteFill {
  readonly order: number;
  readonly instrument: number;
  readonly side: number;
  readonly price: number;
  readonly size: number;
  readonly maker: boolean;
}

/** An order of ours as it stands; `price` is undefined for a market order. */
export interface RemoteOrder {
  readonly order: number;
  readonly instrument: number;
  readonly side: number;
  readonly price: number | undefined;
  readonly size: number;
  readonly filled: number;
  readonly state: string;
  readonly code: number;
}

/** A trade of the market, or a bar: `price` is its close, `size` its volume. */
export interface RemoteTrade {
  readonly instrument: number;
  readonly side: number;
  readonly price: number;
  readonly size: number;
}

/** What a remote strategy asks for; as `OrderRequest` of a strategy in process, with sides as 1 and -1 too. */
export interface RemoteRequest {
  readonly side: number;
  readonly size: number;
  readonly price?: number;
  readonly instrument?: number;
  readonly type?: string;
  readonly tif?: string;
  readonly trigger?: number;
  readonly display?: number;
  readonly postOnly?: boolean;
  readonly reduceOnly?: boolean;
}

/**
 * A strategy that drives a session from outside: the callbacks of one in process, each of which may take its time. The clock waits
 * until it is done.
 */
export interface RemoteStrategy {
  onStart?(ctx: RemoteContext): Later;
  onBook?(ctx: RemoteContext, instrument: number): Later;
  onTrade?(ctx: RemoteContext, trade: RemoteTrade): Later;
  onBar?(
    ctx: RemoteContext,
    bar: RemoteTrade & { readonly open: number; readonly high: number; readonly low: number },
  ): Later;
  onOrder?(ctx: RemoteContext, order: RemoteOrder): Later;
  onFill?(ctx: RemoteContext, fill: RemoteFill): Later;
  onTimer?(ctx: RemoteContext, timer: number): Later;
  onParent?(ctx: RemoteContext, parent: ParentView): Later;
  onAlert?(ctx: RemoteContext, alert: Alert): Later;
  /** The session has come to its end: orders are refused by now (CLOSED). Not called where somebody stops it before. */
  onStop?(ctx: RemoteContext): Later;
}

/** What a remote strategy can see and do in its turn. */
export class RemoteContext {
  /** Nanoseconds since 1970-01-01 UTC. */
  now = 0n;
  readonly #client: Client;
  readonly #hello: ServerHello;
  #markets: readonly Market[] = [];

  constructor(client: Client, hello: ServerHello) {
    this.#client = client;
    this.#hello = hello;
  }

  get instruments(): ServerHello["instruments"] {
    return this.#hello.instruments;
  }

  /** The best bid and ask in ticks; -Infinity and Infinity where there is none. */
  book(instrument = 0): { bestBid: number; bestAsk: number; bestBidSize: number; bestAskSize: number } {
    const { bid, ask, bidSize, askSize } = this.#markets[instrument];
    return { bestBid: bid ?? -Infinity, bestAsk: ask ?? Infinity, bestBidSize: bidSize, bestAskSize: askSize };
  }

  /** Net position in lots, as it was when the turn began. */
  position(instrument = 0): number {
    return this.#markets[instrument].position;
  }

  /** Sends an order: its id, above 0, or a refusal's code below 0. */
  async submit({ side, instrument = 0, ...rest }: RemoteRequest): Promise<number> {
    const { symbol } = this.instruments[instrument];
    const { code, order } = await this.command({
      kind: "submit",
      side: side > 0 ? "buy" : "sell",
      instrument: symbol,
      ...rest,
    });
    return code === 0 ? order : -code;
  }

  /** Asks to cancel an order; false where it is done, unknown, or a request is on its way. */
  async cancel(order: number): Promise<boolean> {
    return (await this.command({ kind: "cancel", order })).code === 0;
  }

  /** Asks to cancel all open orders. */
  async cancelAll(): Promise<void> {
    await this.command({ kind: "cancel_all" });
  }

  /** Asks to change price and size (in all). */
  async amend(order: number, change: { readonly price?: number; readonly size?: number }): Promise<boolean> {
    return (await this.command({ kind: "amend", order, ...change })).code === 0;
  }

  /** Calls `onTimer` every `interval` ("100ms"), first one interval from now; the timer's number. */
  async every(interval: string): Promise<number> {
    return (await this.command({ kind: "every", interval })).order;
  }

  /** Calls `onTimer` once, after `delay`. */
  async after(delay: string): Promise<number> {
    return (await this.command({ kind: "after", delay })).order;
  }

  /** Sends any command of the session, as `{ kind: "parent_start", … }`; protocol/PROTOCOL.md lists them. */
  command(command: Readonly<Record<string, unknown>> & { readonly kind: string }): Promise<CommandAnswer> {
    return this.#client.command(command);
  }

  /** A turn has come. */
  begin({ time, markets }: Turn): void {
    this.now = time;
    this.#markets = markets;
  }
}

/**
 * Drives a session at pace lockstep with a strategy of one's own, until the session or the connection ends. What comes out is what
 * comes out of the same strategy in process, to the last bit of the digest.
 *
 * Rejects with what the strategy throws, where the session cannot be driven, and where its clock was sought back.
 *
 * @example
 * ```ts
 * import { drive } from "./drive.ts";
 * import { connect } from "./mod.ts";
 *
 * async function trade(token: string) {
 *   const client = connect({ url: "ws://127.0.0.1:8787/ws", token });
 *   await drive(client, {
 *     onStart: async (ctx) => void await ctx.every("10s"),
 *     onTimer: async (ctx) => void await ctx.submit({ side: 1, size: 1, price: ctx.book().bestBid }),
 *   });
 * }
 * ```
 */
export async function drive(client: Client, strategy: RemoteStrategy): Promise<void> {
  const hello = await client.ready(), context = new RemoteContext(client, hello);
  const turns: Turn[] = [];
  let wake = () => {}, over = false, failure: Error | undefined;
  const stops = [
    client.on("turn", (turn) => {
      turns.push(turn);
      wake();
    }),
    client.listen("clock", "", ({ data: { state } }) => {
      over ||= state === "ended" || state === "failed";
      wake();
    }),
    client.on("state", ({ state }) => {
      if (state === "error") failure = client.error;
      over ||= state === "disconnected" || state === "error";
      wake();
    }),
  ];
  const hears = Object.keys(strategy).filter((name) => name in CALLS).join(",");
  try {
    await client.command({ kind: "drive", hears });
    // Over another link the server asks again what it may have asked in vain, or was answered in vain.
    stops.push(client.on("hello", () => void client.command({ kind: "drive", hears }).catch(() => {})));
    for (let last = -1;;) {
      const turn = turns.shift();
      if (turn === undefined) {
        if (failure) throw failure;
        if (over) return;
        await new Promise<void>((resolve) => wake = resolve);
        continue;
      }
      if (turn.time < context.now) {
        throw new Error(
          "Cannot drive on: the session was sought back, and the strategy knows what has not happened; drive it with one made anew",
        );
      }
      // One that was asked again because the link was lost in it has been answered, or is.
      if (turn.step > last) {
        last = turn.step;
        context.begin(turn);
        for (const call of turn.calls) await CALLS[call.call as keyof typeof CALLS]?.(strategy, context, call);
      }
      client.done(turn.step);
    }
  } finally {
    for (const stop of stops) stop();
  }
}

type Tell = (strategy: RemoteStrategy, ctx: RemoteContext, call: Call) => Later;

/** How each call is told; the schema of turns has the fields that each of them comes with. */
const CALLS: Readonly<Record<keyof RemoteStrategy, Tell>> = {
  onStart: (strategy, ctx) => strategy.onStart?.(ctx),
  onBook: (strategy, ctx, { instrument = 0 }) => strategy.onBook?.(ctx, instrument),
  onTrade: (strategy, ctx, call) => strategy.onTrade?.(ctx, tradeOf(call)),
  onBar: (strategy, ctx, call) => {
    const { open = NaN, high = NaN, low = NaN } = call;
    return strategy.onBar?.(ctx, { ...tradeOf(call), open, high, low });
  },
  onOrder: (
    strategy,
    ctx,
    { order = 0, instrument = 0, side = 0, price, size = 0, filled = 0, state = "", code = 0 },
  ) => strategy.onOrder?.(ctx, { order, instrument, side, price, size, filled, state, code }),
  onFill: (strategy, ctx, call) => {
    const { order = 0, maker = false } = call;
    return strategy.onFill?.(ctx, { order, maker, ...tradeOf(call) });
  },
  onTimer: (strategy, ctx, { timer = 0 }) => strategy.onTimer?.(ctx, timer),
  onParent: (strategy, ctx, { view = {} }) => strategy.onParent?.(ctx, view as object as ParentView),
  onAlert: (strategy, ctx, { view = {} }) => strategy.onAlert?.(ctx, view as object as Alert),
  onStop: (strategy, ctx) => strategy.onStop?.(ctx),
};

function tradeOf({ instrument = 0, side = 0, price = NaN, size = 0 }: Call): RemoteTrade {
  return { instrument, side, price, size };
}
