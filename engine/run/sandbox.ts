import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { TapeReader } from "../feed/tape_reader.ts";
import type { JournalStorage } from "../core/journal_format.ts";
import type { RunResult } from "../stats/result.ts";
import type { BacktestOptions } from "./backtest.ts";
import type { ByteSink } from "./byte_sink.ts";
import type { RunOutcome, RunOutputs } from "./recorded_run.ts";
import { checkImports } from "./sandbox_imports.ts";
import { openTapeSource, type TapeSource } from "./open_tape.ts";
import { SandboxHost, sandboxMemory } from "./sandbox_link.ts";

/** What a sandboxed run is made of: all of a backtest that is plain data; the strategy's file is loaded inside. */
export interface SandboxOptions extends Omit<BacktestOptions, "strategy" | "tape" | "recorders" | "journal"> {
  /** Path of the strategy's file. */
  readonly strategy: string;
  /** Paths of the tapes. */
  readonly tape: readonly string[];
  /** How long one call of the strategy may take before it counts as lost, in ms of wall time; 10,000 unless said. */
  readonly timeoutMs?: number;
}

/** What the Worker is told to begin with. */
export interface SandboxOrder {
  readonly memory: SharedArrayBuffer;
  readonly options: Omit<BacktestOptions, "strategy" | "tape">;
  readonly tapes: readonly { readonly name: string; readonly path: string; readonly size: number }[];
  /** The place of each output among the host's sinks; -1 where it is not wanted. */
  readonly outputs: Readonly<Record<"orders" | "fills" | "positions" | "trades" | "steps" | "journal", number>>;
  readonly strategyFile?: { readonly path: string; readonly sha256: string };
  readonly storage?: JournalStorage;
}

/** An error as data. */
export interface SandboxError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly cause?: SandboxError;
}

/** What the Worker says: that it asked for something, that it has no strategy, or how the run ended. */
export interface SandboxReport {
  readonly asked?: true;
  /** Why the strategy's file cannot be loaded. */
  readonly unloaded?: SandboxError;
  readonly result?: RunResult;
  readonly error?: SandboxError;
}

/** A strategy that cannot be loaded in the sandbox, or never came back from a call. */
export class SandboxedStrategyError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StrategyError";
  }
}

/**
 * `recordedRun` in a Worker without permissions, where clock, chance, files and network throw. The result is the same.
 *
 * - The Worker reads the run's own tapes and appends to the run's own outputs, through memory shared with this thread;
 *   nothing else can be asked for.
 * - The strategy's imports are looked at before: files of its own, the public face and the pure rooms, nothing else.
 * - A call that does not come back ends the run, without a result.
 *
 * It keeps a strategy from what would make its runs differ and from the machine; that its numbers are honest, it cannot
 * promise. Throws SandboxedStrategyError where the strategy cannot be loaded or does not come back, else as `recordedRun`.
 *
 * @example
 * ```ts
 * import { sandboxedRun } from "./sandbox.ts";
 * const tape = ["fixtures/data/market_l2.arrow"];
 * const { result } = await sandboxedRun({ strategy: "strategies/touch_maker.ts", tape, seed: 7 }, {});
 * if (result.trades === 0) throw new Error("unexpected");
 * ```
 */
export async function sandboxedRun(given: SandboxOptions, outputs: RunOutputs): Promise<RunOutcome> {
  const { strategy, tape, timeoutMs = 10_000, onProgress, stopped, ...options } = given;
  const sinks: ByteSink[] = [];
  const place = (sink: ByteSink | undefined) => sink === undefined ? -1 : sinks.push(sink) - 1;
  const { journal } = outputs;
  const places = {
    orders: place(outputs.orders),
    fills: place(outputs.fills),
    positions: place(outputs.positions),
    trades: place(outputs.trades),
    steps: place(outputs.steps),
    journal: place(journal?.sink),
  };
  await checkImports(strategy);
  const tapes: TapeSource[] = [];
  try {
    for (const path of tape) tapes.push(openTapeSource(path));
    const relative = journal?.as.relative ?? ((path: string) => path);
    const file = journal?.as.strategy;
    const memory = sandboxMemory();
    const order: SandboxOrder = {
      memory,
      options,
      tapes: tapes.map(({ size }, i) => ({ name: basename(tape[i]), path: relative(tape[i]), size })),
      outputs: places,
      strategyFile: file && { ...file, path: relative(file.path) },
      storage: journal?.as.storage,
    };
    const host = new SandboxHost(memory, { tapes, sinks });
    const total = tapes.reduce((sum, source) => sum + new TapeReader(source).meta.rows, 0);
    const watch = { host, timeoutMs, onProgress, stopped, strategy, total };
    const { result, error } = await inWorker(entryOf(strategy), order, watch);
    if (result === undefined) throw rebuilt(error!);
    return { result, error: error && rebuilt(error) };
  } finally {
    for (const source of tapes) source.close();
  }
}

