import { join } from "node:path";
import { isoTime } from "../../core/gap_error.ts";
import type { BacktestOptions } from "../backtest.ts";
import type { JournalComparison } from "../journal_comparison.ts";
import { restOfJournal } from "../journal_rest.ts";
import { JournalSource } from "../journal_source.ts";
import type { RunOutcome } from "../recorded_run.ts";
import { SnapshotFolder } from "../snapshot_folder.ts";
import type { Cli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { Failure } from "./failure.ts";
import type { RunFlags } from "./run_options.ts";

/** The folder of a run's snapshots, in its own. */
const FOLDER = "snapshots";

/** What `--snapshots`, `--from` and `--snapshot` ask of a run. */
export interface SnapshotWishes extends Disposable {
  /** The run begins at a snapshot, and so has no journal. */
  readonly begins: boolean;
  /** Options of the run, whose own folder is `folder`. */
  options(folder: string | undefined): Pick<BacktestOptions, "snapshots" | "from" | "recorders">;
  /** Says what came of it. */
  tell(outcome: RunOutcome): void;
}

/** Reads the flags; Failure where they do not go together. `sha256` is the strategy's file's. */
export function snapshotWishes(cli: Cli, flags: RunFlags, sha256: string): SnapshotWishes {
  const { snapshots, from, snapshot } = flags;
  if ((from === undefined) !== (snapshot === undefined)) {
    throw usage("--from TIME and --snapshot FOLDER go together: name the time, and the run that took the snapshots");
  }
  if (flags.sandbox && (snapshots ?? from) !== undefined) {
    throw usage("--snapshots and --from do not work in the sandbox; leave --sandbox out");
  }
  if (snapshots !== undefined && flags.out === false) {
    throw usage("--snapshots are kept in the run's folder; leave --no-out out");
  }
  return new Wishes(cli, flags, { sha256 });
}

class Wishes implements SnapshotWishes {
  readonly begins: boolean;
  #taken: SnapshotFolder | undefined;
  #failure: Error | undefined;
  #journal: JournalSource | undefined;
  #comparison: JournalComparison | undefined;
  #begun = "";

  constructor(
    private readonly cli: Cli,
    private readonly flags: RunFlags,
    private readonly strategy: { readonly sha256: string },
  ) {
    this.begins = flags.from !== undefined;
  }

  options(folder: string | undefined): Pick<BacktestOptions, "snapshots" | "from" | "recorders"> {
    const { flags, strategy } = this;
    const options: { -readonly [K in "snapshots" | "from" | "recorders"]?: BacktestOptions[K] } = {};
    if (flags.snapshots !== undefined && folder !== undefined) {
      this.#taken = new SnapshotFolder(join(folder, FOLDER));
      const onFailure = (error: Error) => this.#failure = error;
      options.snapshots = { every: flags.snapshots, store: this.#taken, strategy, onFailure };
    }
    if (flags.from !== undefined) {
      const path = flags.snapshot!, store = new SnapshotFolder(join(path, FOLDER));
      options.from = { time: flags.from, store, strategy, onBegin: (head) => this.#begin(path, head) };
      // The journal is known once it is clear where the run begins, before it puts anything out.
      options.recorders = [{
        attach: (core) => this.#comparison?.attach(core as Parameters<JournalComparison["attach"]>[0]),
        output: (...record) => this.#comparison?.output(...record),
        commanded: (entry) => this.#comparison?.commanded(entry),
      }];
    }
    return options;
  }

  tell({ result, error }: RunOutcome): void {
    const { cli, flags } = this, comparison = this.#comparison;
    if (comparison !== undefined) {
      if (error === undefined) comparison.end();
      const { difference, compared } = comparison;
      if (difference !== undefined) {
        const { journaled, now, time } = difference;
        cli.fail(
          EXIT.CONTRADICTED,
          `From ${this.#begun} on it is not the run of ${flags.snapshot}: at ${
            isoTime(time)
          } its journal has ${journaled}, ` +
            `and here came ${now}; does the strategy keep something that its save does not return?`,
        );
      } else if (!flags.json) {
        cli.say(
          `\nFrom ${this.#begun} on as ${flags.snapshot}: ${compared} records alike, digest ${result.digest}`,
        );
      }
    } else if (this.begins && !flags.json) {
      cli.say(`\nFrom ${this.#begun} on; the journal of ${flags.snapshot} is not whole, and was not compared`);
    }
    if (this.#failure) cli.fail(EXIT.OUTPUT, `Snapshots end early: ${this.#failure.message}`);
    else if (this.#taken && !flags.json) {
      cli.say(`\nSnapshots: ${this.#taken.times().length}, in ${this.#taken.path}`);
    }
  }

  [Symbol.dispose](): void {
    this.#journal?.[Symbol.dispose]();
  }

  #begin(path: string, head: Parameters<typeof restOfJournal>[1]): void {
    this.#begun = isoTime(BigInt(head.time));
    this.#journal = new JournalSource(path, "compare");
    this.#comparison = restOfJournal(this.#journal, head);
  }
}

function usage(message: string): Failure {
  return new Failure(EXIT.USAGE, message);
}
