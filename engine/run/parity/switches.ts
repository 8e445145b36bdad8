import { isoTime } from "../../core/gap_error.ts";
import type { CommandEntry } from "../../core/command.ts";
import { FUNDING_PAID, reportIn } from "../../core/venue_report.ts";
import { Rng } from "../../core/rng.ts";
import type { Recorder } from "../../core/recorder.ts";
import { type Measured, PlayedLatency } from "../../venue/played_latency.ts";
import { joinLatencies, latencies, type LatencyOptions } from "../latencies.ts";
import type { PlainRun } from "../rule_changes.ts";
import { type Cause, causesOf, type StaleTime } from "./causes.ts";
import type { Happened } from "./happened.ts";
import { less } from "./money.ts";
import { pairOrders, sharedFills, wentAlike } from "./order_pairs.ts";
import type { SwitchStep } from "./parity_report.ts";
import {
  type AgainOptions,
  type SessionAgain,
  sessionAgain,
  SessionClock,
  type SessionParts,
} from "./session_again.ts";
import { ToldSet } from "./told_set.ts";

/** How often it is gone through the causes: what one switch changes may bring up orders that another explains. */
const ROUNDS_MAX = 4;

/** A session that is to be explained. */
export interface Explained {
  readonly parts: SessionParts;
  /** The session's options, scheduled commands among them; without inputs, and with nothing of where orders went. */
  readonly plain: PlainRun;
  readonly happened: Happened;
  /** All inputs, as the journal has them. */
  readonly inputs: readonly CommandEntry[];
  /** The run made again as it was. */
  readonly was: SessionAgain;
  /** How a run that was stopped stops again. */
  readonly stopAfter: AgainOptions["stopAfter"];
  /** When it was stopped, ns since 1970-01-01 UTC; undefined where it ended with its tapes. */
  readonly until: bigint | undefined;
}

/** Why orders are others; those that both have alike are not among them. */
export interface OrderCauses {
  /** By order of the session, the cause with which it last became what it was. */
  readonly became: ReadonlyMap<number, Cause>;
  /** By order of the backtest, the cause with which it was last not sent any more. */
  readonly vanished: ReadonlyMap<number, Cause>;
}

/** A chain of re-runs, each with one more switch, from the plain backtest to what happened. */
export interface Chain {
  readonly backtest: SessionAgain;
  readonly steps: readonly SwitchStep[];
  readonly causes: OrderCauses;
  /** Of re-runs that broke off: the last thing switched, and why. */
  readonly warnings: readonly string[];
}

/** What a re-run has of what happened. */
interface Switched {
  readonly feed?: boolean;
  readonly measured?: boolean;
  readonly commands?: boolean;
  readonly told?: ReadonlySet<number>;
}

/** What was said of orders is switched on in this order: what never traded, what was not seen, when it was heard, what was filled. */
const TOLD: readonly (readonly [cause: Cause, switched: string])[] = [
  ["clock", "orders that the exchange refused for its clock"],
  ["rate limit", "orders that the exchange refused for their rate"],
  ["venue reject", "orders that the exchange refused otherwise"],
  ["data gap", "orders that were open while messages were lost"],
  ["order latency", "when fills and ends were heard of"],
  ["queue position", "orders that rested: when they were filled"],
  ["impact", "orders that took: at which prices"],
  ["partial fill", "how much of orders was filled"],
];

/** The chain of a paper session: late knowledge, then commands. */
export async function paperChain(session: Explained): Promise<Chain> {
  const { parts, plain, was, happened, until } = session;
  const { lateKnowledge, ...known } = plain;
  const links = new Links(await sessionAgain(parts, { ...known, until, told: nobodyTold(session) }), session);
  const { backtest } = links;
  const late = await sessionAgain(parts, { ...known, lateKnowledge, until });
  links.add("late knowledge", "venues know nothing before we do", late.result.late?.answers ?? 0, late);
  const { length } = happened.commands;
  if (length > 0) links.add("operator command", "commands from outside, in their places", length, was);
  links.add("unexplained", "what happened", 0, was);
  return { backtest, steps: links.steps, causes: links, warnings: links.warnings };
}

