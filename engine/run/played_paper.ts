import type { TapeReader } from "../feed/tape_reader.ts";
import type { TapeFile } from "../feed/tape_writer.ts";
import { ArrivingSession, type ArrivingSessionOptions } from "./arriving_session.ts";
import { RecordedFrames } from "./recorded_frames.ts";

/** What a paper session on tapes is made of. */
export interface PlayedPaperOptions extends Omit<ArrivingSessionOptions, "feeds" | "wall"> {
  readonly tapes: readonly TapeReader[];
  /** Where what arrives is recorded, in the order of the tapes. */
  readonly files?: readonly TapeFile[];
  /** Time as the tapes have it, ns since 1970-01-01 UTC; see {@linkcode tapeTime}. */
  readonly now: () => bigint;
}

/** A paper session, and what reaches it. */
export interface PlayedPaper {
  readonly paper: ArrivingSession;
  readonly frames: RecordedFrames;
}

/**
 * A paper session that the rows of tapes reach again as they did: for tests, and to show what a strategy does without a market.
 *
 * Whoever looks at its wall clock finds all arrived that did by then, so that rows have the very times they had. Something must
 * look: `advance`, or a timer for `frames.next`.
 *
 * @example
 * ```ts
 * import { openTape } from "./open_tape.ts";
 * import { playedPaper, tapeTime } from "./played_paper.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * const { reader: tape, close } = openTape("fixtures/data/market_l2.arrow");
 * let ms = 0;
 * const now = tapeTime([tape], { speed: 600, nowMs: () => ms }); // an hour in six seconds
 * const { paper } = playedPaper({ strategy: touchMaker, latency: "10ms", tapes: [tape], now });
 * while (paper.advance()) ms++;
 * if (paper.finish().trades === 0) throw new Error("unexpected");
 * close();
 * ```
 */
export function playedPaper({ tapes, files, now, ...options }: PlayedPaperOptions): PlayedPaper {
  const played: { frames?: RecordedFrames } = {};
  const wall = (): bigint => {
    const time = now();
    played.frames?.push(time);
    return time;
  };
  const feeds = tapes.map(({ meta: { instrument, layout } }, i) => ({
    instrument,
    layout: layout === "l3" ? layout : "l2" as const,
    file: files?.[i],
  }));
  const paper = new ArrivingSession({ ...options, feeds, wall }), into = [...paper.feeds.values()];
  const frames = played.frames = new RecordedFrames(tapes.map((tape, i) => ({ tape, into: into[i] })));
  return { paper, frames };
}

/** A clock that stands at the first frame of tapes when it is made, and goes on from there at `speed` seconds a second. */
export function tapeTime(
  tapes: readonly TapeReader[],
  { speed = 1, nowMs = () => performance.now() }: { readonly speed?: number; readonly nowMs?: () => number } = {},
): () => bigint {
  const begins = tapes.map(({ meta }) => BigInt(meta.span?.localFirst ?? 0)).reduce((a, b) => a < b ? a : b);
  const started = nowMs();
  return () => begins + BigInt(Math.round((nowMs() - started) * speed * 1e6));
}
