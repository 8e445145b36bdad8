import { basename, dirname, join, resolve } from "node:path";
import type { Closing, JournalHeader, Whereabouts } from "../core/journal_format.ts";
import { arrivalsPath, type ArrivedTape, arrivedTape } from "./arrived_tape.ts";
import { findTape, type FoundTape } from "./find_tape.ts";
import { hashFile } from "./journal_file.ts";

/** Where else to look for what a run was made of. */
export interface FindOptions {
  /** Tapes, or folders of tapes, to look at first; those that the journal names follow. */
  readonly tapes?: readonly string[];
  /** The strategy's file, in place of the one that the journal names. */
  readonly strategy?: string;
}

/** A run as its journal names it. */
export interface NamedRun {
  readonly folder: string;
  readonly header: JournalHeader;
  readonly where: Whereabouts | undefined;
  readonly closing: Closing | undefined;
  /** It goes on, or was killed: what it is recording is taken as far as it goes. */
  readonly unfinished?: boolean;
}

/** A run's strategy file and tapes. */
export interface FoundRun extends Disposable {
  readonly strategy: string;
  /** Whether the file is, byte for byte, the one that ran. */
  readonly unchanged: boolean;
  readonly warnings: string[];
  readonly tapes: readonly FoundTape[];
  /** Of a run without an end: all that arrived by then is on its tapes, ns since 1970-01-01 UTC. */
  readonly until?: bigint;
}

/**
 * Finds what a run was made of: from the working directory, or from the folder above `out`.
 *
 * Throws RangeError where a tape is missing or has another content (both hashes are named), or the strategy came from no file.
 */
export function findRun({ folder, header, where, closing, unfinished }: NamedRun, options: FindOptions): FoundRun {
  const found: FoundTape[] = [], warnings: string[] = [], arrived: ArrivedTape[] = [];
  const close = (): void => found.forEach((tape) => tape.close());
  const { strategy: { name, sha256 } } = header;
  const named = options.strategy ? [options.strategy] : where?.strategy ? fromBoth(folder, where.strategy) : [];
  if (named.length === 0) {
    throw new RangeError(`Cannot run ${folder} again: its strategy ${name} came from no file; give --strategy`);
  }
  const strategy = named.find(isFile) ?? named[0];
  const unchanged = isFile(strategy) && (sha256 === null || hashFile(strategy) === sha256);
  if (!unchanged && isFile(strategy)) {
    warnings.push(`${strategy} has changed since the run: its sha256 is no longer ${sha256}`);
  }
  try {
    (closing?.tapes ?? header.tapes).forEach((tape, i) => {
      const place = where?.tapes[i];
      const arrivals = place && join(folder, arrivalsPath(basename(place)));
      if (tape.sha256 === "" && unfinished && arrivals && isFile(arrivals)) {
        arrived.push(arrivedTape(arrivals, tape.instrument));
        return void found.push(arrived[arrived.length - 1]);
      }
      if (tape.sha256 === "") {
        throw new RangeError(
          `Cannot run ${folder} again: it broke off before its recording of ${tape.name} was complete; ` +
            "what it left is read by verify and parity, and a session on an exchange's market begins anew",
        );
      }
      // What a run recorded lies in its own folder, wherever that is by now.
      const own = closing?.tapes ? [folder] : [];
      found.push(findTape(tape, [...(options.tapes ?? []), ...(place ? fromBoth(folder, place) : []), ...own]));
    });
  } catch (error) {
    close();
    throw error;
  }
  const times = arrived.map(({ until }) => until), until = times.sort((a, b) => a < b ? -1 : 1).at(0);
  return {
    strategy,
    unchanged,
    warnings,
    tapes: found,
    [Symbol.dispose]: close,
    ...(until !== undefined && { until }),
  };
}

/** A run is looked at from where it was made, or, where that is another folder, from the one above `out`. */
function fromBoth(folder: string, path: string): string[] {
  const above = resolve(dirname(dirname(resolve(folder))), path);
  return resolve(path) === above ? [path] : [path, above];
}

/** Whether there is a file of that name. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
