import { join } from "node:path";
import type { JournalTape } from "../core/journal_format.ts";
import { hashTape } from "../feed/tape_hash.ts";
import type { TapeReader } from "../feed/tape_reader.ts";
import { isTapeFolder, openTape } from "./open_tape.ts";
import { sha256 } from "./sha256.ts";

/** A tape that was found, to be closed by who asked for it. */
export interface FoundTape {
  readonly path: string;
  readonly reader: TapeReader;
  close(): void;
}

/**
 * Finds the tape of a content in `places`: files, or folders that hold it by its name or under another.
 *
 * The content is hashed again; what a file says of itself is not enough. Throws RangeError that names the hash and where it
 * looked; where a tape of that name has another content, it names both hashes.
 */
export function findTape(wanted: JournalTape, places: readonly string[]): FoundTape {
  const others: string[] = [];
  const files = candidates(places, wanted.name);
  // Hashing is a pass over the tape: first those that claim to be the one, then those that go by its name.
  for (const claiming of [true, false]) {
    for (const [path, named] of files) {
      const tape = open(path, named);
      if (tape === undefined) continue;
      const said = tape.reader.meta.sha256;
      if (claiming ? said === wanted.sha256 : named && said !== wanted.sha256) {
        const found = hashTape(tape.reader, sha256());
        if (found === wanted.sha256) return { path, ...tape };
        others.push(`${path} has sha256 ${found}${said !== "" && said !== found ? ` and claims ${said}` : ""}`);
      }
      tape.close();
    }
  }
  const name = `${wanted.name} (sha256 ${wanted.sha256})`;
  if (others.length > 0) {
    throw new RangeError(`Cannot find tape ${name}: ${others.join("; ")}; give the one of that content with --tape`);
  }
  const where = places.length === 0 ? "the journal says no place" : `it is not at ${places.join(", ")}`;
  throw new RangeError(`Cannot find tape ${name}: ${where}; give it, or its folder, with --tape`);
}

/** Files that may be the tape, by path; true for those that have its name or were given themselves. */
function candidates(places: readonly string[], name: string): Map<string, boolean> {
  const files = new Map<string, boolean>();
  for (const place of places) {
    const stat = statOf(place);
    if (stat?.isDirectory && isTapeFolder(place)) files.set(place, true);
    else if (stat?.isDirectory) {
      const names = [...Deno.readDirSync(place)].map((entry) => entry.name).filter((each) =>
        each.endsWith(".arrow") || isTapeFolder(join(place, each))
      );
      for (const each of names.sort()) files.set(join(place, each), each === name);
    } else if (stat) files.set(place, true);
  }
  return files;
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

/** A tape, or undefined where a file that merely lies there is none. */
function open(path: string, named: boolean): Omit<FoundTape, "path"> | undefined {
  try {
    return openTape(path);
  } catch (error) {
    if (named) throw error;
    return undefined;
  }
}
