import { assert, assertEquals } from "@std/assert";
import { BUY, SELL } from "../../engine/core/event.ts";
import type { Command, CommandEntry } from "../../engine/core/command.ts";
import type { Context, Strategy } from "../../engine/core/strategy.ts";
import { backtest } from "../../engine/run/backtest.ts";
import type { BacktestOptions } from "../../engine/run/prepare.ts";
import { drive, type RemoteStrategy } from "../client/drive.ts";
import { servedSession } from "./_served.ts";

/** What it asks for, in words that do for a strategy in process and for one outside. */
type Wish = Command & { readonly side?: "buy" | "sell"; readonly size?: number };

/** Answers alerts, its parents, and the end, with orders: one mind for both. */
function mind() {
  let timers = 0, alerts = 0, changes = 0;
  const parent = (side: "buy" | "sell"): Wish => ({ kind: "parent_start", algo: "twap", side, size: 6, over: "40s" });
  return {
    heard: { alerts: 0, parents: 0, stops: 0 },
    /** Two orders too large for their limits: an alert comes of them while there is more to do in the callback. */
    timer(bid: number): Wish[] {
      const more: Wish[] = ++timers % 9 === 1 ? [parent(timers % 2 === 0 ? "buy" : "sell")] : [];
      return [
        { kind: "submit", side: "buy", size: 50, price: bid },
        { kind: "submit", side: "sell", size: 70 },
        { kind: "submit", side: "buy", size: 1, price: bid },
        ...more,
      ];
    },
    alert(code: string): Wish[] {
      this.heard.alerts++;
      const side = ++alerts % 2 === 0 ? "buy" : "sell";
      return code === "KILLED" ? [] : [{ kind: "submit", side, size: 2 }, { kind: "submit", side, size: 60 }];
    },
    parent(state: string, filled: number): Wish[] {
      this.heard.parents++;
      if (state === "Filled" && ++changes % 2 === 0) return [parent("buy")];
      return [{ kind: "submit", side: filled % 2 === 0 ? "buy" : "sell", size: 1, tif: "ioc" }];
    },
    fill: (size: number): Wish[] => size > 1 ? [{ kind: "submit", side: "sell", size: 1 }] : [],
    stop(): Wish[] {
      this.heard.stops++;
      return [{ kind: "submit", side: "buy", size: 3 }, { kind: "cancel_all" }];
    },
  };
}

/** In process. */
function local(own: ReturnType<typeof mind>): Strategy {
  const act = (ctx: Context, wishes: readonly Wish[]): void => {
    for (const { kind, side, ...rest } of wishes) {
      const order = { side: side === "sell" ? SELL : BUY, size: 0, ...rest } as const;
      if (kind === "submit") ctx.submit(order);
      else if (kind === "cancel_all") ctx.cancelAll();
      else ctx.parents.start({ algo: "twap", over: "40s", ...order });
    }
  };
  return {
    onStart: (ctx) => void ctx.every("20s"),
    onTimer: (ctx) => act(ctx, own.timer(ctx.book().bestBid)),
    onAlert: (ctx, { code }) => act(ctx, own.alert(code)),
    onParent: (ctx, { state, filled }) => act(ctx, own.parent(state, filled)),
    onFill: (ctx, { size }) => act(ctx, own.fill(size)),
    onStop: (ctx) => act(ctx, own.stop()),
  };
}

/** At the other end of a link. */
function remote(own: ReturnType<typeof mind>): RemoteStrategy {
  return {
    onStart: async (ctx) => void await ctx.every("20s"),
    async onTimer(ctx) {
      for (const wish of own.timer(ctx.book().bestBid)) await ctx.command(wish);
    },
    async onAlert(ctx, { code }) {
      for (const wish of own.alert(code)) await ctx.command(wish);
    },
    async onParent(ctx, { state, filled }) {
      for (const wish of own.parent(state, filled)) await ctx.command(wish);
    },
    async onFill(ctx, { size }) {
      for (const wish of own.fill(size)) await ctx.command(wish);
    },
    async onStop(ctx) {
      for (const wish of own.stop()) await ctx.command(wish);
    },
  };
}

const CASES: Readonly<Record<string, Partial<BacktestOptions>>> = {
  "alerts and parents": {
    limits: { orderSize: 40, position: 60 },
    guards: { refusals: { orderSize: { count: 2, window: "9s", then: "alert" } } },
  },
  "latency, and an end that closes the position": {
    latency: "7ms",
    limits: { orderSize: 40, position: 30 },
    guards: {
      refusals: { any: { count: 2, window: "9s", then: "alert" } },
      postTrade: { drawdown: { limit: 0.5, then: "alert" } },
    },
    finish: "close",
  },
  "a kill in the midst": {
    limits: { orderSize: 40 },
    guards: { refusals: { orderSize: { count: 90, then: "kill" } }, kill: { flatten: "market" } },
    commands: ["+15m pause 'lunch'", "+16m resume"],
  },
};

for (const [what, options] of Object.entries(CASES)) {
  Deno.test(`drive: acting in onAlert, onParent and onStop gives the digest of the same in process: ${what}`, async () => {
    const inside = mind(), outside = mind();
    const strategy = { name: "inside", about: "In process.", create: () => local(inside) };
    const plain = backtest({ strategy, tape: "fixtures/data/market_l2.arrow", ...options });
    const inputs: CommandEntry[] = [];
    const commanded = (entry: CommandEntry) => void (entry.scheduled || inputs.push(entry));
    const { session, client } = servedSession({}, { pace: "lockstep" }, { ...options, recorders: [{ commanded }] });
    const pilot = client(), running = session.run();
    await drive(pilot, remote(outside));
    const result = await running;
    assertEquals(outside.heard, inside.heard);
    assertEquals([result.trades, result.digest], [plain.trades, plain.digest]);
    assert(inside.heard.alerts > 2 && inside.heard.parents > 2 && plain.trades > 20, JSON.stringify(inside.heard));
    assertEquals(inside.heard.stops, 1);
    // What came in, in its places, makes it again: those of its end behind onStop.
    assertEquals(inputs.at(-1)?.ending, options.finish === "close" ? 2 : 1);
    const still = { name: "still", about: "Does nothing.", create: () => ({}) };
    const again = backtest({
      strategy: still,
      tape: "fixtures/data/market_l2.arrow",
      ...options,
      everyMessage: true,
      inputs,
    });
    assertEquals([again.trades, again.digest], [plain.trades, plain.digest]);
    pilot.close();
    session.hub.close();
  });
}
