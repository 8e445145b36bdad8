import type { Alert, Severity } from "../core/alerts.ts";
import { isoTime } from "../core/gap_error.ts";
import { LIVE_EVENTS, type LiveEvent, type LiveEventName } from "./live_event.ts";

/** Something that people want to hear of wherever they are: an alert of a session, or what happened beside its data. */
export interface Notice {
  /** In UTC: "2024-08-08T23:54:15.000000007Z". */
  readonly time: string;
  readonly kind: "alert" | "event";
  readonly severity: Severity;
  /** The name of a code: of core/codes.ts for an alert, of {@linkcode LIVE_EVENTS} for an event, which has a number, too. */
  readonly code: string;
  readonly number?: number;
  readonly venue?: string;
  /** null where it is about none. */
  readonly instrument: string | null;
  /** One sentence. */
  readonly text: string;
  /** Of an alert: the threshold, and what was seen. */
  readonly limit?: number | null;
  readonly observed?: number | null;
}

/** How much each event matters: critical is what keeps orders from leaving until somebody acts. */
const SEVERITY: Readonly<Record<LiveEventName, Severity>> = {
  CONNECTED: "info",
  RECONNECTING: "warning",
  RENEWED: "info",
  NOT_REACHED: "critical",
  MARKET_GAP: "warning",
  MARKET_WHOLE: "info",
  FRAME_REFUSED: "warning",
  INSTRUMENT_CHANGED: "critical",
  USER_GAP: "warning",
  UNANSWERED: "warning",
  FOREIGN_ORDER: "warning",
  OVERFILLED: "warning",
  UNRECONCILED: "critical",
  REQUEST_REFUSED: "warning",
  THROTTLED: "warning",
  CLOCK_OFF: "warning",
  NOT_PERMITTED: "critical",
  JOURNAL_FAILED: "critical",
  STRATEGY_FAILED: "critical",
};

/** A session's alert as a notice. */
export function noticeOfAlert({ time, severity, code, instrument, text, limit, observed }: Alert): Notice {
  return { time, kind: "alert", severity, code, instrument, text, limit, observed };
}

/** What happened beside the data as a notice; `at` is wall time, ns since 1970-01-01 UTC. */
export function noticeOfEvent({ name, venue, message, symbol }: LiveEvent, at: bigint): Notice {
  return {
    time: isoTime(at),
    kind: "event",
    severity: SEVERITY[name],
    code: name,
    number: LIVE_EVENTS[name],
    venue,
    instrument: symbol ?? null,
    text: message,
  };
}

/** A notice as a line for people. */
export function noticeLine({ time, severity, code, venue, instrument, text }: Notice): string {
  const where = [venue, instrument].filter((name) => name !== undefined && name !== null).join(" ");
  return `${time.slice(0, 19)}Z ${severity} ${code}${where === "" ? "" : ` ${where}`}: ${text}`;
}
