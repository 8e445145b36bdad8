import { relative } from "node:path";
import { isoTime } from "../../core/gap_error.ts";
import { bandsText } from "../../stats/bands_text.ts";
import { tearsheet } from "../../stats/tearsheet.ts";
import type { RunResult } from "../../stats/result.ts";
import { FileSink, GuardedSink } from "../byte_sink.ts";
import type { RunOutcome, RunOutputs } from "../recorded_run.ts";
import { folderOutputs, keepResult } from "../folder_outputs.ts";
import { RunFolder } from "../run_folder.ts";
import type { RunJournal } from "../run_journal.ts";
import type { Cli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { beforeRun, explain, isOfSystem, reasonOf } from "./failure.ts";
import { Interrupt } from "./interrupt.ts";
import { placeOf } from "../load_strategy.ts";
import { ProgressBar } from "./progress.ts";

/** What the command line does with a run. */
export interface Execution {
  /** Names of strategy and tapes, for the folder. */
  readonly strategy: string;
  readonly tapes: readonly string[];
  /** The folder that runs go to; none where absent. */
  readonly out?: string;
  /** A file for the steps. */
  readonly steps?: string;
  readonly json?: boolean;
  /** Whether a strategy that never comes back would keep this thread from hearing Ctrl-C. */
  readonly blocks: boolean;
  /** How the journal names the strategy and the tapes, and lies on disk; none is written where absent. */
  readonly journal?: Omit<RunJournal, "sink">;
  /** A folder that is there, whose run goes on; `standing` is what of its journal's files is sound, in bytes. */
  readonly again?: { readonly folder: string; readonly standing: ReadonlyMap<number, number> };
  /** What to try next. */
  readonly next?: string;
  /** What a second Ctrl-C says, which leaves at once. */
  readonly leaving?: string;
  /** Runs it; hears of progress, and asks now and then whether to stop. */
  readonly run: (outputs: RunOutputs, around: Around, folder?: string) => Promise<RunOutcome>;
  /** Says more of a run that is over. */
  readonly tell?: (outcome: RunOutcome) => void;
}

/** What stands around a run. */
export interface Around {
  readonly onProgress: (rows: number, total: number) => void;
  readonly stopped: () => boolean;
}

/**
 * Runs with progress bar and Ctrl-C, writes the folder, prints the result, and sets the exit code.
 *
 * What was computed is shown and kept however the run ended. What could not be written is said last, in one line.
 */
export async function execute(cli: Cli, execution: Execution): Promise<void> {
  const { json, out, steps, next, again, journal } = execution;
  const folder = out === undefined && again === undefined
    ? undefined
    : new RunFolder(out ?? "", execution.strategy, execution.tapes, again?.folder);
  const stepsSink = steps === undefined ? undefined : new GuardedSink(() => new FileSink(steps, { overwrite: true }));
  let outcome: RunOutcome;
  try {
    outcome = await runInTerminal(cli, execution, folder?.path, {
      ...(folder && folderOutputs(folder, journal && { journal, standing: again?.standing })),
      steps: stepsSink,
    });
  } catch (error) {
    // Only a strategy that never came back leaves no result of a run that began.
    if (error instanceof Error && error.message.startsWith("Cannot go on")) folder?.endWithout(error.message);
    else if (again === undefined) folder?.discard();
    throw beforeRun(error);
  }
  const { result, error } = outcome;
  if (folder) keepResult(folder, result);
  cli.terminal.out(json ? `${printed(result)}\n` : `${screen(cli, result)}\n`);
  if (folder && !folder.failure && !json) {
    cli.say(
      `\nWrote ${shown(folder.path!)}: result, tearsheet, orders, fills, positions, trades${
        journal ? ", journal" : ""
      }`,
    );
  }
  execution.tell?.(outcome);
  if (next !== undefined && !json) cli.say(next);
  if (error !== undefined) cli.fail(explain(error).code, failureText(error));
  if (folder?.failure) {
    const remedy = "free some space, or give --out a folder that can be written, or --no-out";
    const cut = folder.path === undefined ? "" : ` (${folder.cutShort.join(", ")}: cut short or missing)`;
    cli.fail(EXIT.OUTPUT, `Cannot write ${folder.path ?? out}${cut}: ${reason(folder.failure, remedy)}`);
  }
  if (stepsSink?.failure) {
    const remedy = "free some space, or give --steps a file in a folder that is there and can be written";
    cli.fail(EXIT.OUTPUT, `Cannot write ${steps}: ${reason(stepsSink.failure, remedy)}`);
  }
}

async function runInTerminal(
  cli: Cli,
  { run, tapes, blocks, leaving }: Execution,
  folder: string | undefined,
  outputs: RunOutputs,
): Promise<RunOutcome> {
  using interrupt = new Interrupt({ watched: blocks, leaving: () => leaving && cli.tell(leaving) });
  using bar = new ProgressBar(cli.terminal, tapes.length > 1 ? `${tapes.length} tapes` : "tape", " rows");
  return await run(outputs, { onProgress: bar.update, stopped: () => interrupt.beat() }, folder);
}

function screen({ terminal }: Cli, result: RunResult): string {
  const sheet = tearsheet(result, { width: terminal.width, color: terminal.color });
  return result.bands === undefined ? sheet : `${sheet}\n\n${bandsText(result.bands, terminal.width)}`;
}

/** A result as `--json` prints it: the points of its equity curve, most of its bytes, stand in the folder's result.json. */
function printed({ equity: _, ...result }: RunResult): string {
  return JSON.stringify(result);
}

/** Why a run ended early, with the strategy's line where it was the strategy's doing, and that the rest is kept. */
function failureText(error: Error): string {
  const { code, message } = explain(error);
  const place = code === EXIT.STRATEGY && error.cause instanceof Error ? placeOf(error.cause.stack ?? "") : undefined;
  const kept = "what was computed until then is kept, marked incomplete";
  // As one types it here, and with a time to look up: the session knows neither options nor zones.
  const told = message.replace("allow stale gaps", "run it with --gaps stale")
    .replace(/\bat (\d{18,}) ns\b/, (_, ns: string) => `at ${isoTime(BigInt(ns))} (${ns} ns)`);
  return `${told}${place === undefined ? "" : ` (${place})`}; ${kept}`;
}

/** Why the system did not write, and what to do. */
function reason(error: Error, remedy: string): string {
  const what = reasonOf(error);
  return isOfSystem(error) ? `${what}; ${remedy}. The result above is complete` : what;
}

/** A path as one would type it here. */
function shown(path: string): string {
  const near = relative(Deno.cwd(), path);
  return near.startsWith("..") ? path : near;
}
