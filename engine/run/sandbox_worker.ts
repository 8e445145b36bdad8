/**
 * The inside of a sandbox: a Worker without permissions, in which one session runs. The module that starts it imports this
 * one first, which takes hold of what it needs and then takes it away from all that are loaded later: the strategy.
 *
 * @module
 */
import type { StrategyDefinition } from "../core/strategy.ts";
import { TapeReader } from "../feed/tape_reader.ts";
import { endRun, stopIfAsked } from "./backtest.ts";
import { type BacktestOptions, prepare } from "./prepare.ts";
import { recordedRun, type RunOutcome } from "./recorded_run.ts";
import { takeAwayGlobals } from "./sandbox_globals.ts";
import { syncMs } from "./journal_storage.ts";
import type { RunJournal } from "./run_journal.ts";
import { SandboxLink } from "./sandbox_link.ts";
import type { SandboxError, SandboxOrder, SandboxReport } from "./sandbox.ts";
import { sha256 } from "./sha256.ts";

const worker = globalThis as unknown as { postMessage(message: SandboxReport): void };
const post = worker.postMessage.bind(worker);
const clock = performance.now.bind(performance);
const ordered = new Promise<SandboxOrder>((resolve) => {
  addEventListener("message", (event) => resolve((event as MessageEvent).data), { once: true });
});
// A strategy that throws while it is loaded is reported here; left alone, the runtime would print it, too.
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  post({ unloaded: plain(event.reason) });
});
takeAwayGlobals();

/** Waits for its order, runs the session, and reports. */
export async function startSandbox(strategy: unknown): Promise<void> {
  const order = await ordered;
  const link = new SandboxLink(order.memory, () => post({ asked: true }));
  try {
    const { result, error } = await runInside(strategy as StrategyDefinition, order, link);
    post({ result, error: error && plain(error) });
  } catch (error) {
    post({ error: plain(error) });
  }
}

function runInside(strategy: StrategyDefinition, order: SandboxOrder, link: SandboxLink): Promise<RunOutcome> {
  const { options, tapes, outputs } = order;
  const readers = tapes.map(({ name, size }, i) =>
    new TapeReader({ name, size, read: (offset, into) => link.read(i, offset, into) })
  );
  const sink = (which: number) =>
    which < 0 ? undefined : {
      write: (bytes: Uint8Array) => link.write(which, bytes),
      close: () => link.close(which),
      next: () => link.next(which),
    };
  const journal = sink(outputs.journal);
  let stop = false;
  const run = (given: BacktestOptions) => {
    const prepared = prepare(given, readers), { loop } = prepared, { feeds } = prepared.session.core;
    const started = clock();
    while (loop.advance(SLICE)) {
      stop = link.beat(feeds.reduce((rows, feed) => rows + feed.row, 0));
      stopIfAsked(prepared, given);
    }
    return endRun(prepared, given, () => (clock() - started) / 1000);
  };
  return recordedRun(
    { ...options, strategy, tape: tapes.map(({ path }) => path), stopped: () => stop },
    {
      orders: sink(outputs.orders),
      fills: sink(outputs.fills),
      positions: sink(outputs.positions),
      trades: sink(outputs.trades),
      steps: sink(outputs.steps),
      journal: journal && { sink: journal, as: journalOf(order) },
    },
    run,
  );
}

/** How the run's journal is written; the host syncs what it gets. */
function journalOf({ strategyFile, storage }: SandboxOrder): Omit<RunJournal, "sink"> {
  const everyMs = syncMs(storage?.sync ?? "none");
  let last = clock();
  const look = (flush: () => void): void => {
    if (everyMs === 0 || clock() - last < everyMs) return;
    last = clock();
    flush();
  };
  return { hasher: sha256, strategy: strategyFile, storage, look };
}

/** Steps between two signs of life. */
const SLICE = 64;

/** An error as data: a name of one's own does not survive between Workers. */
function plain(error: unknown): SandboxError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: "" };
  const { name, message, stack = "", cause } = error;
  return { name, message, stack, cause: cause === undefined ? undefined : plain(cause) };
}
