import { AT_EXCHANGE, AT_LOCAL, GAP, LAST, NONE } from "../core/event.ts";
import type { InstrumentSpec } from "../core/instrument.ts";
import { RecordedTape } from "../feed/recorded_tape.ts";
import type { Row, RowSink } from "../feed/row.ts";
import type { Hasher, TapeMeta } from "../feed/tape_schema.ts";
import type { TapeFile } from "../feed/tape_writer.ts";
import type { FrameSink } from "./exchange.ts";
import { GapLog, type GapReport } from "./gap_report.ts";
import { LineBuffer } from "./line_buffer.ts";
import type { LiveEvent } from "./live_event.ts";
import type { LiveTools } from "./live_tools.ts";

/** What was found where a recording goes on. */
export interface Resumed {
  /** About when the last frame of before was written: wall time in ns. */
  readonly last: bigint;
  /** What was torn, and cut off, by file. */
  readonly torn: readonly { readonly file: string; readonly bytes: number }[];
  /** Tapes that had no end, with the rows that were kept. */
  readonly tapes: readonly { readonly file: string; readonly rows: number }[];
  /** The last times of each instrument's tape, ns, where it has rows. */
  readonly ends: ReadonlyMap<string, { readonly exchange: bigint; readonly local: bigint }>;
}

/** Where a recording goes. Calls never wait: what is given is written in the order in which it came. */
export interface RecordingStore {
  /** Set by the recorder: told once, when something could not be written. */
  onFailed: (error: Error) => void;
  /** The number of the first part. */
  readonly first: number;
  /** Set where it goes on behind what is there. */
  readonly resumed?: Resumed;
  readonly hasher: () => Hasher;
  /** Whole lines of a part of an instrument's capture; "" for frames of none. */
  lines(symbol: string, part: number, bytes: Uint8Array<ArrayBuffer>): void;
  /** Opens the file of a part of an instrument's tape. Throws what the disk throws. */
  tape(symbol: string, part: number): TapeFile;
  /** A part of a tape is complete. */
  done(symbol: string, part: number, file: TapeFile, meta: TapeMeta): void;
  /** What is missing so far, in the place of what was said before. */
  report(report: GapReport): void;
  /** Resolves when all is on the disk; never rejects. */
  close(): Promise<void>;
}

/** What a recorder is made of. */
export interface RecorderOptions {
  /** "binance-spot". */
  readonly venue: string;
  /** The format of its lines. */
  readonly format: string;
  /** What is recorded, by the exchange's names. */
  readonly instruments: ReadonlyMap<string, InstrumentSpec>;
  readonly store: RecordingStore;
  readonly tools: Pick<LiveTools, "timers" | "wall" | "tell">;
  /** Another part begins after so many bytes of an instrument's lines, or so many ms; 256 MiB and never unless said. */
  readonly rotate?: { readonly bytes?: number; readonly ms?: number };
  /** False where tapes are written elsewhere, as a session does. */
  readonly tapes?: boolean;
}

/** Lines are handed on when there are so many bytes of them: what is compressed at once. */
const CHUNK_BYTES = 1 << 16;
/** And after so long, so that a crash takes no more. */
const FLUSH_MS = 1000;
/** Every so many of these, what is final goes to tapes, and the report is written anew. */
const TAPE_FLUSHES = 10;
const ROTATE_BYTES = 1 << 28;

/**
 * Records a live market: every line of its capture as it arrived, and what decoders made of it, on a tape for each instrument.
 * Frames that made no sense stand with those of no instrument, so that each capture can be decoded.
 *
 * What cannot be written is a JOURNAL_FAILED: nothing more is taken, what was written stays good, and whoever runs it ends.
 *
 * | call | cost |
 * |---|---|
 * | `line` | its characters |
 * | `add` of a sink | that of `RecordedTape` |
 * | memory | 64 KiB of lines an instrument, the rows of 30 s, and what the store has not written |
 */
