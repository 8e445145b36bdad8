import type { Command } from "commander";
import { join, relative } from "node:path";
import type { StrategyDefinition } from "../../core/strategy.ts";
import type { LiveEvent } from "../../live/live_event.ts";
import type { LiveTools } from "../../live/live_tools.ts";
import type { Target } from "../../live/target.ts";
import type { PaperMarket } from "../market_paper.ts";
import { addAlertFlags, notifierOf } from "./alert_flags.ts";
import { type BandFlags, bandsOf } from "./band_flags.ts";
import type { Cli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { failingWith, Failure } from "./failure.ts";
import { collectPairs } from "./flags.ts";
import { addKillFlags, killSwitch } from "./kill_switch.ts";
import { addLiveFlags, LIVE_FLAGS } from "./live_flags.ts";
import type { PlainOptions, RunFlags } from "./run_options.ts";

/** Adds what `run` takes for the market of an exchange in place of tapes. */
export function addMarketFlags(command: Command): void {
  command
    .option(
      "--paper <market>",
      "the market of an exchange as it comes, in place of tapes: binance-spot:BTCUSDT,ETHUSDT; orders go to the simulated " +
        "venue, and what comes is recorded in the run's folder",
    )
    .option("--testnet", "the exchange's test network")
    .option(
      "--endpoint <name=url>",
      "another address of the exchange: rest, market or orders; may be repeated",
      collectPairs,
    )
    .option("--record <folder>", "where its frames are recorded, as by the command record (market in the run's folder)")
    .option("--for <time>", "how long it goes on, as 90s or 8h (until Ctrl-C, which ends it with its result)");
  addLiveFlags(command);
  addKillFlags(command);
  addAlertFlags(command);
}

/** Flags that need a tape. */
const OF_TAPES = ["tape", "agents", "sandbox", "timeout", "snapshots", "from", "snapshot", "asLevels"] as const;

/** Flags that need an exchange's market, wherever orders go. */
const OF_MARKETS = [
  ...["testnet", "endpoint", "for", "record", "killFile"] as const,
  ...["alertWebhook", "alertTelegram", "telegramToken", "alertLevel"] as const,
];

/** Refuses the first flag that says nothing of a run on tapes. Throws Failure. */
export function checkOfTapes(flags: RunFlags): void {
  const odd = OF_MARKETS.find((name) => flags[name] !== undefined);
  if (odd) throw usage(`--${dashed(odd)} is of an exchange's market; give that as --paper binance-spot:BTCUSDT`);
  const live = LIVE_FLAGS.find((name) => flags[name] !== undefined);
  if (live) throw usage(`--${dashed(live)} is of live runs; give their market as --live binance-spot:BTCUSDT`);
}

/** Refuses the first flag that says nothing of a run on a market; with `paper`, of one whose orders go nowhere. Throws Failure. */
function checkOfMarket(flags: RunFlags, paper: boolean): void {
  const odd = OF_TAPES.find((name) => flags[name] !== undefined && flags[name] !== false);
  if (odd !== undefined) throw usage(`--${dashed(odd)} is of runs on tapes; leave it or the market out`);
  if (bandsOf(flags as BandFlags)) throw usage("--bands is of runs on tapes; leave it or the market out");
  const live = paper ? LIVE_FLAGS.find((name) => flags[name] !== undefined) : undefined;
  if (live) throw usage(`--${dashed(live)} is of live runs; leave it out, or give the market as --live`);
}

/** How orders reach an exchange in place of the simulated venue. */
export interface Trading {
  /** What kind of session it is, for those who watch. */
  readonly live: NonNullable<PaperMarket["live"]>;
  readonly begin: NonNullable<PaperMarket["begin"]>;
  readonly windDown: NonNullable<PaperMarket["windDown"]>;
  close(): Promise<void>;
}

/** What is run on a market. */
export interface MarketRun {
  /** The strategy's file, and what it exports. */
  readonly path: string;
  readonly strategy: StrategyDefinition;
  readonly flags: RunFlags;
  /** "binance-spot:BTCUSDT". */
  readonly market: string;
  /** Makes the way of the orders, once it is known what trades; absent where they go to the simulated venue. */
  readonly trade?: (market: PaperMarket, options: PlainOptions) => Promise<Trading>;
}

/** Runs a strategy on an exchange's market as it comes, with orders in the simulated venue unless said. */
export async function runMarket(cli: Cli, { path, strategy, flags, market: named, trade }: MarketRun): Promise<void> {
  checkOfMarket(flags, trade === undefined);
  const runner = cli.runner(flags);
  const { execute } = await import("./execute.ts");
  const { plainOptions, storageOf } = await import("./run_options.ts");
  const { recordedRun } = await import("../recorded_run.ts");
  const { runMarketPaper } = await import("../market_paper.ts");
  const { hashFile } = await import("../journal_file.ts");
  const { sha256 } = await import("../sha256.ts");
  const { parseTarget } = await import("../../live/target.ts");
  const { machineTools } = await import("../machine_tools.ts");
  const target = failingWith(EXIT.USAGE, () => parseTarget(named));
  const notifier = notifierOf(cli, flags, {
    run: `${strategy.name} on ${named}`,
    tools: machineTools(() => {}),
  });
  const tell = (event: LiveEvent) => {
    cli.tell(eventText(event));
    notifier?.event(event);
  };
  const market = await marketOf(target, flags, tell);
  const options = plainOptions(flags, market.instruments);
  const trading = await trade?.(market, options);
  await execute(cli, {
    leaving: trading && "left at once: what rests at the exchange rests there; the next run finds and cancels it",
    strategy: strategy.name,
    tapes: [`${target.exchange}-${target.symbols[0]}`, ...target.symbols.slice(1)],
    out: flags.out === false ? undefined : flags.out,
    steps: flags.steps,
    json: flags.json,
    blocks: true,
    // Without its recording a journal could not be run again; what is written stays, also of a session that is killed.
    journal: flags.out === false ? undefined : {
      hasher: sha256,
      strategy: { path, sha256: hashFile(path) },
      storage: { sync: "interval=1s", ...storageOf(flags) },
      relative: (other) => relative(Deno.cwd(), other).replaceAll("\\", "/"),
    },
    run: async (outputs, { stopped }, folder) => {
      const around = killSwitch(cli, flags.killFile, folder), recorders = notifier && [notifier];
      // Whoever is to kill or certify it while it runs must know where it is.
      if (folder !== undefined) cli.tell(`Its folder is ${relative(Deno.cwd(), folder) || "."}`);
      const record = flags.record ?? (folder && join(folder, "market"));
      try {
        return await recordedRun(
          { ...options, strategy, tape: [], stopped, recorders },
          outputs,
          (given) => runMarketPaper({ ...market, ...trading, folder, record, around }, given, runner),
        );
      } finally {
        await trading?.close();
        await notifier?.close();
      }
    },
  });
}

/** Finds the exchange and what of it is traded. */
async function marketOf(
  { exchange: name, symbols }: Target,
  flags: RunFlags,
  tell: LiveTools["tell"],
): Promise<PaperMarket> {
  const { exchange } = await import("../../live/exchanges.ts");
  const { endpointsOf } = await import("../../live/target.ts");
  const { machineTools } = await import("../machine_tools.ts");
  const { parseDuration } = await import("../../venue/latency.ts");
  const tools = machineTools(tell);
  const [found, endpoints, forNs] = failingWith(EXIT.USAGE, () => {
    const found = exchange(name);
    return [found, endpointsOf(found, flags), flags.for === undefined ? Infinity : parseDuration(flags.for)] as const;
  });
  const instruments = await found.instruments(symbols, endpoints, tools);
  return { exchange: found, endpoints, instruments, tools, forMs: forNs / 1e6 };
}

/** What happened beside the data, in one line. */
export function eventText({ name, venue, symbol, message }: LiveEvent): string {
  return `${venue}${symbol === undefined ? "" : ` ${symbol}`}: ${message} (${name})`;
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function usage(message: string): Failure {
  return new Failure(EXIT.USAGE, message);
}
