/** What a server's memory is after many clients have come and gone, in whatever way: what it was before. */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { Rng } from "../engine/core/rng.ts";
import { type ClientOptions, connect, type Dial } from "../transport/client/mod.ts";
import { dialPolling } from "../transport/link/polling.ts";
import { dialSse } from "../transport/link/sse.ts";
import { dialWebSocket } from "../transport/link/websocket_client.ts";
import { fuzzRuns } from "./fuzz_runs.ts";

/** Clients that come and go: 10,000 in a long run. */
const CYCLES = fuzzRuns(420);
/** Clients before the first measure, so that what is made once is there: code, tables, pools. */
const WARM_UP = Math.max(300, Math.round(CYCLES / 5));
/** At a time. */
const TOGETHER = 8;
/**
 * Between the two measures. After 10,000 clients it is a third of that; 150 B a client would be too much.
 * Clients send no commands: of those a session keeps each, to be made again from them.
 */
const MORE_BYTES_MAX = 1_500_000;

/** A server in a process of its own, and how it fares. */
class SoakServer {
  readonly url: string;
  readonly token: string;
  readonly symbol: string;
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(child: Deno.ChildProcess, lines: AsyncIterator<string>, hello: string) {
    this.#child = child;
    this.#lines = lines;
    this.#stdin = child.stdin.getWriter();
    ({ url: this.url, token: this.token, symbol: this.symbol } = JSON.parse(hello));
  }

  static async start(): Promise<SoakServer> {
    const program = fileURLToPath(new URL("soak_server.ts", import.meta.url));
    const args = ["run", "-A", "--no-check", "--v8-flags=--expose-gc", program];
    const child = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" }).spawn();
    const lines = linesOf(child.stdout);
    const { value, done } = await lines.next();
    if (done) throw new Error("Cannot soak: the server has ended");
    return new SoakServer(child, lines, value);
  }

  async measure(): Promise<{ readonly bytes: number; readonly clients: number; readonly connections: number }> {
    await this.#stdin.write(new TextEncoder().encode("\n"));
    return JSON.parse((await this.#lines.next()).value);
  }

  async stop(): Promise<void> {
    await this.#stdin.close();
    while (!(await this.#lines.next()).done);
    await this.#child.status;
  }
}

Deno.test(`Server: ${CYCLES} clients that come and go leave nothing behind in its memory`, async () => {
  const server = await SoakServer.start();
  try {
    await visits(server, WARM_UP, 1);
    const before = await server.measure();
    await visits(server, CYCLES, 2);
    const after = await server.measure();
    assertEquals([after.clients, after.connections], [0, 0]);
    const more = after.bytes - before.bytes;
    assert(
      more < MORE_BYTES_MAX,
      `${before.bytes} B before, ${after.bytes} B after: ${Math.round(more / CYCLES)} B a client`,
    );
  } finally {
    await server.stop();
  }
});

/** So many clients one after the other, some at a time. */
async function visits(server: SoakServer, count: number, seed: number): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: TOGETHER }, async () => {
    while (next < count) await visit(server, new Rng(`${seed} ${next++}`));
  }));
}

/** A client of one kind or another comes, wants something, and leaves in one way or another. */
async function visit(server: SoakServer, rng: Rng): Promise<void> {
  const { url, token, symbol } = server, kind = rng.int(10);
  if (kind === 0) return await silent(url);
  const options: ClientOptions = {
    dial: dialOf(url, rng),
    codec: (["json", "msgpack"] as const)[rng.int(2)],
    token: kind === 1 ? "a.b.c" : token,
    backoff: { attempts: 1 },
    page: {},
  };
  const client = connect(options);
  try {
    await client.ready();
  } catch (error) {
    assertEquals([kind, (error as Error).message.includes("token")], [1, true], `${error}`);
    return client.close();
  }
  const wishes = rng.int(2) === 0 ? {} : { depth: 1 + rng.int(20), rateMax: 1 + rng.int(50) };
  await client.book(symbol, wishes).next();
  client.listen("fills", "*", () => {}, rng.int(2) === 0 ? {} : { where: { side: [`s${rng.int(1000)}`] } });
  if (rng.int(4) === 0) await client.history("trades", symbol, 1, 10);
  if (rng.int(4) === 0) {
    client.reconnect();
    await client.ready();
  }
  client.close();
}

function dialOf(url: string, rng: Rng): Dial {
  const way = rng.int(6);
  if (way === 0) return ({ codec }) => dialSse(`${url}/sse`, { codec });
  if (way === 1) return ({ codec }) => dialPolling(`${url}/poll`, { codec });
  return ({ codec }) => dialWebSocket(`${url.replace("http", "ws")}/ws`, { codec });
}

/** Opens a link, says nothing and breaks it off. */
async function silent(url: string): Promise<void> {
  const link = await dialWebSocket(`${url.replace("http", "ws")}/ws`, { codec: "json" });
  const over = new Promise<void>((resolve) => link.onClose = () => resolve());
  link.terminate();
  await over;
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  return undefined;
}
