/** The client in another language on the program as it is run: `lockstep run --serve` and `lockstep serve`. */
import { assert, assertEquals } from "@std/assert";
import { inFolder, program, project, TAPE } from "../engine/run/cli/_lockstep.ts";
import { type Client, connect } from "../transport/client/mod.ts";
import { bookChecksum } from "../transport/protocol/book_checksum.ts";
import type { ChannelMessage } from "../transport/protocol/messages.ts";
import { viewDigest } from "../transport/protocol/view_digest.ts";
import { NO_PYTHON, pythonClient, type PythonView, systemPython } from "./system_python.ts";

const python = await systemPython();
const ignore = python === undefined, because = ignore ? NO_PYTHON : "";

Deno.test({
  name:
    `python_client: on lockstep run --serve it sees what a client of ours sees, and all that the run filled${because}`,
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const run = [
        "run",
        project("strategies/touch_maker.ts"),
        "--tape",
        TAPE,
        "--out",
        folder,
        "--paused",
        "--pace",
        "free",
      ];
      const { url, ended } = await served([...run, "--serve", "0", "--leave"], folder);
      await bothSee(url, (client) => client.command({ kind: "clock_resume" }).then(() => {}), async (fills) => {
        assertEquals((await ended()).code, 0);
        const [{ name }] = Deno.readDirSync(folder);
        assertEquals(JSON.parse(Deno.readTextFileSync(`${folder}/${name}/result.json`)).trades, fills);
      });
    }),
});

Deno.test({
  name: `python_client: on lockstep serve it joins a session that was made over REST, and sees all of it${because}`,
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const where = ["--strategies", project("strategies"), "--tapes", project("fixtures/data"), "--out", folder];
      const { url, stop, ended } = await served(["serve", "--port", "0", ...where], folder);
      const headers = { authorization: `Bearer ${tokenOf(url)}`, "content-type": "application/json" };
      const tapes = await (await fetch(new URL("/api/tapes", url), { headers })).json();
      const tape = tapes.tapes.find(({ tape }: { tape: string }) => tape.includes("market_l2")).tape;
      const body = JSON.stringify({ strategy: "touch_maker", tapes: [tape], paused: true, pace: "free" });
      const made = await fetch(new URL("/api/sessions", url), { method: "POST", headers, body });
      const { session } = await made.json();
      assertEquals(made.status, 201);
      const go = async (client: Client) => {
        await client.command({ kind: "clock_resume" });
        for await (const { data } of client.subscribe("clock")) if (data.state === "ended") break;
        stop();
      };
      await bothSee(url, go, async (fills) => {
        assertEquals((await ended()).code, 0);
        const path = [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}/result.json`).find(isThere)!;
        assert(session.length > 0 && fills === JSON.parse(Deno.readTextFileSync(path)).trades);
      });
    }),
});

/**
 * A client of ours and the one in Python follow the session that a server has; `go` lets it run. When the server has let both go,
 * they must have seen the same.
 */
async function bothSee(
  url: URL,
  go: (client: Client) => Promise<void>,
  then: (fills: number) => Promise<void>,
): Promise<void> {
  const client = connect({ url: `ws://${url.host}/ws`, token: tokenOf(url), backoff: { attempts: 1 } });
  const over = new Promise<void>((resolve) =>
    client.on("state", ({ state }) => state !== "connecting" && state !== "connected" && resolve())
  );
  try {
    const { instruments: [{ symbol }] } = await client.ready();
    const other = pythonClient(python!, [url.hostname, url.port, symbol, tokenOf(url)]);
    // The book's snapshot is what it gets last of what it asks for.
    while (await booksSent(url) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const fills: ChannelMessage[] = [];
    client.listen("fills", symbol, (update) => fills.push(update as ChannelMessage));
    const books = client.book(symbol);
    await books.next();
    await go(client);
    await over;
    const { checked, gaps, ...seen }: PythonView = await other.view();
    const { bids, asks, seq } = client.bookNow(symbol)!.view();
    const checksum = bookChecksum(bids, asks);
    assertEquals(seen, { digest: await viewDigest(fills), fills: fills.length, book: seq, checksum });
    assert(
      checked > 10 && gaps === 0 && fills.length > 100,
      `${checked} compared, ${gaps} gaps, ${fills.length} fills`,
    );
    await then(fills.length);
  } finally {
    client.close();
  }
}

/** The program, once it says where it serves. */
async function served(args: readonly string[], folder: string) {
  const child = program(args, folder), output = new Response(child.stdout).text();
  const reader = child.stderr.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let said = "", url: string | undefined;
  while (url === undefined) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`it ended: ${said}`);
    said += value;
    url = /^Serving on (\S+)\n/m.exec(said)?.[1];
  }
  const ended = async () => {
    while (!(await reader.read()).done);
    await output;
    return await child.status;
  };
  return { url: new URL(url), ended, stop: () => child.kill("SIGINT") };
}

function tokenOf(url: URL): string {
  return url.hash.slice("#token=".length);
}

/** Messages of books that the server has sent so far, to all clients. */
async function booksSent(url: URL): Promise<number> {
  const headers = { authorization: `Bearer ${tokenOf(url)}` };
  const text = await (await fetch(new URL("/metrics", url), { headers })).text();
  return Number(/^lockstep_sent_messages_total\{[^}]*channel="book"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
