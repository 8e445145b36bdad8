import { join, relative } from "node:path";
import { type Cli, EXIT, Failure } from "../../engine/run/cli/mod.ts";
import { mountRest } from "../host/rest_api.ts";
import type { Server } from "../host/server.ts";
import { Sessions } from "../host/sessions.ts";
import { StallWatch } from "../host/stall_watch.ts";
import { StrategyRegistry } from "../host/strategy_registry.ts";
import { TapeRegistry } from "../host/tape_registry.ts";
import { TapeUploads } from "../host/tape_uploads.ts";
import { systemTimers } from "../link/timers.ts";
import { onSignals, Shutdown } from "../ops/mod.ts";
import { type ServeFlags, serverOptions, TOKEN_BEHIND } from "./serve_flags.ts";
import { startServer } from "./start_server.ts";

/** Flags of `serve` alone. */
export interface HostingFlags extends ServeFlags {
  readonly strategies: string;
  readonly tapes: string;
  readonly out: string;
  /** false for --no-uploads. */
  readonly uploads?: boolean;
  readonly running: number;
  readonly kept: number;
  /** Seconds that a callback may take; 0 for ever. */
  readonly stall: number;
}

/** Serves sessions that clients make, until somebody asks for the end: then all are told, and what ran is kept. */
export async function serve(cli: Cli, flags: HostingFlags): Promise<void> {
  const { strategies, tapes, uploads } = await registries(cli, flags);
  using watch = flags.stall > 0 ? new StallWatch(flags.stall) : undefined;
  let sessions!: Sessions;
  const server = await startServer({
    ...serverOptions(flags, cli),
    mount(server) {
      const { out, running: runningMax, kept: keptMax } = flags;
      sessions = new Sessions({ server, out, runningMax, keptMax, watch });
      const here = (path: string) => relative(Deno.cwd(), path).replaceAll("\\", "/");
      mountRest(server.app, { server, sessions, strategies, tapes, uploads, relative: here });
    },
  });
  // The list of sessions, also where there is only one.
  cli.tell(`Serving on ${server.pageUrl.replace(/(?=#|$)/, "?session=")}`);
  if (flags.tokens !== undefined) cli.tell(TOKEN_BEHIND);
  cli.tell(`${strategies.list().length} strategies, ${tapes.list().length} tapes; Ctrl-C ends it.`);
  if (await ended(server, sessions) === "forced") cli.code = EXIT.INTERRUPTED;
}

/** What may be started, and on what. Throws Failure where a folder is not there. */
async function registries(cli: Cli, flags: HostingFlags) {
  const onFault = (file: string, error: Error) => cli.tell(`warning: ${file} is left out: ${error.message}`);
  try {
    const strategies = await StrategyRegistry.load(flags.strategies, onFault), tapes = new TapeRegistry();
    tapes.addFolder(flags.tapes, onFault);
    const folder = join(flags.out, "uploads");
    return {
      strategies,
      tapes,
      uploads: flags.uploads === false ? undefined : new TapeUploads({ folder, tapes, onFault }),
    };
  } catch (error) {
    if (error instanceof RangeError) throw new Failure(EXIT.INPUT, error.message, { cause: error });
    throw error;
  }
}

/** Resolves when the system or the user has asked for the end and all has stopped. */
function ended(server: Server, sessions: Sessions): Promise<"clean" | "forced"> {
  const shutdown = new Shutdown({
    refuse: () => server.health.state = "draining",
    drain: (reconnectMs, reason) => server.drain(reconnectMs, reason),
    clients: () => server.clients,
    async close() {
      await sessions.close();
      await server.close();
    },
    terminate: () => void server.close(0, 0),
    after: systemTimers.after,
    onStep: (step, error) => server.log.info(step, error === undefined ? {} : { error: String(error) }),
  });
  return new Promise((resolve) => {
    const remove = onSignals(shutdown, (how) => {
      remove();
      resolve(how);
    });
  });
}
