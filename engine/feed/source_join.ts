import { LAST } from "../core/event.ts";
import { type Decoder, SourceError } from "./decoder.ts";
import { durationText } from "./duration_text.ts";
import type { Row, RowSink } from "./row.ts";
import { RowQueue } from "./row_queue.ts";

/** Joins the rows of several files into one stream; it says which file it wants to read from next. */
export interface SourceJoin {
  /** The file to be read next; -1 when all have ended. */
  readonly wanted: number;
  /** Bytes of file `wanted`. */
  push(bytes: Uint8Array): void;
  /** File `wanted` has ended. */
  end(): void;
  /** No more is read of any file: gives out what waits. */
  abandon(): void;
}

/**
 * Reads files one after the other with one decoder, whose state carries over.
 *
 * Each must begin no earlier than the one before it began; where they overlap by less than the window, rows are sorted.
 */
export class AppendJoin implements SourceJoin {
  wanted = 0;
  readonly #files: readonly string[];
  readonly #sink: FileSink;
  readonly #decoder: Decoder;

  /** `decoder` makes the decoder for the sink that it is to use. */
  constructor(files: readonly string[], out: RowSink, decoder: (sink: RowSink) => Decoder) {
    this.#files = files;
    this.#sink = new FileSink(files, out);
    this.#decoder = decoder(this.#sink);
  }

  push(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
  }

  end(): void {
    this.#decoder.end();
    this.wanted = this.wanted + 1 < this.#files.length ? this.wanted + 1 : -1;
    this.#sink.nextFile();
  }

  abandon(): void {
    this.wanted = -1;
  }
}

/** Looks at the first row of each file on its way. */
class FileSink implements RowSink {
  readonly row: Row;
  readonly #files: readonly string[];
  readonly #out: RowSink;
  #file = 0;
  #fresh = true;
  #sec = -Infinity;
  #ns = 0;

  constructor(files: readonly string[], out: RowSink) {
    this.#files = files;
    this.#out = out;
    this.row = out.row;
  }

  add(): void {
    if (this.#fresh) this.#begin();
    this.#out.add();
  }

  nextFile(): void {
    this.#file++;
    this.row.file = this.#file;
    this.#fresh = true;
  }

  #begin(): void {
    const { localSec, localNs } = this.row;
    if (localSec < this.#sec || (localSec === this.#sec && localNs < this.#ns)) {
      const before = this.#files[this.#file - 1];
      const ns = (this.#sec - localSec) * 1e9 + this.#ns - localNs;
      const problem = `it begins ${durationText(ns)} before ${before}, which was given before it`;
      const { place, unit } = this.row;
      throw new SourceError(problem, place || 1, "give the files in the order of time", place ? unit : "row");
    }
    this.#sec = localSec;
    this.#ns = localNs;
    this.#fresh = false;
  }
}

/** Reads files side by side, each with its own decoder, and joins their messages by local time, then by file. */
export class MergeJoin implements SourceJoin {
  wanted = 0;
  readonly #out: RowSink;
  readonly #queues: RowQueue[] = [];
  readonly #decoders: Decoder[] = [];
  readonly #ended: boolean[] = [];
  /** The file whose message is half given out; -1 between messages. */
  #current = -1;

  constructor(files: readonly string[], out: RowSink, decoder: (sink: RowSink, file: string) => Decoder) {
    this.#out = out;
    for (const file of files) {
      const queue = new RowQueue();
      queue.row.file = this.#queues.length;
      this.#queues.push(queue);
      this.#decoders.push(decoder(queue, file));
      this.#ended.push(false);
    }
  }

  push(bytes: Uint8Array): void {
    this.#decoders[this.wanted].push(bytes);
    this.#drain();
  }

  end(): void {
    this.#decoders[this.wanted].end();
    this.#ended[this.wanted] = true;
    this.#drain();
  }

  abandon(): void {
    this.#ended.fill(true);
    this.#drain();
  }

  /** Gives out messages until a file whose next row is not known must be read. */
  #drain(): void {
    const out = this.#out;
    for (;;) {
      if (this.#current < 0 && !this.#choose()) return;
      const queue = this.#queues[this.#current];
      if (queue.size === 0) {
        if (!this.#ended[this.#current]) {
          this.wanted = this.#current;
          return;
        }
        this.#current = -1;
        continue;
      }
      queue.pop(out.row);
      if (out.row.flags & LAST) this.#current = -1;
      out.add();
    }
  }

  /** Chooses the file with the earliest row; false where one must be read first, or none has any. */
  #choose(): boolean {
    let best = -1;
    for (let i = 0; i < this.#queues.length; i++) {
      const queue = this.#queues[i];
      if (queue.size === 0) {
        if (this.#ended[i]) continue;
        this.wanted = i;
        return false;
      }
      const first = best < 0 ? undefined : this.#queues[best];
      const earlier = first === undefined || queue.localSec < first.localSec ||
        (queue.localSec === first.localSec && queue.localNs < first.localNs);
      if (earlier) best = i;
    }
    this.#current = best;
    if (best < 0) this.wanted = -1;
    return best >= 0;
  }
}