/** The chain of a live session: see `parity` for the order of its switches. */
export async function liveChain(session: Explained, stale: readonly StaleTime[]): Promise<Chain> {
  const { happened, plain } = session;
  let on: Switched = {};
  const links = new Links(await again(session, on), session), { backtest } = links;
  const turn = async (cause: Cause, switched: string, cases: number, more: Switched) => {
    on = { ...on, ...more };
    links.add(cause, switched, cases, await again(session, on));
  };
  if (/feed=/.test(latencyText(plain))) await turn("feed latency", "the feed's latency as recorded", 1, { feed: true });
  const { orders, cancels } = happened.roundTrips();
  if (orders.length > 0) {
    await turn("order latency", "latencies as measured", orders.length + cancels.length, { measured: true });
  }
  const { length } = happened.commands;
  if (length > 0) await turn("operator command", "commands from outside, at their times", length, { commands: true });
  const told = new Set<number>();
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const before = told.size;
    let others = causesOf(happened, links.last.trail.orders, stale);
    for (const [cause, switched] of TOLD) {
      const ids = [...others].filter(([id, why]) => why === cause && !told.has(id)).map(([id]) => id);
      if (ids.length === 0) continue;
      for (const id of ids) told.add(id);
      // Those that the simulation has alike are told as well, which changes nothing of them, lest the others change them.
      for (const { id } of happened.trail.orders) if (!others.has(id)) told.add(id);
      await turn(cause, switched, ids.length, { told: new Set(told) });
      others = causesOf(happened, links.last.trail.orders, stale);
    }
    if (told.size === before) break;
  }
  await addPlayback(session, links);
  return { backtest, steps: links.steps, causes: links, warnings: links.warnings };
}

/** What is left: the exchange's own answers in their places, without what they say of money, and with it. */
async function addPlayback(session: Explained, links: Links): Promise<void> {
  const { parts, plain, inputs, stopAfter, was } = session, away = { ...plain, orders: "away" as const, stopAfter };
  const unfunded = inputs.filter(({ command }) => reportIn(command)?.event !== FUNDING_PAID);
  const free = unfunded.map(withoutFee), funding = inputs.length - unfunded.length;
  const fees = unfunded.filter((entry, i) => entry !== free[i]).length;
  const play = (given: readonly CommandEntry[], left: number): SessionAgain | Promise<SessionAgain> =>
    left === 0 ? was : sessionAgain(parts, { ...away, inputs: given });
  links.add("unexplained", "the exchange's answers, in their places", 0, await play(free, fees + funding));
  if (fees > 0) links.add("fee", "fees as the exchange said", fees, await play(unfunded, funding));
  if (funding > 0) links.add("funding", "funding as the exchange said", funding, was);
}

/** Steps from one run to the next. */
class Links implements OrderCauses {
  readonly steps: SwitchStep[] = [];
  readonly warnings: string[] = [];
  readonly became = new Map<number, Cause>();
  readonly vanished = new Map<number, Cause>();
  last: SessionAgain;
  readonly #happened: Happened;
  #alike: ReadonlySet<number>;
  #sent: ReadonlySet<number>;

  readonly #error: string | undefined;

  constructor(readonly backtest: SessionAgain, { happened, was }: Explained) {
    this.last = backtest;
    this.#happened = happened;
    this.#error = was.error;
    this.#alike = this.#asHappened(backtest);
    this.#sent = this.#asSimulated(backtest);
    this.#warn("the backtest", backtest);
  }

