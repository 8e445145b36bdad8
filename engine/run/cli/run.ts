import { type Command, Option } from "commander";
import { basename, relative } from "node:path";
import type { BacktestOptions } from "../prepare.ts";
import type { ParamSpecs } from "../../core/params.ts";
import type { StrategyDefinition } from "../../core/strategy.ts";
import type { Cli } from "./cli.ts";
import { addAgentFlag, feedOf } from "./agent_flags.ts";
import { addCommandFlags, COMMANDS_HELP } from "./command_flags.ts";
import { addBandFlags, type BandFlags, bandsOf } from "./band_flags.ts";
import { EXIT } from "./exit_codes.ts";
import { Failure } from "./failure.ts";
import { collect, collectPairs, examples, oneOf, wholeNumber } from "./flags.ts";
import { addMarketFlags, checkOfTapes } from "./paper.ts";
import type { RunFlags } from "./run_options.ts";

const EXAMPLES = examples(
  "run strategies/market_maker.ts --tape fixtures/data/market_l2.arrow --set spread=3 --seed 7",
  "run strategies/touch_maker.ts --tape fixtures/data/market_l2.arrow --queue risk --latency 10ms \\\n" +
    "      --fees maker=0.0002,taker=0.0007 --limit position=500 --json",
  "run strategies/touch_maker.ts --tape fixtures/data/market_l2.arrow --like hftbacktest --latency 10ms",
  "run strategies/pairs.ts --tape fixtures/data/pair_a.arrow --tape fixtures/data/pair_b.arrow --cash USD=10000",
  'run strategies/touch_maker.ts --tape fixtures/data/market_l2.arrow --command "+10m cancel_all" \\\n' +
    '      --command "+20m submit sell 3 id=hedge" --sync segment',
  "run strategies/touch_maker.ts --tape fixtures/data/market_l2.arrow --latency 'lognormal(5ms,0.5)' --bands --seeds 10",
  "run strategies/market_maker.ts --agents 8h --seed 7 --latency 10ms",
  "run strategies/touch_maker.ts --paper binance-spot:BTCUSDT --latency 10ms --fees maker=0.001,taker=0.001 --for 8h",
  "run strategies/market_maker.ts --help",
);

/** Adds `run`: a backtest of any strategy on any tapes. */
export function addRun(program: Command, cli: Cli): void {
  const command = program.command("run").summary(
    "run a strategy over recorded tapes, or an exchange's market as it comes",
  ).description(
    "Runs a strategy over recorded tapes, or an exchange's market as it comes, and prints its tearsheet.\n" +
      "What is not given has a default, and the tearsheet says which were in force. Limits not given are unlimited.",
  );
  command.argument("[strategy]", "a file that exports a strategy by default")
    .option("--tape <file>", "a tape to run on; repeat it for several instruments", collect);
  addAgentFlag(command);
  addMarketFlags(command);
  command
    .option("--set <name=value>", "a parameter of the strategy; may be repeated", collectPairs)
    .option("--seed <n>", "what all chance is drawn from (1)", wholeNumber)
    .option("--queue <model>", "how orders wait in an L2 level: risk, power1 … power9, log (risk)")
    .option(
      "--latency <time>",
      "10ms for all, or order=10ms,cancel=5ms,response=2ms,feed=1ms: those not named are 0, the cancel's is the order's, " +
        "the feed's as recorded; a time may be recorded, lognormal(5ms,0.4), table(1ms,9ms); may be repeated (0)",
      collect,
    )
    .option(
      "--fees <rates>",
      "maker=0.0002,taker=0.0007 or lot=0.005,minimum=1 or trade=1; of single venues behind it, as " +
        '"maker=0,taker=0.001; okx: maker=0,taker=0.002" (none)',
    )
    .option("--fills <how>", "whole or partial (partial)", oneOf(["whole", "partial"]))
    .addOption(
      new Option(
        "--impact [mode]",
        "frozen: the tape is untouched; insert: own orders sit in the book (frozen)",
      )
        .preset("insert").argParser(oneOf(["frozen", "insert"])),
    )
    .option(
      "--self-trade <policy>",
      "allow, cancel_newest, cancel_oldest, cancel_both, decrement (allow)",
      oneOf(SELF_TRADE),
    )
    .option(
      "--like <name>",
      "hftbacktest: its outcome also where ours would be another; whole fills, frozen impact, self-trades allowed",
      oneOf(["hftbacktest"]),
    )
    .option(
      "--risk <file>",
      'limits as JSON or JSONC, for all, by symbol under "instruments", of "session", "account" and "strategy"; guards under "guards"',
    )
    .option(
      "--limit <name=value>",
      "position=500 or orderSize=10 (lots), notional=1000 (currency), priceBand=0.1 (10 % from the middle), " +
        "openOrders=4, messageRate=50 (a second), leverage=3, and so on; session.openOrders=9, BTCUSDT.position=5; may be " +
        "repeated (unlimited)",
      collectPairs,
    );
  addAccount(command);
  addAround(command);
  command
    .helpOption(false).option("-h, --help", "show this, and the parameters of a strategy that is named")
    .addHelpText("after", `${COMMANDS_HELP}\n${EXAMPLES}`)
    .action((strategy: string | undefined, flags: RunFlags) => run(cli, command, strategy, flags));
  addKept(command);
}

