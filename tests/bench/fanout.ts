import { type BenchOptions, type BenchRow, beside, median, ratioNote, runsOf } from "./bench.ts";
import type { FanoutSystem } from "./fanout_message.ts";
import { BufferedLines } from "./lines.ts";

/** What clients have got in a round. */
interface Got {
  readonly messages: number;
  readonly seconds: number;
  readonly lost: number;
  readonly p50: number;
  readonly p99: number;
  /** What the server computed for it, in seconds of one core. */
  readonly cpuSeconds: number;
}

/** What a server says after a round. */
interface Told {
  readonly clients: number;
  readonly rss: number;
  readonly cpuSeconds: number;
}

const MILLION = 1e6;
/** More than anybody sends: as much as goes through. */
const FLOOD = 100 * MILLION;

/**
 * Messages of 200 B from one server to many clients over WebSockets, each message to all: the hub with at most 16 messages a frame
 * and with one, `ws` alone, and Socket.IO. Server and clients have a process each; clients parse frames by hand, acknowledge, and
 * look that no sequence is missing. Latency is from when a message was due to when its frame was read, over all clients. The bars:
 * 1.2 times what the centrifuge library delivered on such a machine, and the p99 it had at its most.
 */
export async function* benchFanout(options: BenchOptions): AsyncGenerator<BenchRow> {
  yield* toMany(options, { clients: 100, bar: 2.28, rate: 1.9, p99: 28 });
  yield* toMany(options, { clients: 1000, bar: 1.68, rate: 1.25, p99: 149 });
  yield* unbatched(options);
  yield* idle(options);
}

/** The most that goes through, the latency at what the rival sends at most, and at a rate where nothing merges. */
async function* toMany(
  options: BenchOptions,
  { clients, bar, rate, p99 }: { clients: number; bar: number; rate: number; p99: number },
): AsyncGenerator<BenchRow> {
  const rig = await Rig.start("hub", 16, clients), most: number[] = [], late: number[] = [], calm: number[] = [];
  const computed: number[] = [];
  try {
    for (let i = -1; i < runsOf(options); i++) {
      const flood = await rig.round(FLOOD, options, true), paced = await rig.round(rate * MILLION, options);
      const slow = clients === 1000 ? await rig.round(50_000, options) : undefined;
      if (i < 0) continue;
      most.push(flood.messages / flood.seconds / MILLION);
      late.push(paced.p99);
      computed.push(paced.messages / paced.cpuSeconds / MILLION);
      if (slow) calm.push(slow.p99);
    }
  } finally {
    await rig.end();
  }
  const busy = `${median(computed).toFixed(1)}M a second of the server's CPU`, less = true;
  const note = `200 B each, at most 16 a frame; ${busy}`;
  yield { what: `fan-out to ${clients}`, values: most, unit: "M msg/s", bar, note };
  yield {
    what: `  p99 at ${rate}M msg/s`,
    values: late,
    unit: "ms",
    less,
    bar: p99,
    note: "from due time, all clients",
  };
  if (calm.length > 0) yield { what: "  p99 at 50k msg/s", values: calm, unit: "ms", less, bar: 12 };
}

/** One message a frame, beside those who send so always. */
async function* unbatched(options: BenchOptions): AsyncGenerator<BenchRow> {
  const ours = await flooded("hub", FLOOD, options);
  const ws = await flooded("ws", 0.4 * MILLION, options), io = await flooded("socketio", 0.4 * MILLION, options);
  const note = `${ratioNote(ours, ws, "ws")}, ${ratioNote(ours, io, "Socket.IO")}`;
  yield { what: "one message a frame, to 100", values: ours, unit: "k msg/s", bar: 250, note };
  yield { what: "  ws alone", values: ws, unit: "k msg/s", note: "no lanes, no credit, no recovery" };
  yield { what: "  Socket.IO 4.8", values: io, unit: "k msg/s", note: "the same clients" };
}

/** Thousands of messages a second of each run, to 100 clients. */
async function flooded(system: FanoutSystem, rate: number, options: BenchOptions): Promise<number[]> {
  const rig = await Rig.start(system, 1, 100), found: number[] = [];
  try {
    for (let i = -1; i < runsOf(options); i++) {
      const { messages, seconds } = await rig.round(rate, options, true);
      if (i >= 0) found.push(messages / seconds / 1000);
    }
  } finally {
    await rig.end();
  }
  return found;
}

