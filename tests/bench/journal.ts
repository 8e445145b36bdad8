import { Digest } from "../../engine/core/digest.ts";
import { JournalWriter } from "../../engine/core/journal.ts";
import { JOURNAL_VERSION, type JournalStorage } from "../../engine/core/journal_format.ts";
import { JournalFiles } from "../../engine/run/journal_files.ts";
import { sha256 } from "../../engine/run/sha256.ts";
import { type BenchOptions, type BenchRow, runsOf } from "./bench.ts";

/** What is measured: megabytes of journal, and how it lies on disk; in memory where it lies nowhere. */
const CASES: readonly {
  readonly what: string;
  readonly megabytes: number;
  readonly storage?: JournalStorage;
  readonly bar?: number;
  readonly note: string;
}[] = [
  { what: "journal, to memory", megabytes: 128, note: "records, SHA-256 chain; the segments are thrown away" },
  { what: "journal, sync none", megabytes: 128, storage: {}, bar: 200, note: "to a file, as the system buffers it" },
  {
    what: "journal, sync none, 16 MiB files",
    megabytes: 128,
    storage: { fileBytes: 16 * 2 ** 20, keep: 2 },
    bar: 200,
    note: "the last two kept",
  },
  { what: "journal, sync interval=100ms", megabytes: 128, storage: { sync: "interval=100ms" }, note: "" },
  { what: "journal, sync segment", megabytes: 16, storage: { sync: "segment" }, note: "one sync every 64 KiB" },
];

/** Writing a journal's output records: hashed, chained, and made to reach the disk by each policy. */
export async function* benchJournal(options: BenchOptions): AsyncGenerator<BenchRow> {
  for (const { what, megabytes, storage, bar, note } of CASES) {
    const bytes = (options.quick ? megabytes / 8 : megabytes) * 1e6;
    const values: number[] = [];
    // The first run warms up.
    for (let i = 0; i <= runsOf(options); i++) {
      const speed = await Promise.resolve(writeJournal(bytes, storage, `${options.folder}/journal`));
      if (i > 0) values.push(speed);
    }
    yield { what, values, unit: "MB/s", bar, note: `${bytes / 1e6} MB${note === "" ? "" : `: ${note}`}` };
  }
}

/** Records between two looks at the time, as a run has them. */
const SLICE = 4096;

/** Writes about so many bytes of records as a market maker has them, nine of ten narrow; returns MB/s, the last sync included. */
function writeJournal(bytes: number, storage: JournalStorage | undefined, path: string): number {
  let written = 0;
  const files = storage && new JournalFiles(path, storage);
  const sink = {
    write: (segment: Uint8Array) => {
      written += segment.length;
      files?.write(segment);
    },
    next: () => files?.next(),
  };
  const { fileBytes, keep } = storage ?? {};
  const writer = new JournalWriter({ sink, hasher: sha256, fileBytes, keep });
  const feeds = [{ row: 0 }];
  writer.start(
    {
      journal: JOURNAL_VERSION,
      lockstep: "bench",
      strategy: { name: "none", sha256: null },
      parameters: {},
      seed: 1,
      options: {},
      code: [],
      tapes: [],
    },
    { digest: new Digest(), feeds },
  );
  const begun = performance.now();
  for (let i = 0; written < bytes; i++) {
    feeds[0].row = 20 * i;
    writer.output(
      1 + (i & 3),
      393,
      1_000_003 * i,
      i,
      32 + (i % 7),
      i % 10 === 0 ? 2 ** 33 + i : 2000 + (i % 11),
      1 - (i & 2),
    );
    if (i % SLICE === 0) files?.look(() => writer.flush());
  }
  writer.close({ steps: 1, finished: true, incomplete: null });
  files?.close();
  return written / 1e3 / (performance.now() - begun);
}
