import type { Cli, Runner } from "../../engine/run/cli/mod.ts";
import type { BacktestOptions } from "../../engine/run/prepare.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { HostedSession } from "../host/hosted_session.ts";
import { type GatewayFlags, gatewayOf, gatewayPace, tellOf } from "./gateway_flags.ts";
import { marketMode } from "./market_mode.ts";
import { atPort } from "./start_server.ts";
import { stay } from "./stay.ts";

/** Runs a session that speaks Binance's dialect, and nothing else; when it has ended it answers on until Ctrl-C. */
export function gatewayRun(cli: Cli, flags: GatewayFlags): Runner {
  const how = gatewayPace(flags);
  return async (options, around = {}) => {
    const gateway = gatewayOf(flags, cli)!;
    try {
      const session = new HostedSession(heardBy(gateway, options), {
        id: options.strategy.name,
        ...how,
        ...gateway.hostOptions,
        ...marketMode(around),
      });
      await putUp(gateway, session, flags, cli);
      const result = await session.run().finally(() => gateway.ended());
      if (flags.leave || options.stopped?.()) await gateway.close();
      else cli.resting(() => stay(cli, "its gateway").finally(() => gateway.close()));
      return result;
    } catch (error) {
      await gateway.close();
      throw error;
    }
  };
}

/** The options of a session that a gateway hears. */
export function heardBy(gateway: Gateway, options: BacktestOptions): BacktestOptions {
  return { ...options, recorders: [...options.recorders ?? [], gateway.recorder] };
}

/** Puts a gateway up, and says where. Throws Failure where its port cannot be had. */
export async function putUp(gateway: Gateway, session: HostedSession, flags: GatewayFlags, cli: Cli): Promise<void> {
  await atPort({ port: Number(flags.gateway) }, () => gateway.start(session));
  tellOf(gateway, session, cli);
}
