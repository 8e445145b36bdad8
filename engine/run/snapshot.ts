import { ERA } from "../core/clock.ts";
import { isoTime } from "../core/gap_error.ts";
import { commandTime } from "../core/command_text.ts";
import type { JournalHeader } from "../core/journal_format.ts";
import type { Session } from "../core/session.ts";
import { StateReader } from "../core/state_reader.ts";
import { StateWriter } from "../core/state_writer.ts";
import type { Hasher } from "../feed/tape_schema.ts";
import { parseDuration } from "../venue/latency.ts";
import type { BacktestOptions } from "./prepare.ts";
import { type HeaderFacts, runHeader, type RunJournal } from "./run_journal.ts";
import type { ResultRecorder } from "./run_result.ts";

/** Version of what a snapshot holds beside the sections' own. */
const SNAPSHOT_VERSION = 1;
/** Snapshots kept of a run unless said. */
const KEEP = 32;

/** What is known of a snapshot before it is loaded. */
export interface SnapshotHead {
  /** Version of its form. */
  readonly snapshot: number;
  /** Simulated time, ns since 1970-01-01 UTC. */
  readonly time: string;
  /** Moves that the session had made. */
  readonly steps: number;
  /** Rows of each tape that its venue had passed, in the order of the session's instruments. */
  readonly rows: readonly number[];
  /** Records of output before it. */
  readonly records: number;
  /** Their digest. */
  readonly digest: string;
  /** What was run, as plain data that the head of its journal has, too: another run cannot go on from here. */
  readonly run: unknown;
}

/** A session's whole state at a moment. */
export interface Snapshot {
  /** What it is of. */
  readonly head: SnapshotHead;
  /** Everything else, as the session wrote it. */
  readonly state: Uint8Array;
}

/** Where snapshots are kept; times are ns since 1970-01-01 UTC. */
export interface SnapshotStore {
  /** Makes a running SHA-256, for tapes that do not name their own. */
  readonly hasher: () => Hasher;
  /** Times of those it has, in order. */
  times(): readonly bigint[];
  /** Keeps one. */
  put(snapshot: Snapshot): void;
  /** The snapshot of a time that `times` names. */
  get(time: bigint): Snapshot;
  /** Forgets the snapshot of a time that `times` names. */
  drop(time: bigint): void;
}

/**
 * Snapshots in memory.
 *
 * @example
 * ```ts
 * import { backtest } from "./backtest.ts";
 * import { sha256 } from "./sha256.ts";
 * import { MemorySnapshots } from "./snapshot.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * const run = { strategy: touchMaker, tape: "fixtures/data/market_l2.arrow" };
 * const store = new MemorySnapshots(sha256);
 * const whole = backtest({ ...run, snapshots: { every: "10m", store } });
 * const rest = backtest({ ...run, from: { time: store.times()[1], store } });
 * if (rest.digest !== whole.digest || rest.trades !== whole.trades) throw new Error("unexpected");
 * ```
 */
export class MemorySnapshots implements SnapshotStore {
  readonly #all = new Map<bigint, Snapshot>();

  /** `hasher` is for tapes that do not name their own hash. */
  constructor(readonly hasher: () => Hasher) {}

