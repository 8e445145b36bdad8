import { join } from "node:path";
import { AGENT_INSTRUMENT, AgentMarket } from "../agents/agent_market.ts";
import { parseAgents } from "../agents/agent_spec.ts";
import { RowTape } from "../feed/tape_sinks.ts";
import type { TapeMeta } from "../feed/tape_schema.ts";
import { breathing } from "./breathing.ts";
import { DiskFile } from "./disk_file.ts";
import { sha256 } from "./sha256.ts";

/** A market that participants have made. */
export interface AgentTape {
  /** Of the file. */
  readonly path: string;
  /** What it says of itself. */
  readonly meta: TapeMeta;
}

/** What stands around the making of a tape. */
export interface AgentTapeOptions {
  /** Hears how many seconds of the market are done, of how many. */
  readonly onProgress?: (seconds: number, total: number) => void;
  /** Gives it up: then what was aborted with is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Lets participants act, and keeps what they did as a tape in a folder. Memory stays flat, and the program goes on beside it.
 *
 * The same text and seed make the same tape, and its name ends with its hash: what is there already is it, and a journal that names it
 * finds it again. Throws RangeError for a text that `parseAgents` refuses, and WriteError where the disk does not take it; nothing is
 * left of it then. What a program that was killed left of its own is taken away an hour later.
 *
 * @example
 * ```ts
 * import { makeAgentTape } from "./agent_tape.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const { path, meta } = await makeAgentTape("10m", 7, folder);
 * if (meta.rows < 5000 || (await makeAgentTape("10m", 7, folder)).path !== path) throw new Error("unexpected");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function makeAgentTape(
  text: string,
  seed: number,
  folder: string,
  { onProgress, signal }: AgentTapeOptions = {},
): Promise<AgentTape> {
  const { forNs, view, market } = parseAgents(text), asked = text.replaceAll(/\s/g, "");
  Deno.mkdirSync(folder, { recursive: true });
  removeDead(folder);
  const making = join(folder, `${MAKING}${crypto.randomUUID()}`), name = join(folder, `agents-${asked}-seed${seed}`);
  using file = new DiskFile(making, `${name}.arrow`);
  try {
    const tape = new RowTape(file, view), agents = new AgentMarket({ ...market, seed }, { [view]: tape });
    let part = 0;
    const act = () => {
      agents.advanceUntil(++part === PARTS ? forNs : Math.floor(part * forNs / PARTS));
      onProgress?.(part * forNs / PARTS / 1e9, forNs / 1e9);
      return part < PARTS;
    };
    await breathing(act, () => signal?.throwIfAborted());
    const meta = tape.finish({ instrument: AGENT_INSTRUMENT, command: `agents ${asked} --seed ${seed}` }, sha256());
    // To finish a long one takes seconds: who gave it up meanwhile is heard.
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    const path = `${name}-${meta.sha256.slice(0, 8)}.arrow`;
    Deno.renameSync(making, path);
    return { path, meta };
  } catch (error) {
    Deno.removeSync(making);
    throw error;
  }
}

/** How the name of what is not a tape yet begins. */
const MAKING = ".making-";

/** A market is made in so many parts: the longest one takes some hundredths of a second. */
const PARTS = 1024;

/** Who makes a tape writes to it again and again: what nobody wrote to for so long has nobody. */
const DEAD_MS = 3_600_000;

function removeDead(folder: string): void {
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.startsWith(MAKING)) continue;
    try {
      const path = join(folder, name), { mtime } = Deno.statSync(path);
      if (mtime !== null && Date.now() - mtime.getTime() > DEAD_MS) Deno.removeSync(path);
    } catch {
      // Somebody else took it away, or it is not ours to.
    }
  }
}
