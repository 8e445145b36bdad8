/**
 * `deno task bench`: how fast, how lean, and against whom; figures with their conditions, best and median of five runs.
 *
 * Each bench runs in processes of its own, so that none warms up or spoils another. Nothing is asserted: a bar that is
 * missed stands in the table.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { closest } from "../../engine/core/closest.ts";
import { benchBarRows } from "./bars_rows.ts";
import { type Bench, type BenchOptions, beside, RUN, runsOf } from "./bench.ts";
import { benchConvert } from "./convert.ts";
import { benchDataChannel } from "./datachannel.ts";
import { benchExecutionRows } from "./execution.ts";
import { benchFanout } from "./fanout.ts";
import { benchL2 } from "./l2.ts";
import { benchJournal } from "./journal.ts";
import { BufferedLines } from "./lines.ts";
import { benchLive } from "./live.ts";
import { benchMemory } from "./memory.ts";
import { benchOrderRows } from "./orders_rows.ts";
import { benchServed } from "./served.ts";
import { benchRiskRows } from "./risk_rows.ts";
import { findPython } from "./python.ts";
import { benchStart } from "./start.ts";
import { conditions, tableHead, tableRow } from "./table.ts";

const BENCHES: Readonly<Record<string, Bench>> = {
  l2: benchL2,
  bars: benchBarRows,
  orders: benchOrderRows,
  risk: benchRiskRows,
  execution: benchExecutionRows,
  journal: benchJournal,
  convert: benchConvert,
  datachannel: benchDataChannel,
  start: benchStart,
  memory: benchMemory,
  fanout: benchFanout,
  served: benchServed,
  live: benchLive,
};
/** Benches that have rivals. */
const CONTESTED = ["l2", "bars"];

const HELP = `Measures speed and memory on this machine.

  deno task bench                       all of it, some minutes; with rivals where there is a Python
  deno task bench l2 orders             some of it
  deno task bench --quick               short runs, to see that it works
  deno task bench l2 --peers no         without rivals

Benches: ${Object.keys(BENCHES).join(", ")}
Rivals (hftbacktest, backtesting.py, NautilusTrader) are installed from PyPI into out/bench/venv on first use, or taken from
the Python that LOCKSTEP_BENCH_PYTHON names.`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: {
      quick: { type: "boolean" },
      peers: { type: "string" },
      help: { type: "boolean", short: "h" },
      // How it calls itself: one bench, whose rows it prints as JSON.
      one: { type: "string" },
      folder: { type: "string" },
      python: { type: "string" },
    },
  });
  const { quick = false, peers = quick ? "no" : "yes", one, folder, python } = values;
  if (values.help) return console.log(HELP);
  if (one !== undefined) {
    for await (const row of BENCHES[one]({ quick, python, folder: folder! })) console.log(JSON.stringify(row));
    return;
  }
  const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
  for (const name of names) {
    if (!Object.hasOwn(BENCHES, name)) {
      throw new RangeError(`Cannot bench ${name}: there is no such bench; ${closest(name, Object.keys(BENCHES))}`);
    }
  }
  if (peers !== "yes" && peers !== "no") throw new RangeError(`Cannot set --peers ${peers}: it is yes or no`);
  await runAll(names, quick, peers === "yes" && names.some((name) => CONTESTED.includes(name)));
}

async function runAll(names: readonly string[], quick: boolean, contested: boolean): Promise<void> {
  const found: { python?: string; why?: string } = contested ? await findPython(beside("../../out/bench/venv")) : {};
  console.log(conditions());
  if (found.why !== undefined) console.log(`Without rivals: ${found.why}`);
  const folder = await Deno.makeTempDir({ prefix: "lockstep_bench_" });
  const options: BenchOptions = { quick, python: found.python, folder };
  try {
    console.log(`\n${tableHead(runsOf(options))}`);
    for (const name of names) await runOne(name, options);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs one bench in a process of its own and prints its rows as they come. */
async function runOne(name: string, { quick, python, folder }: BenchOptions): Promise<void> {
  const args = [...RUN, beside("mod.ts"), "--one", name, "--folder", folder];
  if (quick) args.push("--quick");
  if (python !== undefined) args.push("--python", python);
  const process = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "inherit" }).spawn();
  const lines = new BufferedLines(process.stdout);
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
    console.log(tableRow(JSON.parse(line)));
  }
  if (!(await process.status).success) console.log(`${name}: it failed; what it said stands above`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    console.error(`${error.message}\nSee: deno task bench --help`);
    Deno.exit(2);
  }
}