  times(): readonly bigint[] {
    return [...this.#all.keys()];
  }

  /** Keeps one. */
  put(snapshot: Snapshot): void {
    this.#all.set(BigInt(snapshot.head.time), snapshot);
  }

  get(time: bigint): Snapshot {
    return this.#all.get(time)!;
  }

  /** Forgets one. */
  drop(time: bigint): void {
    this.#all.delete(time);
  }
}

/** How a run takes snapshots. */
export interface SnapshotOptions {
  /** "10m" of simulated time, or so many rows of tape. Taken between two moves of the session: a moment later, if need be. */
  readonly every: string | number;
  /** Where they go. */
  readonly store: SnapshotStore;
  /** How many are kept (32 unless said). One more, and every second goes, and from then on the interval is twice as long. */
  readonly keep?: number;
  /** The strategy's file, which a run that goes on must have too. */
  readonly strategy?: { readonly sha256: string };
  /** Is told once why no more can be taken; the run goes on without. */
  readonly onFailure?: (error: Error) => void;
}

/** Where a run begins, instead of at its tapes' first rows. */
export interface FromOptions {
  /** ns since 1970-01-01 UTC, "2024-08-08T00:30:00Z", or "+90s" from the tapes' first row: the last snapshot not after it. */
  readonly time: bigint | string;
  /** Where they are. */
  readonly store: SnapshotStore;
  /** The strategy's file, held against that of the run that was saved. */
  readonly strategy?: { readonly sha256: string };
  /** Is told where the run begins, before anything comes of it. */
  readonly onBegin?: (head: SnapshotHead) => void;
}

/** What of a run a snapshot keeps. */
interface Kept {
  readonly session: Session;
  readonly recorder: ResultRecorder;
  readonly run: JournalHeader;
}

/**
 * Takes snapshots of a run at intervals, and never more than are to be kept.
 *
 * | call | cost |
 * |---|---|
 * | `look` where none is due | a comparison a move; a run without snapshots has no taker |
 * | one snapshot | 0.1 to 0.5 ms and 90 to 100 KiB on the tapes of fixtures/; 1.5 to 5 ms and 260 KiB for BTCUSDT with some thousand levels |
 * | on disk | deflated: 15 to 25 KiB, and 110 KiB; 1 to 5 ms more |
 * | going on from one | 1 to 5 ms, and the decoding of the windows it stands in |
 *
 * Throws RangeError at once for an interval that is none, and for a session that cannot be saved. What goes wrong later ends
 * the taking alone.
 */
export class SnapshotTaker {
  #failed = false;
  readonly #onFailure: SnapshotOptions["onFailure"];
  readonly #kept: Kept;
  readonly #store: SnapshotStore;
  readonly #keep: number;
  /** Nanoseconds, or rows. */
  readonly #byTime: boolean;
  #every: number;
  /** When the next is due: a time of the clock in `era`, or rows; not known before the first move. */
  #due = NaN;
  #era = 0;
  readonly #writer = new StateWriter();
  #taken: bigint[] = [];