/** What a run begins with, and what becomes of what it owns. */
function addAccount(command: Command): void {
  command
    .option("--cash <currency=amount>", "cash at the start; may be repeated", collectPairs)
    .option(
      "--finish <how>",
      "an open position at the end: mark, open or close (the strategy's, else mark)",
      oneOf(FINISH),
    )
    .option("--margin <rates>", "none, cross:initial=0.1,maintenance=0.05 or isolated:… (none)")
    .option(
      "--gaps <policy>",
      "where a tape lost messages: stop, or stale until the next snapshot (stale)",
      oneOf(["stop", "stale"]),
    );
}

/** Where a run takes place, what comes in beside its tapes, and where what it puts out goes. */
function addAround(command: Command): void {
  command
    .option("--sandbox", "run in a Worker without permissions, where clock, chance, files and network throw")
    .option("--timeout <seconds>", "in the sandbox, how long one call of the strategy may take (10)", wholeNumber);
  addCommandFlags(command);
  command
    .option("--json", "print the result alone, as JSON, without the points of its equity curve")
    .option("--out <folder>", "where the run's own folder is made", "out")
    .option("--no-out", "write no folder");
}

/** What a run keeps beside its results, and what runs beside it. */
function addKept(command: Command): void {
  addBandFlags(command);
  command
    .option("--steps <file>", "write the account at each step, as CSV")
    .option("--snapshots <interval>", "keep the session's whole state every so much simulated time, as 10m, for --from")
    .option("--from <time>", "go on from the last snapshot not after 2024-08-08T00:30:00Z, or +90s from the start")
    .option("--snapshot <folder>", "the run that took the snapshots, as out/touch_maker-market_l2-1");
}

const SELF_TRADE = ["allow", "cancel_newest", "cancel_oldest", "cancel_both", "decrement"];
const FINISH = ["mark", "open", "close"];

async function run(cli: Cli, command: Command, path: string | undefined, flags: RunFlags): Promise<void> {
  const { checkFile, loadStrategy } = await import("../load_strategy.ts");
  if (flags.help) {
    command.outputHelp();
    if (path !== undefined) cli.say(`\n${parameterHelp(await loadStrategy(path))}`);
    return;
  }
  if (path === undefined) {
    throw usage("a strategy is missing; name its file, as in `run strategies/market_maker.ts --tape FILE`");
  }
  const tapes = flags.tape ?? [];
  if (flags.paper !== undefined && flags.live !== undefined) {
    throw usage("--paper and --live are two ways to run; leave one of them out");
  }
  if (flags.paper !== undefined) {
    checkFile(path);
    const { runMarket } = await import("./paper.ts");
    return await runMarket(cli, { path, strategy: await loadStrategy(path), flags, market: flags.paper });
  }
  if (flags.live !== undefined) {
    checkFile(path);
    const { runLive } = await import("./live.ts");
    return await runLive(cli, { path, strategy: await loadStrategy(path), flags, market: flags.live });
  }
  checkOfTapes(flags);
  if (tapes.length === 0 && flags.agents === undefined) {
    throw usage(
      "a tape is missing; give it as --tape FILE (`convert` makes one), an exchange's market as --paper, or a made one as --agents 1h",
    );
  }
  if (flags.timeout !== undefined && !flags.sandbox) throw usage("--timeout is of the sandbox alone; add --sandbox");
  checkFile(path);
  const definition = flags.sandbox ? undefined : await loadStrategy(path);
  using feed = await feedOf(cli, flags);
  await runStrategy(cli, path, definition, flags, feed.tapes);
}

