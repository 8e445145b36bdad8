import { join } from "node:path";
import { readArrivals } from "../feed/arrivals.ts";
import type { InstrumentSpec } from "../core/instrument.ts";
import { TapeReader } from "../feed/tape_reader.ts";
import { TapeRecorder } from "../feed/tape_recorder.ts";
import { DiskFile } from "./disk_file.ts";
import { FileSource } from "./file_source.ts";
import type { FoundTape } from "./find_tape.ts";
import { sha256 } from "./sha256.ts";

/** A tape made of what has arrived so far. */
export interface ArrivedTape extends FoundTape {
  /** All that arrived by then is on it: ns since 1970-01-01 UTC. */
  readonly until: bigint;
}

/** Where rows stand as they arrived, while the tape at `path` is in the making: BTCUSDT.arrivals for BTCUSDT.arrow. */
export function arrivalsPath(path: string): string {
  return path.replace(/\.arrow$/, "") + ".arrivals";
}

/**
 * Makes the tape of a session that has no end, because it goes on or was killed, of the rows that have arrived: the one that it would
 * have recorded, had it been stopped there. It lies among the system's temporary files until it is closed.
 *
 * Throws RangeError where nothing has been handed over yet, or no rows stand there.
 */
export function arrivedTape(path: string, instrument: InstrumentSpec): ArrivedTape {
  const temporary = Deno.makeTempDirSync({ prefix: "lockstep_arrived_" }), to = join(temporary, "arrived.arrow");
  const remove = (): void => Deno.removeSync(temporary, { recursive: true });
  try {
    const until = record(path, to, instrument);
    if (until === undefined) {
      throw new RangeError(`Cannot read ${path}: nothing was handed over yet; try again in a second`);
    }
    const source = new FileSource(to);
    const close = () => {
      source.close();
      remove();
    };
    return { path: to, reader: new TapeReader(source), until, close };
  } catch (error) {
    remove();
    throw error;
  }
}

function record(path: string, to: string, instrument: InstrumentSpec): bigint | undefined {
  using source = new FileSource(path);
  using file = new DiskFile(to);
  const recorder = new TapeRecorder({ file, instrument, layout: "l2" });
  const until = readArrivals(source, recorder);
  recorder.finish(sha256(), "the session has no end yet");
  return until;
}
