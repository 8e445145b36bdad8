import type { Rng } from "../core/rng.ts";
import { closest } from "../core/closest.ts";
import type { Instrument } from "../core/instrument.ts";
import {
  ConstantLatency,
  type LatencyModel,
  LognormalLatency,
  parseDuration,
  RecordedLatency,
  SampledLatency,
} from "../venue/latency.ts";

/** Latency by leg: a text such as "10ms", "recorded", "recorded*2", "lognormal(5ms,0.4)", "table(1ms,2ms,9ms)", or a model. */
export interface LatencyOptions {
  /** From us to the venue, of new orders and amends. */
  readonly order?: string | LatencyModel;
  /** From us to the venue, of cancels; as `order` unless said. */
  readonly cancel?: string | LatencyModel;
  /** From the venue to us, of its answers. */
  readonly response?: string | LatencyModel;
  /** Another name of `response`. */
  readonly answer?: string | LatencyModel;
  /** From the exchange to us, in place of what the tape recorded. */
  readonly feed?: string | LatencyModel;
}

/** The models of all legs. */
export interface Latencies {
  readonly order: LatencyModel;
  readonly cancel: LatencyModel;
  readonly response: LatencyModel;
  /** By instrument, each with dice of its own: how far a tape is read ahead must not show in another's latencies. */
  readonly feed?: (instrument: Instrument) => LatencyModel;
  /** All of it, as run headers state it. */
  readonly name: string;
}

const LEGS = ["order", "cancel", "response", "feed"] as const;
const NAMES: readonly string[] = [...LEGS, "answer"];

/**
 * Reads latencies: "10ms" sets order, cancel and response, "10ms,feed=1ms" the feed as well; "order=10ms,response=5ms,feed=1ms" each on its own: those not named
 * are 0, but for the cancel's, which is the order's, and the feed's, which stays as recorded. Throws RangeError for what is neither.
 */
export function latencies(given: string | LatencyOptions, seed: Rng): Latencies {
  const named = typeof given === "string" ? parse(given) : given;
  const legs = { ...named, response: named.response ?? named.answer };
  const model = (leg: typeof LEGS[number]): LatencyModel | undefined => {
    const value = legs[leg];
    return typeof value === "string" ? latencyModel(value, seed.child(`latency ${leg}`)) : value;
  };
  const order = model("order") ?? new ConstantLatency(0);
  const cancel = model("cancel") ?? order;
  const response = model("response") ?? new ConstantLatency(0);
  const feed = legs.feed === "recorded" ? undefined : model("feed");
  const same = order.name === cancel.name && order.name === response.name;
  const name = same ? order.name : `order ${order.name}, cancel ${cancel.name}, answer ${response.name}`;
  if (feed === undefined) return { order, cancel, response, name };
  const feedOf = ({ symbol, venue }: Instrument) =>
    typeof legs.feed === "string" ? latencyModel(legs.feed, seed.child(`latency feed ${symbol} ${venue}`)) : feed;
  return { order, cancel, response, feed: feedOf, name: `${name}, feed ${feed.name}` };
}

/**
 * Joins texts of latencies: what a later one says of a leg, or of all of them, stands in place of what an earlier one said.
 *
 * @example
 * ```ts
 * import { joinLatencies } from "./latencies.ts";
 * if (joinLatencies("10ms,feed=2ms", "feed=1ms") !== "10ms,feed=1ms") throw new Error("unexpected");
 * ```
 */
export function joinLatencies(before: string, after: string): string {
  const later = partsOf(after), said = new Set(later.map(([leg]) => leg));
  return [...partsOf(before).filter(([leg]) => !said.has(leg)), ...later].map(([leg, value]) =>
    leg === "" ? value : `${leg}=${value}`
  ).join(",");
}

/** A text's parts as leg and value; the leg of one for order, cancel and answer alike is "". */
function partsOf(text: string): [leg: string, value: string][] {
  return text.split(/,(?![^(]*\))/).map((part) => {
    const at = part.indexOf("=");
    const leg = part.slice(0, Math.max(0, at)).trim();
    return [leg === "answer" ? "response" : leg, part.slice(at + 1).trim()];
  });
}

function parse(text: string): LatencyOptions {
  if (!text.includes("=")) return { order: text, cancel: text, response: text };
  const legs: Record<string, string> = {};
  for (const [leg, value] of partsOf(text)) {
    if (leg !== "" && !NAMES.includes(leg)) {
      throw new RangeError(`Cannot set latency ${leg}: there is no such leg; ${closest(leg, NAMES)}`);
    }
    if (leg in legs) {
      const twice = leg === "" ? "the one for all legs" : leg;
      throw new RangeError(`Cannot set latency ${text}: ${twice} is given twice; leave one of them out`);
    }
    legs[leg] = value;
  }
  const { "": all, ...named } = legs;
  // A latency without a leg is that of order, cancel and answer, but for those that are named as well.
  return all === undefined ? named : { order: all, cancel: all, response: all, ...named };
}

/** One leg's model from its text. */
function latencyModel(text: string, rng: Rng): LatencyModel {
  const call = /^(\w+)\s*(?:\((.*)\))?(?:\*([\d.]+))?$/.exec(text.trim());
  const values = call?.[2]?.split(",").map((value) => value.trim()) ?? [];
  switch (call?.[1]) {
    case "recorded":
      return new RecordedLatency(Number(call[3] ?? 1));
    case "lognormal":
      if (values.length === 2) return new LognormalLatency(time(values[0], text), Number(values[1]), rng);
      throw new RangeError(`Cannot set latency ${text}: write lognormal(MEDIAN,SIGMA), as in lognormal(5ms,0.4)`);
    case "table":
      return new SampledLatency(values.map((value) => time(value, text)), rng);
    default:
      return new ConstantLatency(text === "0" ? 0 : time(text, text));
  }
}

/** A duration that stands in `text`. */
function time(value: string, text: string): number {
  try {
    return parseDuration(value);
  } catch (error) {
    const why = `${JSON.stringify(value)} is not like 10ms, 250us or 1.5s`;
    throw new RangeError(`Cannot set latency ${text}: ${why}`, { cause: error });
  }
}