/**
 * What a connection that has a token and a subscription costs the server while nothing happens: what memory grows by from a tenth
 * of them to all, so that what the first need once is not shared out among them.
 */
async function* idle({ quick }: BenchOptions): AsyncGenerator<BenchRow> {
  const count = quick ? 1000 : 10_000, values: number[] = [];
  for (let i = 0; i < (quick ? 1 : 3); i++) {
    const server = await Server.start("hub", 16), first = await server.connect(count / 10, true);
    const { rss } = await server.ask<Told>({ settle: true });
    const rest = await server.connect(count - count / 10, true);
    const all = await server.ask<Told>({ settle: true });
    if (all.clients !== count) throw new Error(`Cannot bench: ${all.clients} of ${count} clients are there`);
    values.push((all.rss - rss) / (count - count / 10) / 1024);
    for (const child of [first, rest, server]) await child.end();
  }
  const what = `${count} idle connections`;
  yield { what, values, unit: "KB each", less: true, bar: 16, note: "authenticated and subscribed; resident memory" };
}

/** A server and its clients, in two processes. */
class Rig {
  readonly #server: Server;
  readonly #clients: Child;
  readonly #count: number;

  private constructor(server: Server, clients: Child, count: number) {
    this.#server = server;
    this.#clients = clients;
    this.#count = count;
  }

  /** Starts both; all clients are there when it returns. */
  static async start(system: FanoutSystem, batch: number, count: number): Promise<Rig> {
    const server = await Server.start(system, batch);
    return new Rig(server, await server.connect(count), count);
  }

  /** One round: messages at so many a second to all clients together. */
  async round(rate: number, { quick }: BenchOptions, flood = false): Promise<Got> {
    await this.#clients.ask({});
    const { clients, cpuSeconds } = await this.#server.ask<Told>({
      rate: rate / this.#count,
      seconds: quick ? 1 : 3,
      flood,
    });
    if (clients !== this.#count) throw new Error(`Cannot bench: ${clients} of ${this.#count} clients are there`);
    // What is on its way arrives.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const got = await this.#clients.ask<Got>({});
    if (got.lost > 0) throw new Error(`Cannot bench: ${got.lost} messages were lost`);
    return { ...got, cpuSeconds };
  }

  async end(): Promise<void> {
    await this.#clients.end();
    await this.#server.end();
  }
}

/** A program beside this one that answers lines with lines. */
class Child {
  readonly #process: Deno.ChildProcess;
  readonly #lines: BufferedLines;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;

  constructor(name: string, args: readonly string[]) {
    // Rivals are no part of the project: they stay out of its lock.
    const command = ["run", "-A", "--no-lock", "--v8-flags=--expose-gc", beside(name), ...args];
    this.#process = new Deno.Command(Deno.execPath(), { args: command, stdin: "piped", stdout: "piped" }).spawn();
    this.#lines = new BufferedLines(this.#process.stdout);
    this.#writer = this.#process.stdin.getWriter();
  }

  async ask<T>(request: object): Promise<T> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    return await this.hear<T>();
  }

  async hear<T>(): Promise<T> {
    const line = await this.#lines.next();
    if (line === undefined) throw new Error("Cannot bench: a program beside it failed");
    return JSON.parse(line) as T;
  }

  async end(): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#lines.drain();
    await this.#process.status;
  }
}

/** A server, which clients can be connected to. */
class Server extends Child {
  #port = 0;
  #system: FanoutSystem = "hub";

  static async start(system: FanoutSystem, batch: number): Promise<Server> {
    const server = new Server("fanout_server_child.ts", [system, String(batch)]);
    server.#port = (await server.hear<{ port: number }>()).port;
    server.#system = system;
    return server;
  }

  /** So many clients in a process; all are there when it returns. */
  async connect(count: number, idle = false): Promise<Child> {
    const args = [this.#system, `${this.#port}`, `${count}`, idle ? "idle" : ""];
    const clients = new Child("fanout_clients_child.ts", args);
    await clients.hear();
    return clients;
  }
}
