import { assert, assertEquals } from "@std/assert";
import { Door } from "../auth/door.ts";
import { Origins } from "../auth/origins.ts";
import { RateLimits } from "../auth/rate_limit.ts";
import { Tokens } from "../auth/tokens.ts";
import { Metrics } from "./metrics.ts";
import { metricsRoute } from "./metrics_route.ts";

const now = () => 1_700_000_000_000;
const issuers = [{ issuer: "start", keyId: "k1", secret: new Uint8Array(32).fill(7) }];
const tokens = new Tokens({ audience: "lockstep", issuers, now });

async function status(address: string, headers: Record<string, string> = {}, scopes?: string[], encrypted = true) {
  const origins = new Origins({ port: 8787, hosts: ["localhost", "lab.example"] });
  const door = new Door({ tokens, origins, rates: new RateLimits({ now }), now, encrypted });
  const metrics = new Metrics();
  metrics.gauge({ name: "open", help: "Open." });
  const route = metricsRoute({ metrics, door, addressOf: () => address });
  const token = scopes && { authorization: `Bearer ${await tokens.mint({ name: "ann", scopes, lifeMs: 60_000 })}` };
  const answer = await route.request("/metrics", { headers: { host: "localhost:8787", ...token, ...headers } });
  const text = await answer.text();
  assertEquals(text.includes("# TYPE open gauge"), answer.status === 200);
  return answer.status;
}

Deno.test("metricsRoute: open on loopback, for admin alone from elsewhere", async () => {
  assertEquals(await status("127.0.0.1"), 200);
  assertEquals(await status("::1"), 200);
  assertEquals(await status("10.0.0.1"), 401);
  for (const scopes of [["read"], ["trade"], ["control"], ["admin:s1"], ["admin:*:BTC"], []]) {
    assertEquals(await status("10.0.0.1", {}, scopes), 403, `${scopes}`);
  }
  assertEquals(await status("10.0.0.1", {}, ["admin"]), 200);
  assertEquals(await status("10.0.0.1", {}, ["admin"], false), 403, "an admin's token in plain text is nobody's");
});

Deno.test("metricsRoute: a proxy's loopback is not its client's", async () => {
  for (const name of ["x-forwarded-for", "forwarded", "x-real-ip", "via"]) {
    assertEquals(await status("127.0.0.1", { [name]: "10.0.0.1" }), 401, name);
    assertEquals(await status("127.0.0.1", { [name]: "127.0.0.1" }, ["admin"]), 200, name);
  }
});

Deno.test("metricsRoute: other pages and hosts on loopback, and a wrong token", async () => {
  assertEquals(await status("127.0.0.1", { host: "evil.example:8787" }), 403);
  assertEquals(await status("127.0.0.1", { origin: "https://evil.example" }), 403);
  assertEquals(await status("127.0.0.1", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }), 403);
  assert(await status("127.0.0.1", { authorization: "Bearer a.b.c" }) === 401);
});
