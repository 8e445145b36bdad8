import { join } from "node:path";
import { AGENT_INSTRUMENT, AgentMarket } from "../agents/agent_market.ts";
import { parseAgents } from "../agents/agent_spec.ts";
import { RowTape } from "../feed/tape_sinks.ts";
import type { TapeMeta } from "../feed/tape_schema.ts";
import { DiskFile } from "./disk_file.ts";
import { sha256 } from "./sha256.ts";

/** A market that participants have made. */
export interface AgentTape {
  /** Of the file. */
  readonly path: string;
  /** What it says of itself. */
  readonly meta: TapeMeta;
}

/**
 * Lets participants act, and keeps what they did as a tape in a folder. Memory stays flat.
 *
 * The same text and seed make the same tape, and its name ends with its hash: what is there already is it, and a journal that names it
 * finds it again. Throws RangeError for a text that `parseAgents` refuses, and WriteError where the disk does not take it; nothing is
 * left of it then.
 *
 * @example
 * ```ts
 * import { makeAgentTape } from "./agent_tape.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const { path, meta } = makeAgentTape("10m", 7, folder);
 * if (meta.rows < 5000 || makeAgentTape("10m", 7, folder).path !== path) throw new Error("unexpected");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export function makeAgentTape(text: string, seed: number, folder: string): AgentTape {
  const { forNs, view, market } = parseAgents(text), asked = text.replaceAll(/\s/g, "");
  Deno.mkdirSync(folder, { recursive: true });
  const making = join(folder, `.making-${crypto.randomUUID()}`), name = join(folder, `agents-${asked}-seed${seed}`);
  using file = new DiskFile(making, `${name}.arrow`);
  try {
    const tape = new RowTape(file, view);
    new AgentMarket({ ...market, seed }, { [view]: tape }).advanceUntil(forNs);
    const meta = tape.finish({ instrument: AGENT_INSTRUMENT, command: `agents ${asked} --seed ${seed}` }, sha256());
    const path = `${name}-${meta.sha256.slice(0, 8)}.arrow`;
    Deno.renameSync(making, path);
    return { path, meta };
  } catch (error) {
    Deno.removeSync(making);
    throw error;
  }
}
