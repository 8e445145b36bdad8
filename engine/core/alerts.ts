import type { Clock } from "./clock.ts";
import { type Code, codeName } from "./codes.ts";
import { isoTime } from "./gap_error.ts";
import type { Instrument } from "./instrument.ts";
import { instrumentNames } from "./instrument_names.ts";
import type { Outputs } from "./outputs.ts";
import type { Recorder } from "./recorder.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";
import { loadValue, saveValue } from "./plain_state.ts";

/** How much an alert matters. info: something is over. warning: look at it. critical: trading was stopped. */
export type Severity = "info" | "warning" | "critical";

/** Severities, from the least; digests have their places. */
export const SEVERITIES: readonly Severity[] = ["info", "warning", "critical"];

/** A threshold was crossed, or is no longer. Plain data. */
export interface Alert {
  /** When, in UTC: "2024-08-08T23:54:15.000000007Z". */
  readonly time: string;
  /** How much it matters. */
  readonly severity: Severity;
  /** The name of a code of core/codes.ts, "DRAWDOWN". */
  readonly code: string;
  /** Its name, "BTCUSDT" or "BTCUSDT@okx"; null where it concerns the whole session. */
  readonly instrument: string | null;
  /** One sentence with units. */
  readonly text: string;
  /** The threshold in the text's units; null where that is no finite number. */
  readonly limit: number | null;
  /** What was seen, in the same units; null where that is no finite number. */
  readonly observed: number | null;
  /** What shows it, as compliance flags have: the orders concerned, say. */
  readonly evidence?: Readonly<Record<string, string | number | readonly (string | number)[]>>;
}

/** What is said of an alert by whoever raises it; the rest is known. */
export interface AlertFacts {
  /** Index; below 0 for the whole session. */
  readonly instrument: number;
  readonly severity: Severity;
  readonly code: Code;
  readonly text: string;
  readonly limit?: number;
  readonly observed?: number;
  readonly evidence?: Alert["evidence"];
}

/** Alerts of a session, as its result states them. */
export interface AlertSummary {
  /** How many said that something is over. */
  readonly info: number;
  /** How many asked to be looked at. */
  readonly warning: number;
  /** How many stopped trading. */
  readonly critical: number;
  /** The first thousand. */
  readonly list: readonly Alert[];
}

const LIST_MAX = 1000;

/**
 * The alerts of a session: each goes to digest and recorder, then to the strategy (`onAlert`), and the first thousand are kept.
 *
 * The strategy hears of it when the move in which it was raised is over: to be called in the midst of a request would find
 * orders half sent. What the alert did holds by then.
 *
 * Runs without alerts have the digests they would have without this; the digest has an alert's code, severity and
 * instrument, and its time.
 *
 * | call | cost |
 * |---|---|
 * | `raise` | one object |
 */
export class Alerts {
  /** The first thousand. */
  readonly list: Alert[] = [];
  /** By severity. */
  readonly counts: Record<Severity, number> = { info: 0, warning: 0, critical: 0 };
  /** Is told of each: the session's strategy. */
  onAlert: ((alert: Alert) => void) | undefined = undefined;
  readonly #names: readonly string[];

  constructor(
    private readonly clock: Clock,
    instruments: readonly Instrument[],
    private readonly outputs: Outputs,
    private readonly recorder: Recorder,
  ) {
    this.#names = instrumentNames(instruments);
  }

  /** Raises one, at this moment. */
  raise(facts: AlertFacts): void {
    const { instrument, severity, code, text, limit, observed, evidence } = facts;
    const alert: Alert = {
      time: isoTime(this.clock.toEpochNs(this.clock.now)),
      severity,
      code: codeName(code),
      instrument: this.#names[instrument] ?? null,
      text,
      limit: finite(limit),
      observed: finite(observed),
      ...(evidence === undefined ? {} : { evidence }),
    };
    this.counts[severity]++;
    if (this.list.length < LIST_MAX) this.list.push(alert);
    this.outputs.alert(Math.max(-1, instrument), SEVERITIES.indexOf(severity), code);
    this.recorder.alert?.(alert);
    this.onAlert?.(alert);
  }

  /** Counts and the first thousand; undefined where there were none. */
  summary(): AlertSummary | undefined {
    const { info, warning, critical } = this.counts;
    return info + warning + critical === 0 ? undefined : { info, warning, critical, list: this.list };
  }

  save(to: StateWriter): void {
    to.section("alerts", 3, () => saveValue(to, { list: this.list, counts: this.counts }, "alerts"));
  }

  load(from: StateReader): void {
    from.section("alerts", 3, () => {
      const { list, counts } = loadValue(from) as { list: Alert[]; counts: Record<Severity, number> };
      this.list.splice(0, Infinity, ...list);
      Object.assign(this.counts, counts);
    });
  }
}

function finite(value: number | undefined): number | null {
  return value !== undefined && value - value === 0 ? value : null;
}
