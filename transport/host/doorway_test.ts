import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Span, Tracer } from "@opentelemetry/api";
import { eventually } from "../link/_eventually.ts";
import { auditBreak, Tokens } from "../auth/mod.ts";
import { type Client, connect, type Dial } from "../client/mod.ts";
import { dialSse } from "../link/sse.ts";
import { CommandTraces } from "../ops/mod.ts";
import { servedSession } from "./_served.ts";
import { oneSession } from "./_one_session.ts";
import type { Server } from "./server.ts";
import type { ServerOptions } from "./server_options.ts";

const ISSUERS = ["desk", "lab"].map((issuer, i) => ({ issuer, keyId: "k", secret: new Uint8Array(32).fill(i + 1) }));
const tokens = new Tokens({ audience: "lockstep", issuers: ISSUERS, now: () => Date.now() });
const tokenOf = (name: string, issuer = "desk") => tokens.mint({ name, scopes: ["admin"], lifeMs: 60_000, issuer });

/** A server with one session that waits, and clients of it, while `work` is done. */
function served(
  options: Partial<ServerOptions>,
  work: (server: Server, client: (token: string) => Client) => Promise<void>,
): Promise<void> {
  return oneSession(async (server) => {
    const clients: Client[] = [];
    const client = (token: string) => {
      const made = connect({ url: `${server.url.replace("http", "ws")}/ws`, token, backoff: { attempts: 1 } });
      clients.push(made);
      return made;
    };
    try {
      await work(server, client);
    } finally {
      for (const each of clients) each.close();
    }
  }, { server: { issuers: ISSUERS, peers: false, ...options } });
}

Deno.test("Doorway: a user and all together have so many connections and no more, until one of them closes", () =>
  served({ limits: { connections: { user: 2, total: 3 } } }, async (server, client) => {
    const ann = await tokenOf("ann"), first = client(ann);
    await Promise.all([first.ready(), client(ann).ready()]);
    // Why the first attempt failed; another would come after seconds.
    const refused = (token: string) =>
      new Promise<string>((resolve) => {
        const made = client(token);
        made.on("error", ({ message }) => resolve((made.close(), message)));
      });
    assertStringIncludes(await refused(ann), "its user has 2 open already");
    // The name is an issuer's own.
    await client(await tokenOf("ann", "lab")).ready();
    assertStringIncludes(await refused(await tokenOf("bob")), "the server has 3");
    first.close();
    await eventually(() => server.clients === 2);
    await client(ann).ready();
  }));

/** A client whose requests come by a proxy, which says from where. */
async function clientFrom(server: Server, name: string, address: string): Promise<Client> {
  const forwarded: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("x-forwarded-for", address);
    return fetch(input, { ...init, headers });
  };
  const dial: Dial = ({ codec }) => dialSse(`${server.url}/sse`, { codec, fetch: forwarded });
  return connect({ dial, token: await tokenOf(name) });
}

Deno.test("Doorway: what a user reads of the past is counted over all connections of theirs, and of their address", () => {
  const histories = { user: { perSecond: 0.001, burst: 3 }, address: { perSecond: 0.001, burst: 5 } };
  return served({ limits: { rates: { histories } }, proxies: ["127.0.0.1"] }, async (server) => {
    const [one, two] = [await clientFrom(server, "ann", "10.0.0.1"), await clientFrom(server, "ann", "10.0.0.1")];
    const [bob, cat] = [await clientFrom(server, "bob", "10.0.0.1"), await clientFrom(server, "cat", "10.0.0.2")];
    const read = (client: Client) => client.history("clock", "", 1, 1);
    for (const each of [one, two, one, bob, bob]) await read(each);
    for (const each of [one, two, bob]) await assertRejects(() => read(each), Error, "Cannot take history");
    await read(cat);
    for (const each of [one, two, bob, cat]) each.close();
  });
});

