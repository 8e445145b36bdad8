import type { Strategy } from "../../engine/core/strategy.ts";
import type { BacktestOptions } from "../../engine/run/prepare.ts";
import { type Client, type ClientOptions, connect, type Dial } from "../client/mod.ts";
import { greet } from "../hub/mod.ts";
import { memoryPair } from "../link/memory.ts";
import { codecOf } from "../protocol/codecs.ts";
import type { HostOptions } from "./host_options.ts";
import { HostedSession } from "./hosted_session.ts";

/** A hosted session over the tape that comes along, and clients of it over links in memory. */
export function servedSession(
  strategy: Strategy | BacktestOptions["strategy"],
  host: Partial<HostOptions> = {},
  options: Partial<BacktestOptions> = {},
) {
  const definition = "create" in strategy
    ? strategy
    : { name: "made", about: "Made for a test.", create: () => strategy };
  const all = { strategy: definition, tape: "fixtures/data/market_l2.arrow", ...options };
  const session = new HostedSession(all, { id: "test", ...host });
  const dialAs = (name: string, scopes: readonly string[]): Dial => ({ codec }) => {
    const [server, client] = memoryPair();
    void greet(server, codecOf(codec), { authenticate: () => ({ name, scopes }), hubOf: () => session.hub });
    return Promise.resolve(client);
  };
  const client = (more: Partial<ClientOptions> = {}, scopes: readonly string[] = ["admin"], name = "ann"): Client =>
    connect({ dial: dialAs(name, scopes), ...more });
  return { session, client, dialAs, options: all };
}
