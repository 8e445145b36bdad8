import { join } from "node:path";
import type * as v from "valibot";
import { TapeCheck } from "../../engine/feed/tape_check.ts";
import { hashTape } from "../../engine/feed/tape_hash.ts";
import { TapeBuffer, type TapeReader } from "../../engine/feed/tape_reader.ts";
import type { TapeMeta } from "../../engine/feed/tape_schema.ts";
import { openTape } from "../../engine/run/open_tape.ts";
import { sha256 } from "../../engine/run/sha256.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { tapeInfo } from "../protocol/rest.ts";
import { unknown } from "./strategy_registry.ts";

/** A tape that sessions can run on. */
export interface RegisteredTape {
  readonly path: string;
  readonly meta: TapeMeta;
  readonly info: v.InferOutput<typeof tapeInfo>;
}

const ENDING = ".arrow";

/**
 * The tapes that a server's sessions may run on, by name: the files of one folder as it was when the server began, and what was
 * uploaded since. Nobody names a file to a server.
 *
 * @example
 * ```ts
 * import { TapeRegistry } from "./tape_registry.ts";
 * const tapes = new TapeRegistry();
 * tapes.addFolder("fixtures/data");
 * if (tapes.get("market_l2").info.symbol !== "ZEROUSD") throw new Error("unexpected");
 * ```
 */
export class TapeRegistry {
  readonly #tapes = new Map<string, RegisteredTape>();

  /** Adds a folder's tapes by their names without ending; `onFault` hears of files that are none. RangeError for no folder. */
  addFolder(folder: string, onFault: (file: string, error: Error) => void = () => {}): void {
    for (const name of namesIn(folder)) {
      const path = join(folder, name);
      try {
        this.add(name.slice(0, -ENDING.length), path);
      } catch (error) {
        onFault(path, error as Error);
      }
    }
  }

  /** Adds one. Throws RangeError for a file that is no tape. */
  add(name: string, path: string, label = ""): RegisteredTape {
    const { reader: { meta, layout }, close } = openTape(path);
    close();
    const { instrument, rows, span } = meta;
    const info = {
      tape: name,
      label,
      symbol: instrument.symbol,
      venue: instrument.venue,
      layout,
      rows,
      bytes: Deno.statSync(path).size,
      from: span ? BigInt(span.localFirst) : null,
      to: span ? BigInt(span.localLast) : null,
      sha256: meta.sha256,
    };
    const tape = { path, meta, info };
    this.#tapes.set(name, tape);
    return tape;
  }

  /** One by its name. Throws ProtocolError MALFORMED where there is none, with the nearest. */
  get(name: string): RegisteredTape {
    const found = this.#tapes.get(name);
    if (found !== undefined) return found;
    throw new ProtocolError("MALFORMED", `Cannot run on ${name}: ${unknown("tape", name, [...this.#tapes.keys()])}`);
  }

  /** Takes one out; sessions that run on it go on. */
  remove(name: string): void {
    this.#tapes.delete(name);
  }

  /** All, by name. */
  list(): RegisteredTape["info"][] {
    return Array.from(this.#tapes.values(), ({ info }) => info).sort((a, b) => a.tape < b.tape ? -1 : 1);
  }
}

/**
 * Looks at each row of a tape that somebody else has written, and at its hash, with pauses in which others are heard.
 *
 * Throws RangeError that says what is wrong with which row, or that the hash which it states is another's.
 */
export async function checkTape(path: string): Promise<void> {
  const { reader, close } = openTape(path);
  try {
    const check = new TapeCheck(reader), buffer = new TapeBuffer();
    for (let i = 0; i < reader.batches; i++) {
      if (reader.layout === "bars") check.bars(i, reader.bars(i, buffer));
      else check.events(i, reader.batch(i, buffer));
      if (i % BATCHES_AT_ONCE === BATCHES_AT_ONCE - 1) await new Promise((resolve) => setTimeout(resolve, 0));
    }
    checkHash(reader);
  } finally {
    close();
  }
}

/** Batches between two pauses. */
const BATCHES_AT_ONCE = 8;

function checkHash(reader: TapeReader): void {
  const stated = reader.meta.sha256;
  if (stated === "" || hashTape(reader, sha256()) === stated) return;
  throw new RangeError(
    `Cannot take tape ${reader.name}: its content is not what its hash says; convert the source again`,
  );
}

function namesIn(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((name) => name.endsWith(ENDING)).sort();
  } catch (error) {
    throw new RangeError(`Cannot serve tapes in ${folder}: ${(error as Error).message}; name a folder`, {
      cause: error,
    });
  }
}
