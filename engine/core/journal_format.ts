/**
 * The journal's layout in bytes, little-endian, in words of 32 bits. A journal is a run of segments, none above
 * {@linkcode SEGMENT_BYTES}:
 *
 * | words | of a segment |
 * |---|---|
 * | 1 | {@linkcode SEGMENT_MAGIC} |
 * | 1 | its number from 0; {@linkcode ASIDE} for what stands beside the chain |
 * | 1 | bytes of records |
 * | 1 | 1 on the last segment, else 0 |
 * | n | records, whole |
 * | 8 | SHA-256 over the previous segment's 32 bytes of hash (zeros before the first) and all the words above |
 *
 * The first word of a record tells what it is. Its low three bits are above 0 on output records, which are the digest's
 * own, and have their tag there, with three bits that say what follows it:
 *
 * | words | of an output record | where the tag's word is |
 * |---|---|---|
 * | 2 | int64 time (ns since 1970-01-01 UTC) | without {@linkcode SAME_TIME}: else it is that of the output record before it, in the same segment |
 * | 4 | lower words of order, x, y, z | |
 * | 2 | upper words of order and x | with {@linkcode LONG_ORDER_X}: else they are int32 |
 * | 2 | upper words of y and z | with {@linkcode LONG_Y_Z}: else they are int32 |
 *
 * They are 0 on control records: the first word is the kind, with {@linkcode MORE} where the next record of that kind goes
 * on with the same text; then the bytes of the body; then the body, up to a whole word.
 *
 * | control record | body |
 * |---|---|
 * | {@linkcode HEADER} | JSON, see {@linkcode JournalHeader}; first in segment 0 |
 * | {@linkcode COMMAND} | int64 count of tape rows passed by each feed, in the header's order, then JSON, see `CommandEntry` in command.ts |
 * | {@linkcode CHECKPOINT} | int64 count of output records; the digest's four words of state; int64 rows passed by each feed |
 * | {@linkcode CLOSE} | JSON, see {@linkcode Closing}; last of all |
 * | {@linkcode WHERE} | JSON, see {@linkcode Whereabouts}; alone in a segment numbered ASIDE, whose hash starts from zeros and leads nowhere |
 * | {@linkcode CONTINUED} | the previous segment's 32 bytes of hash; JSON, see {@linkcode Continuation}; first in each file but the first |
 *
 * A journal may be written to several files, each of whole segments. The chain goes on from one to the next, and each can be
 * read without those before it: it begins with WHERE, as the first does, and with CONTINUED, which says the header again.
 *
 * @module
 */
import type { InstrumentSpec } from "./instrument.ts";
import type { ParamValue } from "./params.ts";

/** Version of this layout: 1 had each record's time, and all four upper words or none. */
export const JOURNAL_VERSION = 2;
/** The most bytes a segment has: what is lost at most when the machine goes down, and the writer's memory. */
export const SEGMENT_BYTES = 65_536;
/** "LSJ1" */
export const SEGMENT_MAGIC = 0x314a534c;
/** Words before and after a segment's records. */
export const SEGMENT_HEAD = 4;
export const SEGMENT_HASH = 8;
/** The number of a segment that is not part of the chain. */
export const ASIDE = -1;
/** Words that an output record has at least, and at most. */
export const OUTPUT_WORDS_MIN = 5;
export const OUTPUT_WORDS_MAX = 11;
/** Bits of its tag's word: which words it has not, and which it has. Tags leave them free (see recorder.ts). */
export const SAME_TIME = 8;
export const LONG_ORDER_X = 16;
export const LONG_Y_Z = 32;
export const FORM = SAME_TIME | LONG_ORDER_X | LONG_Y_Z;

/** Kinds of control records. */
export const HEADER = 0x10;
export const COMMAND = 0x20;
export const CHECKPOINT = 0x30;
export const CLOSE = 0x40;
export const WHERE = 0x50;
export const CONTINUED = 0x60;
/** The next record of the same kind goes on with this one's text. */
export const MORE = 0x100;

/** What a journal starts with: all that is needed to run the session again, and nothing of where or when it ran. */
export interface JournalHeader {
  /** {@linkcode JOURNAL_VERSION}. */
  readonly journal: number;
  /** Version of Lockstep. */
  readonly lockstep: string;
  /** The strategy's name; SHA-256 of its file's bytes, null where it came from no file. */
  readonly strategy: { readonly name: string; readonly sha256: string | null };
  readonly parameters: Readonly<Record<string, ParamValue>>;
  readonly seed: number;
  /** Options of the run as it was built from them, defaults included: plain JSON. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Names of options that were given as code, so that this header alone cannot build the run again. */
  readonly code: readonly string[];
  /** In the order of the session's instruments. */
  readonly tapes: readonly JournalTape[];
}

/** A tape as the header names it. */
export interface JournalTape {
  /** SHA-256 of its content, see `tape_hash.ts`; "" in the header of a session that records it. */
  readonly sha256: string;
  readonly name: string;
  readonly rows: number;
  readonly instrument: InstrumentSpec;
}

/** What each file of a journal but the first begins with: all that stood before it, in short. */
export interface Continuation {
  /** Number of the file, the first being 1. */
  readonly file: number;
  /** Number of the segment it begins with. */
  readonly segment: number;
  /** Output records and commands in the files before, and how many of the latter came from outside. */
  readonly records: number;
  readonly commands: number;
  readonly outside: number;
  /** The digest's state after them: what `Digest.restore` takes. */
  readonly state: readonly number[];
  /** How many files are kept at most; null where all are. */
  readonly keep: number | null;
  readonly header: JournalHeader;
}

/** What a journal ends with. */
export interface Closing {
  /** Of a session that recorded its tapes while it ran, in the header's order: the header cannot know their content. */
  readonly tapes?: readonly JournalTape[];
  /** Of all output, as hexadecimal. */
  readonly digest: string;
  /** Output records in all. */
  readonly records: number;
  /** Rows of each tape that were passed. */
  readonly rows: readonly number[];
  /** Moves that the session made, and whether it was then finished: what a run that was stopped needs to stop there again. */
  readonly steps: number;
  readonly finished: boolean;
  /** Why the run ended before its tapes; null where it is complete. */
  readonly incomplete: string | null;
  /** Of a run that was stopped: output records before it was; those behind are of its end. */
  readonly before?: number;
}

/** Where things lay when the session ran: of help in finding them again, and no part of what the chain vouches for. */
export interface Whereabouts {
  /** Path of the strategy's file, relative to the working directory; null where it came from no file. */
  readonly strategy: string | null;
  /** Paths of the tapes in the header's order, likewise. */
  readonly tapes: readonly (string | null)[];
  /** Options that were not given, and have their defaults: what a result says of them hangs on it. */
  readonly defaults?: readonly string[];
  /** How the journal was written, where not as it is unless said: what going on with it needs to know. */
  readonly storage?: JournalStorage;
}

/** How a journal lies on disk. */
export interface JournalStorage {
  /** Bytes that one of its files may have; all in one where absent. */
  readonly fileBytes?: number;
  /** How many files are kept, the last ones; all where absent. */
  readonly keep?: number;
  /** When what was written is made to reach the disk: "none" (where absent), "segment" or "interval=100ms". */
  readonly sync?: string;
}

/** The upper word of an integer below 2^63 in magnitude whose lower word is known. */
export function upperWord(value: number, low: number): number {
  return ((value - (low >>> 0)) / 4294967296) | 0;
}