  /** The next run is the last one with one more switch. */
  add(cause: Cause, switched: string, cases: number, next: SessionAgain): void {
    const { last } = this, pairs = pairOrders(last.trail.orders, next.trail.orders), both = sharedFills(pairs);
    this.steps.push({
      ...{ cause, switched, cases },
      orders: pairs.onlyWas.length + pairs.onlyNow.length,
      fills: fillsOf(last) + fillsOf(next) - 2 * both,
      money: less(next.pnl, last.pnl),
      pnl: next.pnl,
    });
    const alike = this.#asHappened(next), sent = this.#asSimulated(next);
    for (const id of alike) if (!this.#alike.has(id)) this.became.set(id, cause);
    for (const id of this.#sent) if (!sent.has(id)) this.vanished.set(id, cause);
    this.#alike = alike;
    this.#sent = sent;
    this.last = next;
    this.#warn(`the re-run with ${switched}`, next);
  }

  /** Orders of the session that a run has as they were. */
  #asHappened({ trail }: SessionAgain): Set<number> {
    const { pairs } = pairOrders(trail.orders, this.#happened.trail.orders);
    return new Set(pairs.filter(([was, now]) => wentAlike(was, now)).map(([, { id }]) => id));
  }

  /** Orders of the backtest that a run sends as well. */
  #asSimulated({ trail }: SessionAgain): Set<number> {
    return new Set(pairOrders(this.backtest.trail.orders, trail.orders).pairs.map(([{ id }]) => id));
  }

  #warn(what: string, { error }: SessionAgain): void {
    // What ended the session itself ends it again.
    if (error !== undefined && error !== this.#error) this.warnings.push(`${what} broke off: ${error}`);
  }
}

/** How many fills a run had. */
export function fillsOf({ trail }: Pick<SessionAgain, "trail">): number {
  return trail.orders.reduce((sum, { fills }) => sum + fills.length, 0);
}

/** Runs a live session as a backtest, with some of what happened switched on. */
function again(session: Explained, on: Switched): Promise<SessionAgain> {
  const { parts, plain, happened, until } = session;
  const clock = new SessionClock(), told = new ToldSet(happened, on.told ?? new Set(), until !== undefined);
  const recorder: Recorder = {
    attach: (core) => clock.attach(core),
    output: (tag, era, ns, order, x, y, z) => told.output(tag, era, ns, order, x, y, z),
  };
  const commands = on.commands ? [...plain.commands, ...happened.commands.map(atItsTime)] : plain.commands;
  const text = on.feed ? joinLatencies(latencyText(plain), "feed=recorded") : latencyText(plain);
  const latency = on.measured ? measured(happened, text, plain.seed, clock) : text;
  return sessionAgain(parts, { ...plain, commands, latency, told, recorder, until });
}

/** Latencies as they were: what a round trip took beyond the modelled way back counts as the way there. */
function measured(happened: Happened, text: string, seed: number | undefined, clock: SessionClock): LatencyOptions {
  const { response, cancel } = latencies(text, new Rng(seed ?? 1));
  const back = response.expected?.(0) ?? response.least ?? 0, { orders, cancels } = happened.roundTrips();
  const there = (trips: readonly Measured[]) =>
    new PlayedLatency(trips.map(({ sent, ns }) => ({ sent, ns: Math.max(0, ns - back) })), clock.epochNs);
  return { order: there(orders), cancel: cancels.length > 0 ? there(cancels) : cancel, response };
}

function latencyText({ latency }: PlainRun): string {
  if (latency === undefined) return "0ms";
  if (typeof latency === "string") return latency;
  return Object.entries(latency).map(([leg, value]) => `${leg}=${value}`).join(",");
}

function atItsTime({ at, command }: CommandEntry) {
  return { at: isoTime(BigInt(at)), command };
}

function withoutFee(entry: CommandEntry): CommandEntry {
  const report = reportIn(entry.command);
  if (report?.fee === undefined) return entry;
  const { fee: _, ...command } = entry.command;
  return { ...entry, command };
}

function nobodyTold({ happened, until }: Explained): ToldSet {
  return new ToldSet(happened, new Set(), until !== undefined);
}
