import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { systemTimers } from "../../live/timers.ts";
import { machineNetwork } from "../network.ts";
import { wallClock } from "../wall_clock.ts";
import { type AlertFlags, notifierOf } from "./alert_flags.ts";
import { Cli } from "./cli.ts";
import { Failure } from "./failure.ts";

function notifier(flags: AlertFlags, variables: Readonly<Record<string, string>> = {}, said: string[] = []) {
  const cli = new Cli({ out: () => {}, err: (text) => said.push(text), watched: false, color: false, width: 80 });
  const wall = wallClock(), network = machineNetwork({ wall });
  const tools = { network, timers: systemTimers, wall, random: Math.random };
  return notifierOf(cli, flags, { run: "out/a-1", tools, env: (name) => variables[name] });
}

Deno.test("notifierOf: a webhook at a local server hears of an event, over the machine's own network", async () => {
  const heard: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    heard.push(`${request.method} ${new URL(request.url).pathname} ${request.headers.get("content-type")}`);
    heard.push(await request.text());
    // The first is refused for now.
    return new Response("", heard.length === 2 ? { status: 429, headers: { "retry-after": "0" } } : {});
  });
  const { port } = server.addr, said: string[] = [];
  const posts = notifier({ alertWebhook: `http://127.0.0.1:${port}/hooks/hush` }, {}, said)!;
  posts.event({ name: "UNRECONCILED", venue: "binance-spot", message: "books differ" });
  await posts.close();
  await server.shutdown();
  assertEquals(heard.length, 4);
  assertEquals(heard[2], "POST /hooks/hush application/json");
  assertMatch(JSON.parse(heard[3]).text, /critical UNRECONCILED binance-spot: books differ$/);
  assertMatch(said.join(), /Cannot post alerts to webhook 127\.0\.0\.1:\d+: it answered 429 ?; trying again/);
  assert(!said.join().includes("hush"));
});

Deno.test("notifierOf: the bot's token is in the environment or in a file of mode 600, and flags that do not fit say so", () => {
  const file = Deno.makeTempFileSync(), TOKEN = { LOCKSTEP_TELEGRAM_TOKEN: "123:abc" };
  try {
    Deno.writeTextFileSync(file, "123:abc\n");
    if (Deno.build.os !== "windows") {
      Deno.chmodSync(file, 0o644);
      assertThrows(() => notifier({ alertTelegram: "17", telegramToken: file }), Failure, "others may read it");
    }
    Deno.chmodSync(file, 0o600);
    assert(notifier({ alertTelegram: "17", telegramToken: file }));
  } finally {
    Deno.removeSync(file);
  }
  assert(notifier({ alertTelegram: "17" }, TOKEN));
  assertEquals(notifier({}, TOKEN), undefined);
  assertThrows(() => notifier({ alertTelegram: "17" }), Failure, "LOCKSTEP_TELEGRAM_TOKEN has no token");
  assertThrows(() => notifier({ alertTelegram: "me" }, TOKEN), Failure, "me is no chat");
  assertThrows(() => notifier({ alertWebhook: "chat" }), Failure, "is no address");
  assertThrows(() => notifier({ alertLevel: "warning" }), Failure, "--alert-level says nothing by itself");
});