  constructor(kept: Kept, { every, store, keep = KEEP, onFailure }: SnapshotOptions) {
    this.#onFailure = onFailure;
    this.#kept = kept;
    this.#store = store;
    this.#keep = keep;
    this.#byTime = typeof every === "string";
    this.#every = typeof every === "string" ? parseDuration(every) : every;
    if (!(Number.isSafeInteger(this.#every) && this.#every > 0 && this.#every < ERA)) {
      throw new RangeError(`Cannot take snapshots every ${every}: it must be above 0 and below 52 days`);
    }
    if (!(Number.isSafeInteger(keep) && keep >= 2)) {
      throw new RangeError(`Cannot keep ${keep} snapshots: it must be a whole number from 2 on`);
    }
    this.#state();
  }

  /** A move was made: takes a snapshot where one is due. */
  look(): void {
    if (this.#failed) return;
    const { core } = this.#kept.session;
    const { clock } = core;
    if (clock.era !== this.#era) {
      if (this.#byTime) this.#due -= (clock.era - this.#era) * ERA;
      this.#era = clock.era;
    }
    let at = clock.now;
    if (!this.#byTime) {
      at = 0;
      for (let i = 0; i < core.feeds.length; i++) at += core.feeds[i].row;
    }
    if (at < this.#due) return;
    if (this.#due === this.#due) this.#take();
    const since = this.#byTime ? Number(clock.toEpochNs(at) % BigInt(this.#every)) : at % this.#every;
    this.#due = at - since + this.#every;
  }

  #take(): void {
    try {
      const { session, run } = this.#kept;
      const { core } = session;
      const time = core.clock.toEpochNs(core.now);
      if (this.#taken.at(-1) === time) return;
      const head: SnapshotHead = {
        snapshot: SNAPSHOT_VERSION,
        time: `${time}`,
        steps: session.steps,
        rows: core.feeds.map(({ row }) => row),
        records: core.digest.records,
        digest: core.digest.hex(),
        run,
      };
      this.#store.put({ head, state: this.#state() });
      this.#taken.push(time);
      if (this.#taken.length > this.#keep) this.#thin();
    } catch (error) {
      this.#failed = true;
      this.#onFailure?.(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #thin(): void {
    const stays = this.#taken.filter((_, i) => i % 2 === 1);
    for (const time of this.#taken) if (!stays.includes(time)) this.#store.drop(time);
    this.#taken = stays;
    this.#every *= 2;
  }

  #state(): Uint8Array {
    const { session, recorder } = this.#kept, writer = this.#writer;
    writer.clear();
    session.save(writer);
    recorder.save(writer);
    return writer.bytes();
  }
}

/**
 * What a run that was just built does about snapshots: begins at one where it is told to, attaches its recorder, and returns
 * what takes more of them, if any are wanted.
 *
 * Throws RangeError where there is no snapshot to begin at, or it is one of another run.
 */
export function beginSnapshots(
  options: BacktestOptions,
  facts: HeaderFacts,
  recorder: ResultRecorder,
): SnapshotTaker | undefined {
  const { snapshots, from, journal } = options, { session } = facts;
  if (from) {
    if (journal) {
      throw new RangeError(
        "Cannot write a journal of a run that begins at a snapshot: its first records are missing; leave one of the two out",
      );
    }
    const { head, state } = snapshotAt(from, session, runHeader(options, facts, identity(from, journal)));
    from.onBegin?.(head);
    const reader = new StateReader(state);
    session.load(reader);
    recorder.attach(session.core);
    recorder.load(reader);
    if (!reader.over) throw reader.refuse("more stands behind the session");
  } else recorder.attach(session.core);
  if (snapshots === undefined) return undefined;
  const run = runHeader(options, facts, identity(snapshots, journal));
  return new SnapshotTaker({ session, recorder, run }, snapshots);
}

/** The strategy's file as the journal names it, where the snapshots' options do not. */
function identity({ store, strategy }: SnapshotOptions | FromOptions, journal: RunJournal | undefined) {
  const named = strategy && { path: "", ...strategy };
  return { hasher: store.hasher, strategy: named ?? journal?.strategy };
}

/** The last snapshot not after a time, checked to be of this run. Throws RangeError where there is none, or of another. */
function snapshotAt({ time, store }: FromOptions, session: Session, run: JournalHeader): Snapshot {
  const at = typeof time === "bigint" ? time : commandTime(time, session.startsAt);
  const times = store.times();
  const found = times.findLast((each) => each <= at);
  if (found === undefined) {
    const there = times.length === 0 ? "there is no snapshot" : `the first snapshot is of ${isoTime(times[0])}`;
    throw new RangeError(`Cannot start from ${isoTime(at)}: ${there}; run with --snapshots 10m, or from a later time`);
  }
  const snapshot = store.get(found), { head } = snapshot;
  if (head.snapshot !== SNAPSHOT_VERSION) {
    throw new RangeError(
      `Cannot start from a snapshot of version ${head.snapshot}: this program reads ${SNAPSHOT_VERSION}; take it again`,
    );
  }
  const [difference] = differences("", head.run, run);
  if (difference !== undefined) throw new RangeError(`Cannot start from ${isoTime(found)}: ${difference}`);
  return snapshot;
}

/** Where two heads of runs differ, each in words. */
function differences(path: string, saved: unknown, now: unknown): string[] {
  if (isObject(saved) && isObject(now)) {
    const keys = [...new Set([...Object.keys(saved), ...Object.keys(now)])];
    return keys.flatMap((key) => differences(path === "" ? key : `${path}.${key}`, saved[key], now[key]));
  }
  const [a, b] = [JSON.stringify(saved) ?? "absent", JSON.stringify(now) ?? "absent"];
  // Of a strategy that came from no file nothing is known but its name.
  if (a === b || (path === "strategy.sha256" && (saved === null || now === null))) return [];
  return [`it was saved by another run: ${path} is ${a} there, and ${b} here`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
