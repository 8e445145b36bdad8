/** What a peer's heartbeat says of its link to another. Figures that it does not know are null. */
export interface QualityReport {
  /** The peer at the other end. */
  readonly peer: string;
  readonly rttMs: number | null;
  readonly jitterMs: number | null;
  /** Share of probes, 0 to 1. */
  readonly loss: number | null;
  /** Bytes. */
  readonly buffered: number | null;
  readonly candidate: "host" | "srflx" | "prflx" | "relay" | null;
}

const CANDIDATES = ["host", "srflx", "prflx", "relay"] as const;

/**
 * Reads a heartbeat's payload; undefined for the bare heartbeats of unmodified peerjs. A peer says of itself what it likes: each
 * figure is bounded, so that metrics made of it stay numbers, and nothing should be decided by them for others.
 *
 * @example
 * ```ts
 * import { readQualityReport } from "./quality_report.ts";
 * const report = readQualityReport({ peer: "host", rttMs: 12, candidate: "made up" });
 * if (report?.rttMs !== 12 || report.candidate !== null) throw new Error("unexpected");
 * ```
 */
export function readQualityReport(payload: unknown): QualityReport | undefined {
  if (typeof payload !== "object" || payload === null) return undefined;
  const { peer, rttMs, jitterMs, loss, buffered, candidate } = payload as Readonly<Record<string, unknown>>;
  if (typeof peer !== "string" || peer.length > 64) return undefined;
  return {
    peer,
    rttMs: within(rttMs, 3_600_000),
    jitterMs: within(jitterMs, 3_600_000),
    loss: within(loss, 1),
    buffered: within(buffered, Number.MAX_SAFE_INTEGER),
    candidate: CANDIDATES.find((kind) => kind === candidate) ?? null,
  };
}

function within(figure: unknown, most: number): number | null {
  return typeof figure === "number" && figure >= 0 && figure <= most ? figure : null;
}
