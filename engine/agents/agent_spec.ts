import { closest } from "../core/closest.ts";
import { parseDuration } from "../venue/latency.ts";
import type { AgentMarketOptions } from "./agent_market.ts";

/** How participants are asked for. */
export interface AgentSpec {
  /** How long they act, ns. */
  readonly forNs: number;
  /** What is published of it: levels, or single orders. */
  readonly view: "l2" | "l3";
  /** How they act. */
  readonly market: Omit<AgentMarketOptions, "seed">;
}

/** A month: what is made for longer is better made once, and kept. */
const FOR_NS_MAX = 31 * 86_400e9;

/** What they may do in all, about: some 5 GB of tape. */
const MESSAGES_MAX = 1e8;

/** What can be said of a market, with its least and greatest value. */
const SETTINGS = {
  limitRate: [0.01, 1000],
  marketRate: [0, 1000],
  cancelRate: [0.0001, 10],
  newsRate: [0, 1000],
  newsTicks: [0, 100],
  startTicks: [400, 100_000],
  feedMs: [0.001, 10_000],
} as const satisfies Partial<Record<keyof AgentMarketOptions, readonly [min: number, max: number]>>;

type Setting = keyof typeof SETTINGS;

/**
 * Reads how participants are asked for: how long they act, and what is to be other than usual: the fields of
 * {@linkcode AgentMarketOptions}, and `view`, l2 unless said.
 *
 * Throws RangeError for what cannot be read, is not known, or lies outside its bounds.
 *
 * @example
 * ```ts
 * import { parseAgents } from "./agent_spec.ts";
 *
 * const { forNs, view, market } = parseAgents("90s, newsRate=0.5, view=l3");
 * if (forNs !== 90e9 || view !== "l3" || market.newsRate !== 0.5) throw new Error("unexpected");
 * ```
 */
export function parseAgents(text: string): AgentSpec {
  const [duration, ...settings] = text.split(",").map((part) => part.trim());
  const forNs = parseDuration(duration);
  if (forNs <= 0 || forNs > FOR_NS_MAX) {
    throw new RangeError(`Cannot let agents act for ${duration}: it is more than 0 and at most 31d`);
  }
  const market: Partial<Record<Setting, number>> = {};
  let view: AgentSpec["view"] = "l2";
  for (const setting of settings) {
    const at = setting.indexOf("="), name = setting.slice(0, at).trim(), value = setting.slice(at + 1).trim();
    if (at < 1) {
      throw new RangeError(`Cannot read ${JSON.stringify(setting)} of agents: write NAME=VALUE, as newsRate=0.5`);
    }
    if (name === "view") view = viewOf(value);
    else if (isSetting(name)) market[name] = valueOf(name, value);
    else {throw new RangeError(
        `Cannot set ${name} of agents: there is no such setting; ${closest(name, [...NAMES, "view"])}`,
      );}
  }
  checkLength(forNs, market);
  return { forNs, view, market };
}

const NAMES = Object.keys(SETTINGS);

/** Every order that comes goes, by a cancel or a trade. */
function checkLength(forNs: number, { limitRate = 7, marketRate = 1.2 }: AgentSpec["market"]): void {
  const messages = forNs / 1e9 * (2 * limitRate + marketRate);
  if (messages <= MESSAGES_MAX) return;
  throw new RangeError(
    `Cannot let agents act so much: it is about ${
      Math.round(messages / 1e6)
    } million messages, at most 100; give a shorter time, or ` +
      `a smaller limitRate or marketRate`,
  );
}

function isSetting(name: string): name is Setting {
  return NAMES.includes(name);
}

function viewOf(value: string): AgentSpec["view"] {
  if (value === "l2" || value === "l3") return value;
  throw new RangeError(`Cannot publish agents' market as ${value}: view is l2 or l3`);
}

function valueOf(name: Setting, text: string): number {
  const [min, max] = SETTINGS[name], value = Number(text);
  const fits = /^\d+(\.\d+)?$/.test(text) && value >= min && value <= max;
  if (fits && (name !== "startTicks" || Number.isInteger(value))) return value;
  const kind = name === "startTicks" ? "a whole number" : "a decimal";
  throw new RangeError(`Cannot set ${name} of agents to ${text}: it is ${kind} from ${min} to ${max}`);
}