/** A module that imports the sandbox, which takes away what it must, and then the strategy. */
function entryOf(strategy: string): string {
  const inside = new URL("./sandbox_worker.ts", import.meta.url).href;
  const text = `import { startSandbox } from ${JSON.stringify(inside)};
import strategy from ${JSON.stringify(pathToFileURL(resolve(strategy)).href)};
startSandbox(strategy);`;
  return `data:text/javascript,${encodeURIComponent(text)}`;
}

interface Watch extends Pick<SandboxOptions, "onProgress" | "stopped" | "strategy"> {
  readonly host: SandboxHost;
  readonly timeoutMs: number;
  /** Rows of all tapes. */
  readonly total: number;
}

/** Between two looks at progress, at whether to stop, and at signs of life. */
const LOOK_MS = 50;

/** How long the Worker may take to load; a machine that is busy, or checks types first, takes long. */
const LOADING_MS = 60_000;

async function inWorker(entry: string, order: SandboxOrder, watch: Watch): Promise<SandboxReport> {
  const { host, timeoutMs, strategy } = watch;
  const worker = makeWorker(entry);
  let timer: ReturnType<typeof setInterval> | undefined;
  try {
    return await new Promise<SandboxReport>((resolve, reject) => {
      let beats = -1, alive = performance.now(), allowedMs = Math.max(timeoutMs, LOADING_MS);
      worker.onmessage = ({ data }: MessageEvent<SandboxReport>) => {
        alive = performance.now();
        allowedMs = timeoutMs;
        if (data.asked) host.answer();
        else if (data.unloaded) reject(unloaded(strategy, rebuilt(data.unloaded)));
        else resolve(data);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(unloaded(strategy, new Error(event.message.replace(/^Uncaught (\(in promise\) )?/, ""))));
      };
      timer = setInterval(() => {
        look(watch);
        if (host.beats !== beats) alive = performance.now();
        beats = host.beats;
        if (performance.now() - alive < allowedMs) return;
        const after = `after ${host.rows.toLocaleString("en-US")} rows`;
        reject(new SandboxedStrategyError(`Cannot go on: ${strategy} did not come back for ${allowedMs} ms, ${after}`));
      }, LOOK_MS);
      worker.postMessage(order);
    });
  } finally {
    clearInterval(timer);
    worker.terminate();
  }
}

function unloaded(strategy: string, cause: Error): Error {
  return new SandboxedStrategyError(`Cannot load ${strategy}: ${cause.message}`, { cause });
}

function look({ host, stopped, onProgress, total }: Watch): void {
  if (stopped?.()) host.stop();
  onProgress?.(host.rows, total);
}

function makeWorker(entry: string): Worker {
  try {
    return new Worker(entry, { type: "module", deno: { permissions: "none" } } as WorkerOptions);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RangeError(`Cannot use --sandbox: ${why}; run with --unstable-worker-options`, { cause: error });
  }
}

/** An error as it was, with its own name. */
function rebuilt({ name, message, stack, cause }: SandboxError): Error {
  const options = cause && { cause: rebuilt(cause) };
  const error = name === "RangeError"
    ? new RangeError(message, options)
    : name === "TypeError"
    ? new TypeError(message, options)
    : new Error(message, options);
  error.name = name;
  error.stack = stack;
  return error;
}