export class Recorder implements FrameSink {
  /** Why it stopped recording, where it had to. */
  failure: Error | undefined;
  /** Told when it had to. */
  onFailed: (error: Error) => void = () => {};
  readonly #options: RecorderOptions;
  readonly #gaps: GapLog;
  readonly #logs = new Map<string, Log>();
  #flushes = 0;
  #timer: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
    const { store, tools, venue } = options;
    this.#gaps = new GapLog(venue, tools.wall());
    store.onFailed = (error) => this.#fail(error);
    this.#goOn();
    this.#guarded(() => {
      for (const symbol of ["", ...options.instruments.keys()]) this.#logs.set(symbol, this.#log(symbol));
    });
    this.#timer = tools.timers.after(FLUSH_MS, () => this.#tick());
  }

  /** Lines so far, those of no instrument too. */
  get lines(): number {
    return this.#gaps.lines;
  }

  line(symbol: string, line: string): void {
    const log = this.#logs.get(symbol) ?? this.#logs.get("");
    if (log === undefined || this.failure !== undefined || this.#closing) return;
    this.#gaps.lines++;
    // Before it and not behind: what is refused is to be at hand.
    if (log.buffer.bytes >= CHUNK_BYTES) this.#handOn(log);
    log.buffer.add(line);
  }

  refused(symbol: string): void {
    const log = this.#logs.get(symbol), others = this.#logs.get("");
    if (log === undefined || others === undefined || log === others || this.failure !== undefined) return;
    const line = log.buffer.takeLast();
    if (line !== "") others.buffer.add(line);
  }

  /** Where the rows of an instrument go. Throws RangeError for one that is not recorded. */
  sink(symbol: string): RowSink {
    const tape = this.#logs.get(symbol)?.tape;
    if (tape === undefined) throw new RangeError(`Cannot record ${symbol}: it is not among what is recorded; name it`);
    return new GuardedRows(tape, (work) => this.#guarded(work));
  }

  /** What happened beside the data. */
  hear(event: LiveEvent): void {
    this.#gaps.hear(event, this.#options.tools.wall());
  }

  /** Writes all there is and completes the tapes; with a reason where more would have come. Never rejects: see `failure`. */
  close(cut?: string): Promise<void> {
    return this.#closing ??= this.#close(cut);
  }

  async #close(cut: string | undefined): Promise<void> {
    this.#timer?.();
    const { store } = this.#options;
    for (const log of this.#logs.values()) {
      if (this.failure === undefined) this.#handOn(log);
      // A tape that could not be written to is completed with the batches that it has.
      const finish = () => log.tape?.finish(this.failure?.message ?? cut);
      attempt(finish, (error) => {
        this.#fail(error);
        attempt(finish, () => {});
      });
    }
    attempt(() => this.#report(), (error) => this.#fail(error));
    await store.close();
  }

  /** Says what was found where another recorder was. */
  #goOn(): void {
    const { store: { resumed }, tools } = this.#options;
    if (resumed === undefined) return;
    const why = resumed.torn.length + resumed.tapes.length > 0 ? "the recorder was killed" : "the recorder was stopped";
    this.#gaps.stopped(resumed.last, tools.wall(), why);
    for (const { file, bytes } of resumed.torn) this.#gaps.cut(file, bytes);
  }

  #log(symbol: string): Log {
    const { store, instruments, format, tools, tapes = true } = this.#options,
      instrument = instruments.get(symbol);
    const tape = instrument && tapes
      ? new RecordedTape({
        instrument,
        format,
        open: (part) => store.tape(symbol, part),
        done: (part, file, meta) => store.done(symbol, part, file, meta),
        hasher: store.hasher,
        first: store.first,
      })
      : undefined;
    const log = { symbol, tape, buffer: new LineBuffer(), part: store.first, bytes: 0, began: tools.timers.now() };
    const end = store.resumed?.ends.get(symbol);
    if (tape && end) addGap(tape, end);
    return log;
  }

  #tick(): void {
    this.#timer = this.#options.tools.timers.after(FLUSH_MS, () => this.#tick());
    if (this.failure !== undefined) return;
    const tapes = ++this.#flushes % TAPE_FLUSHES === 0;
    this.#guarded(() => {
      for (const log of this.#logs.values()) {
        this.#handOn(log);
        if (tapes) log.tape?.flush();
      }
      if (tapes) this.#report();
    });
  }

  #handOn(log: Log): void {
    const { store, rotate = {}, tools: { timers } } = this.#options, { bytes = ROTATE_BYTES, ms = Infinity } = rotate;
    if (log.buffer.bytes > 0) {
      log.bytes += log.buffer.bytes;
      store.lines(log.symbol, log.part, log.buffer.take());
    }
    if (log.bytes === 0 || (log.bytes < bytes && timers.now() - log.began < ms)) return;
    log.part++;
    log.bytes = 0;
    log.began = timers.now();
    log.tape?.rotate();
  }

  #report(): void {
    this.#options.store.report(this.#gaps.report(this.#options.tools.wall()));
  }

  #guarded(work: () => void): void {
    if (this.failure === undefined) attempt(work, (error) => this.#fail(error));
  }

  #fail(error: Error): void {
    if (this.failure !== undefined) return;
    this.failure = error;
    const { venue, tools } = this.#options;
    tools.tell({ name: "JOURNAL_FAILED", venue, message: `the recording stopped: ${error.message}` });
    this.onFailed(error);
  }
}

/** One instrument, or the frames of none. */
interface Log {
  readonly symbol: string;
  readonly tape: RecordedTape | undefined;
  readonly buffer: LineBuffer;
  part: number;
  /** Of this part's lines, and when it began. */
  bytes: number;
  began: number;
}

/** What came between two recorders is missing: the book is stale from where the first one ended. */
function addGap(tape: RecordedTape, { exchange, local }: { readonly exchange: bigint; readonly local: bigint }): void {
  const [exchangeSec, exchangeNs] = secondsOf(exchange), [localSec, localNs] = secondsOf(local);
  const flags = AT_EXCHANGE | AT_LOCAL | LAST;
  Object.assign(tape.row, {
    kind: GAP,
    side: NONE,
    price: 0,
    size: 0,
    flags,
    exchangeSec,
    exchangeNs,
    localSec,
    localNs,
  });
  tape.add();
}

function secondsOf(ns: bigint): [sec: number, ns: number] {
  return [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
}

/** Rows that a full disk must not throw back at who decodes them. */
class GuardedRows implements RowSink {
  readonly row: Row;

  constructor(private readonly tape: RecordedTape, private readonly guarded: (work: () => void) => void) {
    this.row = tape.row;
  }

  readonly #add = (): void => this.tape.add();

  add(): void {
    this.guarded(this.#add);
  }
}

function attempt(work: () => void, failed: (error: Error) => void): void {
  try {
    work();
  } catch (error) {
    failed(error instanceof Error ? error : new Error(String(error)));
  }
}
