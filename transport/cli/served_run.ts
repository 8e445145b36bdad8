import type { Cli, Runner } from "../../engine/run/cli/mod.ts";
import { RunError } from "../../engine/run/backtest.ts";
import type { TapeReader } from "../../engine/feed/tape_reader.ts";
import type { BacktestOptions } from "../../engine/run/prepare.ts";
import { parse } from "node:path";
import { mountRest } from "../host/rest_api.ts";
import { StrategyRegistry } from "../host/strategy_registry.ts";
import { TapeRegistry } from "../host/tape_registry.ts";
import { HostedSession } from "../host/hosted_session.ts";
import { Sessions } from "../host/sessions.ts";
import { marketMode } from "./market_mode.ts";
import { openPage } from "./open_page.ts";
import { startServer } from "./start_server.ts";
import { type GatewayFlags, gatewayOf, gatewayPace } from "./gateway_flags.ts";
import { heardBy, putUp } from "./gateway_run.ts";
import { stay } from "./stay.ts";
import { serverOptions, TOKEN_BEHIND } from "./serve_flags.ts";

/**
 * Runs a backtest that whoever wants to can watch and command, over WebSocket and the page; when it has ended it stays until
 * Ctrl-C, unless the flags say `--leave`. REST tells of it and of its forks, and gives out what it wrote.
 */
export function servedRun(cli: Cli, flags: GatewayFlags): Runner {
  const where = serverOptions(flags, cli), how = gatewayPace(flags), gateway = gatewayOf(flags, cli);
  return async (options, around = {}) => {
    const { folder } = around;
    const { name } = options.strategy;
    let sessions!: Sessions;
    const server = await startServer({
      ...where,
      mount(server) {
        sessions = new Sessions({ server });
        const none = { strategies: StrategyRegistry.NONE, tapes: new TapeRegistry() };
        mountRest(server.app, { server, sessions, shows: true, relative: (path) => path, ...none });
      },
    });
    let tidy = () => {};
    const close = async () => {
      tidy();
      await gateway?.close();
      await sessions.close();
      await server.close();
    };
    try {
      const plan = { strategy: name, tapes: tapesOf(options), options: unrecorded(options), ...how };
      const session: HostedSession = new HostedSession(gateway ? heardBy(gateway, options) : options, {
        ...server.hostOptions(name),
        ...how,
        ...gateway?.hostOptions,
        // What has no tapes cannot be made again beside itself.
        ...(marketMode(around) ?? { fork: sessions.forking(plan, () => session.driver.clock) }),
      });
      server.add(session);
      const written = sessions.show(session, plan, folder);
      cli.tell(`Serving on ${server.pageUrl}`);
      if (gateway) await putUp(gateway, session, flags, cli);
      if (flags.tokens !== undefined) cli.tell(TOKEN_BEHIND);
      if (flags.open) tidy = openPage(server.pageUrl);
      if (how.pace === "lockstep") cli.tell("It waits for a client that drives it.");
      else if (how.paused) cli.tell("It is paused: resume it there.");
      const result = await session.run().finally(() => gateway?.ended());
      if (flags.leave || options.stopped?.()) await close();
      else {
        cli.resting(() => {
          written(result.digest);
          return stay(cli, "its page").finally(close);
        });
      }
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

/** What its tapes are called. */
function tapesOf({ tape }: BacktestOptions): string[] {
  const tapes: readonly (string | TapeReader)[] = Array.isArray(tape) ? tape : [tape];
  return tapes.map((each) => parse(typeof each === "string" ? each : each.name).name);
}

/** The options of a run, for one beside it that writes nothing. */
function unrecorded(options: BacktestOptions): BacktestOptions {
  return { ...options, recorders: [], journal: undefined, snapshots: undefined, onProgress: undefined };
}