Deno.test("Doorway: who comes, what they command and what they may not is written, in one chain over restarts", async () => {
  const folder = await Deno.makeTempDir(),
    auditFile = `${folder}/audit.log`,
    options = { auditFile, proxies: ["127.0.0.1"] };
  for (let start = 0; start < 2; start++) {
    await served(options, async (server, client) => {
      const ann = client(await tokenOf("ann"));
      await ann.command({ kind: "clock_step", count: 3 });
      await assertRejects(() => ann.command({ kind: "drive" }));
      await assertRejects(() => client("a.b.c").ready());
      const headers = { "x-forwarded-for": "10.1.2.3", authorization: `Bearer ${await tokenOf("bob")}` };
      await (await fetch(`${server.url}/`, { headers })).body?.cancel();
    });
  }
  const lines = (await Deno.readTextFile(auditFile)).trim().split("\n"), said = lines.map((line) => JSON.parse(line));
  assertEquals(auditBreak(lines), -1);
  const found = (wanted: Readonly<Record<string, unknown>>) =>
    said.filter((line) => Object.entries(wanted).every(([name, value]) => line[name] === value)).length;
  assertEquals(found({ action: "login", who: "ann", issuer: "desk", outcome: "done" }), 2);
  assertEquals(found({ action: "command", who: "ann", session: "one", outcome: "done", code: 0 }), 2);
  assertEquals(found({ action: "command", who: "ann", session: "one", outcome: "refused", code: 3005 }), 2);
  assertEquals(found({ action: "login", outcome: "refused", code: 2001 }), 2);
  assertEquals(found({ action: "login", who: "bob", address: "10.1.2.3" }), 2);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Server: a page that is listed may ask, and is told so before; others are not", () =>
  served({ origins: ["https://desk.example"] }, async (server) => {
    const ask = async (origin: string, method: string) => {
      const { status, headers, body } = await fetch(`${server.url}/api/tickets`, { method, headers: { origin } });
      await body?.cancel();
      return [status, headers.get("access-control-allow-origin")];
    };
    assertEquals(await ask("https://desk.example", "OPTIONS"), [204, "https://desk.example"]);
    assertEquals((await ask("https://desk.example", "GET"))[1], "https://desk.example");
    assertEquals(await ask("https://evil.example", "OPTIONS"), [403, null]);
  }));

Deno.test("HostedSession: a command's spans go from its frame to what the venue's answer was sent by", async () => {
  const spans: string[] = [];
  const tracer = {
    startSpan: (name: string) => {
      const span = {
        end: () => void spans.push(name),
        isRecording: () => true,
        setAttributes: () => span,
        addEvent: () => span,
        setStatus: ({ message }: { message?: string }) => (spans.push(`${name}: ${message}`), span),
      };
      return span as unknown as Span;
    },
  } as unknown as Tracer;
  const { session, client } = servedSession({}, { paused: true, traces: new CommandTraces({ tracer }) });
  const ann = client(), running = session.run().catch(() => {});
  const { instruments: [{ symbol }] } = await ann.ready();
  await ann.command({ kind: "clock_step", count: 200 });
  await ann.subscribe("orders", symbol).next();
  await eventually(() => session.driver.clock.state === "paused");
  spans.length = 0;
  await ann.command({ kind: "submit", side: "buy", size: 1, price: 1900 });
  assertEquals(spans, ["receive", "risk"]);
  await ann.command({ kind: "clock_step", count: 200 });
  await eventually(() => spans.filter((each) => each === "command").length === 2);
  assertEquals(spans.filter((each) => ["venue", "acknowledge"].includes(each)), ["venue", "acknowledge"]);
  spans.length = 0;
  await assertRejects(() => ann.command({ kind: "submit", side: "by", size: 1 }));
  assert(spans.includes("command: COMMAND_MALFORMED"), spans.join());
  ann.close();
  session.stop(new Error("enough"));
  await running;
  session.hub.close();
});
