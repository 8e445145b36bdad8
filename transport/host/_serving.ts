import { type Client, type ClientOptions, connect } from "../client/mod.ts";
import { sha256 } from "../../engine/run/sha256.ts";
import { Server } from "./server.ts";
import type { ServerOptions } from "./server_options.ts";
import { type SessionPlan, Sessions, type SessionsOptions } from "./sessions.ts";
import type { StrategyRegistry } from "./strategy_registry.ts";

/** A server with room for sessions, and clients of it, while `work` is done; all is gone afterwards. */
export async function serving(
  work: (served: {
    readonly server: Server;
    readonly sessions: Sessions;
    readonly out: string;
    readonly client: (options?: Partial<ClientOptions>) => Client;
  }) => Promise<void>,
  { limits, ...options }: Partial<Omit<SessionsOptions, "server">> & Pick<ServerOptions, "limits"> = {},
): Promise<void> {
  const out = await Deno.makeTempDir(), server = await Server.start({ port: 0, limits });
  const sessions = new Sessions({ server, out, ...options }), clients: Client[] = [];
  const client = (options: Partial<ClientOptions> = {}): Client => {
    const made = connect({ url: `${server.url.replace("http", "ws")}/ws`, token: server.token, ...options });
    clients.push(made);
    return made;
  };
  try {
    await work({ server, sessions, out, client });
  } finally {
    for (const each of clients) each.close();
    await sessions.close();
    await server.close();
    await Deno.remove(out, { recursive: true });
  }
}

/** A session of a strategy of the project on the tape that comes along, recorded and paused. */
export function planOf(strategies: StrategyRegistry, name: string, more: Partial<SessionPlan> = {}): SessionPlan {
  const { definition, path, sha256: hash } = strategies.get(name), tape = "fixtures/data/market_l2.arrow";
  return {
    strategy: name,
    tapes: ["market_l2"],
    options: { strategy: definition, tape },
    pace: "free",
    speed: 1,
    paused: true,
    journal: { hasher: sha256, strategy: { path, sha256: hash } },
    ...more,
  };
}
