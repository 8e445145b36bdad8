import type { BacktestOptions } from "../../engine/run/prepare.ts";
import type { HostOptions } from "./host_options.ts";
import { HostedSession } from "./hosted_session.ts";
import { Server } from "./server.ts";
import type { ServerOptions } from "./server_options.ts";

/** A strategy that leaves all to whoever commands the session. */
export const STILL = { name: "still", about: "Does nothing.", create: () => ({}) };

/** The tape that comes along. */
export const TAPE = new URL("../../fixtures/data/market_l2.arrow", import.meta.url).pathname;

/** What a server with one session is made of. */
export interface OneSession {
  readonly server?: Partial<ServerOptions>;
  readonly session?: Partial<BacktestOptions>;
  /** How it is hosted: paused unless said. */
  readonly host?: Partial<HostOptions>;
}

/** A server with one session, "one", which is there while `work` is done and stopped when it is; nothing moves it unless it is told. */
export async function oneSession(
  work: (server: Server, session: HostedSession) => Promise<void>,
  options: OneSession = {},
): Promise<void> {
  const server = await Server.start({ port: 0, ...options.server });
  const session = new HostedSession(
    { strategy: STILL, tape: TAPE, ...options.session },
    { ...server.hostOptions("one"), paused: true, ...options.host },
  );
  server.add(session);
  const running = session.run().catch(() => {});
  try {
    await work(server, session);
  } finally {
    session.stop(new Error("enough"));
    await running;
    await server.close();
  }
}
