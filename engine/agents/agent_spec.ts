import { closest } from "../core/closest.ts";
import { parseDuration } from "../venue/latency.ts";
import { AGENT_RATES, type AgentMarketOptions, WARM_UP } from "./agent_market.ts";

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

/** What may happen in all, about: some 5 GB of tape. */
const EVENTS_MAX = 1e8;

/** Orders that no cancel takes, about: those whose side would have too little left. */
const KEPT_ORDERS = 30;

/** Letters of what is asked for: it is part of file names, which may have 255 bytes. */
const TEXT_MAX = 150;

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
 * Throws RangeError for what cannot be read, is not known, is said twice, or lies outside its bounds.
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
  if (text.length > TEXT_MAX) {
    throw new RangeError(`Cannot read agents: they are asked for in ${text.length} letters; write at most ${TEXT_MAX}`);
  }
  const [duration, ...settings] = text.split(",").map((part) => part.trim());
  const forNs = parseDuration(duration);
  if (forNs <= 0 || forNs > FOR_NS_MAX) {
    throw new RangeError(`Cannot let agents act for ${duration}: it is more than 0 and at most 31d`);
  }
  const market: Partial<Record<Setting, number>> = {};
  let view: AgentSpec["view"] = "l2";
  const said = new Set<string>();
  for (const setting of settings) {
    const at = setting.indexOf("="), name = setting.slice(0, at).trim(), value = setting.slice(at + 1).trim();
    if (at < 1) {
      throw new RangeError(`Cannot read ${JSON.stringify(setting)} of agents: write NAME=VALUE, as newsRate=0.5`);
    }
    if (said.has(name)) throw new RangeError(`Cannot set ${name} of agents twice; leave one of them out`);
    said.add(name);
    if (name === "view") view = viewOf(value);
    else if (isSetting(name)) market[name] = valueOf(name, value);
    else throw unknown(name);
  }
  checkLength(forNs, market);
  return { forNs, view, market };
}

const NAMES = Object.keys(SETTINGS);

/**
 * Bounds what is drawn, messages or not: each order that comes goes, by a cancel or a trade, and news and cancels of what stays
 * bring no message, before the market is seen either.
 */
function checkLength(forNs: number, market: AgentSpec["market"]): void {
  const { limitRate, marketRate, cancelRate, newsRate } = { ...AGENT_RATES, ...market };
  const messageRate = 2 * limitRate + marketRate, unseenRate = newsRate + KEPT_ORDERS * cancelRate;
  const seconds = forNs / 1e9, before = WARM_UP / messageRate * unseenRate;
  const millions = (seconds * (messageRate + unseenRate) + WARM_UP + before) / 1e6;
  if (millions <= EVENTS_MAX / 1e6) return;
  const remedy = before > EVENTS_MAX / 2
    ? "more orders, or less news and fewer cancels"
    : "a shorter time, or lower rates";
  throw new RangeError(
    `Cannot let agents act so much: it is about ${Math.round(millions)} million events, at most 100; give ${remedy}`,
  );
}

function unknown(name: string): RangeError {
  const near = closest(name, [...NAMES, "view"]);
  return new RangeError(`Cannot set ${name} of agents: there is no such setting; ${near}`);
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
