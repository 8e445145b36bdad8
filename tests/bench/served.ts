import { type Client, connect } from "../../transport/client/mod.ts";
import { type BenchOptions, type BenchRow, beside, runsOf } from "./bench.ts";
import { BufferedLines } from "./lines.ts";

/** Deltas that a client misses before it returns. */
const MISSED = 10_000;

/**
 * What a client of a served session waits for, over WebSocket on loopback: a connection with hello, a command's answer (the
 * 99th percentile of many, one after another), a connection after the link was lost, and 10,000 book updates that were missed.
 *
 * Server and client are processes of their own.
 */
export async function* benchServed(options: BenchOptions): AsyncGenerator<BenchRow> {
  const commands = options.quick ? 200 : 2000, found: Waits[] = [];
  // A server for each run: the tape has no more updates than two of them miss.
  for (let run = 0; run < runsOf(options); run++) {
    found.push(await served((url, token) => waited(url, token, commands)));
  }
  const [connecting, answers, returning, resuming] = [0, 1, 2, 3].map((i) => found.map((waits) => waits[i]));
  const unit = "ms", less = true;
  yield { what: "served: connection, with hello", values: connecting, unit, less, bar: 1000 };
  yield {
    what: "served: command to answer, p99",
    values: answers,
    unit,
    less,
    bar: 5,
    note: `${commands} orders, one by one`,
  };
  yield { what: "served: connection after a lost link", values: returning, unit, less, bar: 5000 };
  yield {
    what: "served: 10,000 book updates missed",
    values: resuming,
    unit,
    less,
    bar: 1000,
    note: "recovered by sequence",
  };
}

/** Milliseconds: connection, answer, connection after a lost link, updates that were missed. */
type Waits = readonly [number, number, number, number];

/** Has a server of its own for a while. */
async function served<Value>(work: (url: string, token: string) => Promise<Value>): Promise<Value> {
  const args = ["run", "-A", "--no-check", beside("served_child.ts")];
  const server = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" }).spawn();
  const { url, token } = JSON.parse(await new BufferedLines(server.stdout).next() ?? "{}");
  try {
    return await work(url, token);
  } finally {
    await server.stdin.close();
    await server.status;
  }
}

async function waited(url: string, token: string, commands: number): Promise<Waits> {
  const joined = (name: string, page = new EventTarget()) => connect({ url, token, codec: "msgpack", name, page });
  const driver = joined("driver"), page = new EventTarget();
  const { instruments: [{ symbol }] } = await driver.ready();
  await driver.command({ kind: "clock_step", count: 500 });
  const connecting = await timed(async () => {
    const client = joined("newcomer");
    await client.ready();
    client.close();
  });
  const answers: number[] = [];
  for (let i = 0; i < commands; i++) {
    answers.push(await timed(() => driver.command({ kind: "submit", side: i % 2 ? "buy" : "sell", size: 1 })));
  }
  const returning = await timed(() => {
    const back = new Promise<void>((resolve) => {
      const stop = driver.on("hello", () => resolve(stop()));
    });
    driver.reconnect();
    return back;
  });
  const resuming = await resumed(driver, joined("sleeper", page), page, symbol);
  driver.close();
  return [connecting, answers.sort((a, b) => a - b)[Math.floor(0.99 * commands)], returning, resuming];
}

/** How long it takes until a client that was away has all that it missed, from its first try. */
async function resumed(driver: Client, sleeper: Client, page: EventTarget, symbol: string): Promise<number> {
  let last = 0;
  await sleeper.ready();
  sleeper.listen("book", symbol, ({ seq }) => last = seq);
  await until(() => last > 0);
  const from = last;
  let newest = from;
  const stop = driver.listen("book", symbol, ({ seq }) => newest = seq);
  page.dispatchEvent(new Event("offline"));
  while (newest < from + MISSED) await driver.command({ kind: "clock_step", count: 2000 });
  const took = await timed(async () => {
    page.dispatchEvent(new Event("online"));
    await until(() => last >= from + MISSED);
  });
  stop();
  sleeper.close();
  return took;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}
