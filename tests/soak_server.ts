/**
 * A server whose memory is measured from outside, for soak_test.ts: prints its address, and for each line that it reads the bytes of
 * its heap after garbage has been collected, and what it still knows of clients. Run with `--v8-flags=--expose-gc`.
 *
 * @module
 */
import { DEFAULT_RATES } from "../transport/auth/rate_limit.ts";
import { HostedSession } from "../transport/host/hosted_session.ts";
import { Server } from "../transport/host/server.ts";

const { gc } = globalThis as { readonly gc?: () => void };
if (!gc) throw new Error("Cannot measure: garbage cannot be collected; run with --v8-flags=--expose-gc");

/** Nobody is kept waiting, as all clients are one user of one address here. */
const MANY = { perSecond: 1e6, burst: 1e6 };
const server = await Server.start({
  port: 0,
  peers: false,
  limits: {
    hub: { graceMs: 20 },
    rates: { ...DEFAULT_RATES, connections: { user: MANY }, attempts: { address: MANY } },
    connections: { user: 10_000, address: 10_000, unproven: 10_000 },
  },
});
const session = new HostedSession(
  {
    strategy: { name: "still", about: "Does nothing.", create: () => ({}) },
    tape: new URL("../fixtures/data/market_l2.arrow", import.meta.url).pathname,
  },
  { ...server.hostOptions("one"), paused: true },
);
server.add(session);
session.run().catch(() => {});
session.driver.tape!.step(500);
console.log(JSON.stringify({ url: server.url, token: server.token, symbol: session.symbols[0] }));

for await (const _line of Deno.stdin.readable) {
  // Links that were let go, connections in their grace and what nobody follows any more are gone after a moment.
  const until = performance.now() + 10_000,
    left = () => server.clients + session.hub.sizes.connections + session.hub.sizes.cohorts;
  while (performance.now() < until && left() > 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (let i = 0; i < 4; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, external } = Deno.memoryUsage();
  console.log(JSON.stringify({ bytes: heapUsed + external, clients: server.clients, ...session.hub.sizes }));
}
Deno.exit(0);
