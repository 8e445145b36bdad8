/** A server with one session that stands still, for benches: prints url and token, and ends with its input. */
import { HostedSession } from "../../transport/host/hosted_session.ts";
import { Server } from "../../transport/host/server.ts";

const server = await Server.start({ port: 0 });
const session = new HostedSession(
  {
    strategy: { name: "still", about: "Does nothing.", create: () => ({}) },
    tape: "fixtures/data/market_l2.arrow",
    latency: "1ms",
  },
  { ...server.hostOptions("bench"), paused: true, lossless: true },
);
server.add(session);
const running = session.run();
running.catch(() => {});
console.log(JSON.stringify({ url: `${server.url.replace("http", "ws")}/ws`, token: server.token }));
for await (const _ of Deno.stdin.readable);
Deno.exit(0);
