import { rig, type RigOptions } from "../core/_rig.ts";
import { codeName } from "../core/codes.ts";
import { BUY, DEPTH, SELL, TRADE } from "../core/event.ts";
import type { Session } from "../core/session.ts";
import type { Context, Strategy } from "../core/strategy.ts";
import { type MadeRow, madeTape } from "../feed/_made_tape.ts";
import type { GuardOptions } from "./guard_options.ts";
import type { Guards } from "./guards.ts";
import { guardSpecs } from "./guard_specs.ts";

/** When made sessions start: 2023-11-14T22:13:20Z. */
export const START = 1_700_000_000_000_000_000n;

/** A moment of a made market: in ms, the best bid and ask from then on (0: none), and a trade's price. */
export type Moment = readonly [ms: number, bid: number, ask: number, trade?: number];

/** Rows of a market with these moments, 100 lots at each price; every moment is one message. */
export function market(moments: readonly Moment[]): MadeRow[] {
  let before: readonly [number, number] = [0, 0];
  return moments.flatMap(([ms, bid, ask, trade]) => {
    const exchange = START + BigInt(Math.round(ms * 1e6));
    const rows: MadeRow[] = [];
    for (const [side, old, now] of [[BUY, before[0], bid], [SELL, before[1], ask]] as const) {
      if (old !== 0 && old !== now) rows.push({ exchange, kind: DEPTH, side, price: old, size: 0 });
      if (now !== 0) rows.push({ exchange, kind: DEPTH, side, price: now, size: 100 });
    }
    if (trade !== undefined) rows.push({ exchange, kind: TRADE, side: BUY, price: trade, size: 1 });
    before = [bid, ask];
    return rows.map((row, i) => ({ ...row, flags: i === rows.length - 1 ? 7 : 3 }));
  });
}

/** What is done at which ms, by the strategy or, as a command would, by the guards. */
export type Step = readonly [ms: number, act: (ctx: Context, guards: Guards) => unknown];

/** A session over made moments (or rows), with guards: what was heard, with its ms: alerts, and what the steps returned. */
export function watched(
  moments: readonly Moment[] | readonly MadeRow[],
  guards: GuardOptions,
  steps: readonly Step[] = [],
  more: Partial<RigOptions> = {},
): { heard: string[]; session: Session } {
  const heard: string[] = [];
  const rows = Array.isArray(moments[0]) ? market(moments as readonly Moment[]) : moments as readonly MadeRow[];
  const session: Session = rig({
    tapes: { X: madeTape(rows) },
    guards: guardSpecs(guards, ["X"]),
    strategy: stepping(steps.map(([ms, act]) => [ms, (ctx) => act(ctx, session.guards)]), heard),
    ...more,
  });
  session.run();
  return { heard, session };
}

/** Acts at each of these ms; what came of it goes to `heard` with its ms, and so do alerts. */
export function stepping(
  steps: readonly (readonly [ms: number, act: (ctx: Context) => unknown])[],
  heard: string[],
): Strategy {
  return {
    onStart: (ctx) => steps.forEach(([ms]) => ctx.after(`${ms}ms`)),
    onTimer(ctx, timer) {
      const result = steps[timer - 1][1](ctx);
      if (typeof result === "number") heard.push(`${at(ctx)} ${result < 0 ? codeName(-result) : "sent"}`);
      else if (result !== undefined) heard.push(`${at(ctx)} ${result}`);
    },
    onAlert: (ctx, { severity, code, text }) => void heard.push(`${at(ctx)} ${severity} ${code} ${text}`),
  };
}

/** Milliseconds since the start. */
export function at({ now }: Context): number {
  return Number((now - START) / 1000n) / 1000;
}

/** Buys or sells lots at the market, or at a price. */
export function trade(lots: number, price?: number): (ctx: Context) => number {
  return (ctx) =>
    ctx.submit({ side: lots > 0 ? BUY : SELL, size: Math.abs(lots), ...price === undefined ? {} : { price } });
}

/** What the gate says of the instrument. */
export function gate(ctx: Context): string {
  const [cause] = ctx.guards.state().causes.filter(({ code }) => code !== "CLOSED");
  return cause === undefined ? "open" : `${cause.state} ${cause.code}`;
}