/** Runs a strategy as flags say; what `start` does too. Without its definition it is loaded in the sandbox, and only there. */
export async function runStrategy(
  cli: Cli,
  path: string,
  definition: StrategyDefinition | undefined,
  flags: RunFlags,
  tapes: readonly string[],
  next?: string,
): Promise<void> {
  const { execute } = await import("./execute.ts");
  const { plainOptions, readMetas, storageOf } = await import("./run_options.ts");
  const { recordedRun } = await import("../recorded_run.ts");
  const { bandedRun } = await import("../bands.ts");
  const { hashFile } = await import("../journal_file.ts");
  const { sha256 } = await import("../sha256.ts");
  const { snapshotWishes } = await import("./snapshot_flags.ts");
  const bands = bandsOf(flags as BandFlags), runner = cli.runner(flags);
  if (runner && definition === undefined) {
    throw usage("--sandbox keeps a session where nobody can watch it; leave one of --sandbox and --serve out");
  }
  if (runner && bands) throw usage("--bands runs many sessions, and --serve shows one; leave one of them out");
  const options = plainOptions(flags, readMetas(tapes).map(({ instrument }) => instrument));
  // Where others trade in it, it goes on for hours: what is killed then is there but for a second.
  const storage = storageOf(runner ? { ...flags, sync: flags.sync ?? "interval=1s" } : flags);
  const sha = hashFile(path);
  using wishes = snapshotWishes(cli, flags, sha);
  const timeoutMs = flags.timeout === undefined ? undefined : flags.timeout * 1000;
  await execute(cli, {
    strategy: definition?.name ?? basename(path).replace(/\.\w+$/, ""),
    tapes,
    out: flags.out === false ? undefined : flags.out,
    steps: flags.steps,
    json: flags.json,
    next,
    blocks: definition !== undefined,
    journal: wishes.begins ? undefined : {
      hasher: sha256,
      strategy: { path, sha256: sha },
      storage,
      relative: (other) => relative(Deno.cwd(), other).replaceAll("\\", "/"),
    },
    tell: (outcome) => wishes.tell(outcome),
    run: async (outputs, around, folder) => {
      if (definition) {
        const all = { ...options, ...wishes.options(folder), strategy: definition, tape: tapes, ...around };
        const run = runner && ((given: BacktestOptions) => runner(given, { folder }));
        return await recordedRun(all, outputs, bands ? (given) => bandedRun({ ...given, bands }) : run);
      }
      const { sandboxedRun } = await import("../sandbox.ts");
      return await sandboxedRun({ ...options, strategy: path, tape: tapes, timeoutMs, ...around }, outputs);
    },
  });
}

function usage(message: string): Failure {
  return new Failure(EXIT.USAGE, message);
}

/** A strategy's parameters as help shows them. */
function parameterHelp({ name, about, params }: StrategyDefinition<ParamSpecs>): string {
  const lines = Object.entries(params ?? {}).map(([key, spec]) => {
    const bounds = [spec.min === undefined ? "" : `from ${spec.min}`, spec.max === undefined ? "" : `to ${spec.max}`];
    const notes = [spec.type, ...bounds].filter((note) => note !== "").join(" ");
    const fallback = spec.default === "" ? "" : ` (${spec.default})`;
    return `  ${`${key}=<${notes}>`.padEnd(28)} ${spec.help}${fallback}`;
  });
  return [`${name}: ${about}`, "", `Parameters, set with --set:`, ...(lines.length ? lines : ["  none"])].join("\n");
}
