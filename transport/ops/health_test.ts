import { assertEquals } from "@std/assert";
import { Health } from "./health.ts";

Deno.test("Health: alive all the time, ready when started, with all checks, and not draining", async () => {
  const faults: string[] = [];
  const health = new Health((name) => faults.push(name)), routes = health.routes();
  let disk = true;
  health.check("disk", () => disk);
  const ready = async () => {
    assertEquals((await routes.request("/healthz")).status, 200);
    const answer = await routes.request("/readyz");
    return [answer.status, await answer.json()];
  };
  assertEquals(await ready(), [503, { ready: false, state: "starting", checks: { disk: true } }]);
  health.state = "ready";
  assertEquals((await ready())[0], 200);
  disk = false;
  assertEquals(await ready(), [503, { ready: false, state: "ready", checks: { disk: false } }]);
  disk = true;
  health.check("feed", () => {
    throw new Error("password of the feed");
  });
  assertEquals(await ready(), [503, { ready: false, state: "ready", checks: { disk: true, feed: false } }]);
  health.check("feed", () => true);
  health.state = "draining";
  assertEquals((await ready())[0], 503);
  assertEquals(faults, ["feed"]);
});
