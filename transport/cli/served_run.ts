import type { Cli, Runner } from "../../engine/run/cli/mod.ts";
import { Interrupt } from "../../engine/run/cli/interrupt.ts";
import { RunError } from "../../engine/run/backtest.ts";
import type { BacktestOptions } from "../../engine/run/prepare.ts";
import { HostedSession } from "../host/hosted_session.ts";
import { Sessions } from "../host/sessions.ts";
import { openPage } from "./open_page.ts";
import { startServer } from "./start_server.ts";
import { paceOf, type ServeFlags, serverOptions, TOKEN_BEHIND } from "./serve_flags.ts";

/**
 * Runs a backtest that whoever wants to can watch and command, over WebSocket and the page; when it has ended it stays until
 * Ctrl-C, unless the flags say `--leave`.
 */
export function servedRun(cli: Cli, flags: ServeFlags): Runner {
  const where = serverOptions(flags, cli), how = paceOf(flags);
  return async (options) => {
    const server = await startServer(where), forks = new Sessions({ server }), { name } = options.strategy;
    let tidy = () => {};
    const close = async () => {
      tidy();
      await forks.close();
      await server.close();
    };
    try {
      const plan = { strategy: name, tapes: [], options: unrecorded(options), ...how };
      const session: HostedSession = new HostedSession(options, {
        ...server.hostOptions(name),
        ...how,
        fork: forks.forking(plan, () => session.driver.clock),
      });
      server.add(session);
      cli.tell(`Serving on ${server.pageUrl}`);
      if (flags.tokens !== undefined) cli.tell(TOKEN_BEHIND);
      if (flags.open) tidy = openPage(server.pageUrl);
      if (how.pace === "lockstep") cli.tell("It waits for a client that drives it.");
      else if (how.paused) cli.tell("It is paused: resume it there.");
      const result = await session.run();
      if (flags.leave || options.stopped?.()) await close();
      else cli.resting(() => stay(cli).finally(close));
      return result;
    } catch (error) {
      // What was computed is kept, and there is nothing more to watch. Who asked for the end knows of it.
      if (error instanceof RunError && !options.stopped?.()) {
        server.log.warn("the session ended early", { reason: error.message });
      }
      await close();
      throw error;
    }
  };
}

/** The options of a run, for one beside it that writes nothing. */
function unrecorded(options: BacktestOptions): BacktestOptions {
  return { ...options, recorders: [], journal: undefined, snapshots: undefined, onProgress: undefined };
}

/** Until somebody asks to stop: what the run put out is kept by then, whatever becomes of this program. */
async function stay(cli: Cli): Promise<void> {
  using interrupt = new Interrupt();
  const { signal } = interrupt;
  cli.tell("The session has ended; its page stays until Ctrl-C.");
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
