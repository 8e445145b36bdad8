import { AT_EXCHANGE, AT_LOCAL, BUY, DEPTH, GAP, SELL, SNAPSHOT, STATUS, TRADE } from "../../core/event.ts";
import { instrument, type InstrumentSpec } from "../../core/instrument.ts";
import { Session } from "../../core/session.ts";
import type { SessionOptions } from "../../core/session_options.ts";
import type { Context, Strategy } from "../../core/strategy.ts";
import { type MadeRow, madeTape } from "../../feed/_made_tape.ts";
import { limits } from "../../risk/limits.ts";
import type { FeeModel } from "../../venue/fee_model.ts";
import { ProportionalFees } from "../../venue/fees.ts";
import { ConstantLatency, type LatencyModel } from "../../venue/latency.ts";
import { VenueFees } from "../../venue/venue_fees.ts";
import { queueModel } from "../../venue/queue_model.ts";
import { codeName } from "../../core/codes.ts";
import type { RouteView } from "./route.ts";
import type { RouteRequest, RouterSettings } from "./route_request.ts";

/** When tapes begin. */
export const START = 1_700_000_000_000_000_000n;
const MS = 1_000_000n;

/** A venue of a test. */
export interface MadeVenue {
  /** Its book at the start, "100×5 101×5 | 99×4": asks, then bids, in ticks and lots; a quiet one where absent. */
  readonly book?: string;
  readonly rows?: readonly MadeRow[];
  /** What happens later, at so many ms: "ask 100 7", "bid 99 0", "trade 100 3", "halt", "open", "gap", "snapshot ask 100 5". */
  readonly later?: readonly (readonly [ms: number, what: string])[];
  /** Nanoseconds that its messages take. */
  readonly feed?: number;
  readonly spec?: Partial<InstrumentSpec>;
  /** Maker's and taker's rate. */
  readonly fees?: readonly [maker: string, taker: string];
}

/** A session's venues and strategy; all else is quiet. */
export interface VenuesOptions {
  readonly venues: Readonly<Record<string, MadeVenue>>;
  readonly strategy: Strategy;
  readonly latency?: number | LatencyModel;
  readonly more?: Partial<SessionOptions>;
  /** The fee model tells no rates. */
  readonly mute?: boolean;
  readonly limits?: Parameters<typeof limits>[0];
}

/** A session over several venues of X. */
export function venuesOf({ venues, strategy, latency = 0, mute = false, more, limits: given }: VenuesOptions): Session {
  const names = Object.keys(venues).sort();
  const models = names.map((name) => new ProportionalFees(...(venues[name].fees ?? ["0", "0"])));
  const told: FeeModel = new VenueFees(models);
  const fees: FeeModel = mute ? { fee: (execution, notional, into) => told.fee(execution, notional, into) } : told;
  const model = typeof latency === "number" ? new ConstantLatency(latency) : latency;
  return new Session({
    feeds: names.map((venue) => ({
      instrument: instrument({ symbol: "X", venue, tick: "1", lot: "1", ...venues[venue].spec }),
      tape: madeTape(rowsOf(venues[venue])),
      queue: queueModel("risk", 1),
      limits: limits(given ?? {}),
    })),
    strategy,
    seed: 1,
    cash: {},
    fees: () => fees,
    latency: { order: model, cancel: model, response: model },
    venue: { fills: "partial", impact: "frozen", selfTrade: "allow" },
    finish: "mark",
    sampleNs: 1e15,
    recorder: {},
    ...more,
  });
}

/** A strategy that acts at given milliseconds. */
export function acting(acts: Readonly<Record<number, (ctx: Context) => void>>): Strategy {
  const times = Object.keys(acts).map(Number), due = new Map<number, number>();
  return {
    onStart(ctx) {
      for (const ms of times) due.set(ctx.after(`${ms}ms`), ms);
    },
    onTimer: (ctx, timer) => acts[due.get(timer)!](ctx),
  };
}

/** Children as "a 100×5" each, what was not filled in brackets: "a 100×5 [2]", and what rests with a star. */
export function told({ children }: RouteView): string {
  return children.map(({ venue, price, size, filled, rests }) =>
    `${venue.slice(2)} ${price}×${size}${filled < size ? ` [${size - filled}]` : ""}${rests ? "*" : ""}`
  ).join(", ");
}

/** The rows of a venue. */
export function rowsOf({ book = "1000×1 | 1×1", rows, later = [], feed = 0 }: MadeVenue): MadeRow[] {
  const [asks, bids = ""] = book.split("|");
  const level = (side: number) => (text: string): MadeRow => {
    const [price, size] = text.split("×").map(Number);
    return { exchange: START, kind: SNAPSHOT, side, price, size, flags: AT_EXCHANGE | AT_LOCAL };
  };
  const words = (text: string) => text.trim().split(/\s+/).filter((word) => word !== "");
  const first = rows ?? [...words(asks).map(level(SELL)), ...words(bids).map(level(BUY))];
  const made = first.map((row, i) => rows || i < first.length - 1 ? row : { ...row, flags: 7 });
  const rest = later.map(([ms, what]) => ({ exchange: START + BigInt(ms) * MS, ...event(what), flags: 7 }));
  return [...made, ...rest].map((row) => ({ ...row, local: row.local ?? BigInt(row.exchange) + BigInt(feed) }));
}

function event(text: string): Omit<MadeRow, "exchange"> {
  const [head, ...words] = text.split(" "), numbers = words.map(Number);
  if (head === "halt" || head === "open") return { kind: STATUS, size: head === "open" ? 1 : 0 };
  if (head === "gap") return { kind: GAP };
  if (head === "trade") return { kind: TRADE, side: SELL, price: numbers[0], size: numbers[1] };
  if (head === "snapshot") return { ...event(words.join(" ")), kind: SNAPSHOT };
  return { kind: DEPTH, side: head === "ask" ? SELL : BUY, price: numbers[0], size: numbers[1] };
}

/** A quiet minute. */
export const LATER: NonNullable<MadeVenue["later"]> = [[60_000, "bid 1 1"]];

/** Routes once, 1 ms after the start, and returns how it stood at the end of the tapes. */
export function route(
  request: Partial<RouteRequest>,
  venues: VenuesOptions["venues"],
  use: RouterSettings = {},
  more: Partial<VenuesOptions> = {},
): RouteView {
  let view: RouteView | undefined;
  const strategy = acting({
    1: (ctx) => {
      ctx.router.use(use);
      const id = ctx.router.route({ symbol: "X", side: BUY, size: 10, ...request });
      if (!(id > 0)) throw new Error(`it was refused with ${id}`);
    },
  });
  strategy.onStop = (ctx) => (view = ctx.router.view(1));
  const ending = Object.fromEntries(Object.entries(venues).map(([name, venue]) => [name, { later: LATER, ...venue }]));
  venuesOf({ venues: ending, strategy, ...more }).run();
  return view!;
}

/** Units filled of all, and why the rest was not. */
export function outcome({ filled, size, state, code, rounds }: RouteView): string {
  return `${state} ${filled}/${size} ${code ? `${codeName(code)} ` : ""}in ${rounds}`;
}
