/** What proving a capture against itself has found. */
export interface CheckReport {
  /** Places at which two statements of the capture about one thing were compared. */
  readonly checked: number;
  /** How many of them agreed. */
  readonly equal: number;
  /** The first that did not agree. */
  readonly first?: Difference;
  /** What else was counted, by name, for people. */
  readonly counts: Readonly<Record<string, number>>;
  /** What to know of it beside, a sentence each; absent where there is nothing. */
  readonly notes?: readonly string[];
}

/** Two statements of a capture that contradict each other. */
export interface Difference {
  /** Which of the files, from 1 in the order they were given. */
  readonly file: number;
  /** Line (text) or record (binary) of that file, from 1. */
  readonly place: number;
  /** What each said: "BTCUSDT at update 7: the book has …, the ticker …". */
  readonly what: string;
}

/** Proves a capture against itself as its bytes go by. */
export interface Check {
  /** The next decompressed bytes of the current file. */
  push(bytes: Uint8Array): void;
  /** The current file has ended; a next one may follow, and continues it. */
  end(): void;
  /** What was found so far. */
  report(): CheckReport;
}

/** Counts comparisons and keeps the first that failed. */
export class Tally {
  checked = 0;
  equal = 0;
  /** The file being read, from 1. */
  file = 1;
  #first: Difference | undefined;

  /** Counts one comparison; `what` is asked for only where it is the first to fail. */
  compare(isEqual: boolean, place: number, what: () => string): void {
    this.checked++;
    if (isEqual) this.equal++;
    else this.#first ??= { file: this.file, place, what: what() };
  }

  /** The report, with other counts and notes beside it. */
  report(counts: Readonly<Record<string, number>>, notes: readonly string[] = []): CheckReport {
    const { checked, equal } = this;
    return { checked, equal, ...this.#first && { first: this.#first }, counts, ...notes.length > 0 && { notes } };
  }
}
