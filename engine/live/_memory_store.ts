/** For tests: a recording in memory. */
import { MemoryFile } from "../feed/memory_file.ts";
import type { TapeMeta } from "../feed/tape_schema.ts";
import type { GapReport } from "./gap_report.ts";
import type { RecordingStore, Resumed } from "./recorder.ts";

/** Keeps everything, by "symbol.part". */
export class MemoryStore implements RecordingStore {
  onFailed: (error: Error) => void = () => {};
  readonly hasher = () => ({ update: () => {}, hex: () => "not hashed" });
  readonly frames = new Map<string, string>();
  readonly tapes = new Map<string, MemoryFile>();
  readonly metas = new Map<string, TapeMeta>();
  last: GapReport | undefined;
  closed = false;

  constructor(readonly first = 1, readonly resumed?: Resumed) {}

  lines(symbol: string, part: number, bytes: Uint8Array): void {
    const name = `${symbol}.${part}`;
    this.frames.set(name, (this.frames.get(name) ?? "") + new TextDecoder().decode(bytes));
  }

  tape(symbol: string, part: number): MemoryFile {
    const file = new MemoryFile(`${symbol}.${part}`);
    this.tapes.set(file.name, file);
    return file;
  }

  done(symbol: string, part: number, _file: unknown, meta: TapeMeta): void {
    this.metas.set(`${symbol}.${part}`, meta);
  }

  report(report: GapReport): void {
    this.last = report;
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
