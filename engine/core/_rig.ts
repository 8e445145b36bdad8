import { ConstantLatency, type LatencyModel } from "../venue/latency.ts";
import { UNLIMITED } from "../risk/limits.ts";
import { parseFees } from "../venue/fees.ts";
import { feeModel } from "../venue/fees.ts";
import { type QueueModel, queueModel } from "../venue/queue_model.ts";
import type { OpeningPosition, SessionOptions } from "./session_options.ts";
import { instrument, type InstrumentSpec } from "./instrument.ts";
import type { Tape } from "./line.ts";
import type { Recorder } from "./recorder.ts";
import { Session } from "./session.ts";
import type { Strategy } from "./strategy.ts";

/** What a test says of a session; all else has quiet defaults. */
export interface RigOptions extends Partial<Omit<SessionOptions, "feeds" | "strategy" | "latency">> {
  /** By symbol, in the order of registration. */
  readonly tapes: Readonly<Record<string, Tape>>;
  readonly strategy?: Strategy;
  /** Nanoseconds, or a model, by leg; 0 where absent, and as recorded for the feed. */
  readonly latency?: {
    readonly order?: number | LatencyModel;
    readonly cancel?: number | LatencyModel;
    readonly response?: number | LatencyModel;
    readonly feed?: number | SessionOptions["latency"]["feed"];
  };
  readonly queue?: string | QueueModel;
  /** By symbol, what is held at the start. */
  readonly opening?: Readonly<Record<string, OpeningPosition>>;
  /** By symbol, what is to be said of an instrument beside tick and lot. */
  readonly specs?: Readonly<Record<string, Partial<InstrumentSpec>>>;
}

/** A session over tapes, on a grid of whole ticks and lots. */
export function rig(options: RigOptions): Session {
  const { tapes, strategy = {}, latency = {}, queue = "risk", specs = {}, opening = {}, ...rest } = options;
  const model = (leg: number | LatencyModel) => typeof leg === "number" ? new ConstantLatency(leg) : leg;
  const { order = 0, cancel = order, response = 0, feed } = latency;
  return new Session({
    feeds: Object.entries(tapes).map(([symbol, tape]) => ({
      instrument: instrument({ symbol, venue: "made", tick: "1", lot: "1", ...specs[symbol] }),
      tape,
      queue: typeof queue === "string" ? queueModel(queue, 1) : queue,
      limits: UNLIMITED,
      opening: opening[symbol],
    })),
    strategy,
    seed: 1,
    cash: {},
    fees: (valuation) => feeModel(parseFees("none"), valuation),
    latency: {
      order: model(order),
      cancel: model(cancel),
      response: model(response),
      ...feed === undefined ? {} : { feed: typeof feed === "number" ? model(feed) : feed },
    },
    venue: { fills: "partial", impact: "frozen", selfTrade: "allow" },
    finish: "mark",
    sampleNs: 1e15,
    recorder: {},
    ...rest,
  });
}

/** Every output record of a session as one line: tag, time in ns since 1970, order, and the rest. */
export class OutputLog implements Recorder {
  readonly lines: string[] = [];

  output(tag: number, era: number, ns: number, order: number, x: number, y: number, z: number): void {
    this.lines.push(`${tag & 15} ${BigInt(era) * BigInt(4503599627370496) + BigInt(ns)} ${order} ${x} ${y} ${z}`);
  }
}

/** Runs a session to its end and returns its digest. */
export function digestOf(options: RigOptions): string {
  const session = rig(options);
  session.run();
  return session.core.digest.hex();
}
