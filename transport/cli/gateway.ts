import type { Command } from "commander";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { feedOf } from "../../engine/run/cli/agent_flags.ts";
import { type Cli, examples, EXIT, Failure } from "../../engine/run/cli/mod.ts";
import type { RunFlags } from "../../engine/run/cli/run_options.ts";
import type { GatewayFlags } from "./gateway_flags.ts";

/** Flags of `run` that are not of `gateway`: of strategies, of what hides a session or makes many, and of exchanges' markets. */
const NOT_TAKEN =
  ("set sandbox timeout bands seeds from snapshot steps help gateway paper live testnet endpoint yes keys rehearsed " +
    "foreign-orders positions record for kill-file alert-webhook alert-telegram telegram-token alert-level").split(" ");
/** Who trades: nobody but the gateway's clients. */
const STRATEGY = new URL("../../strategies/remote.ts", import.meta.url);

/** Adds the flags by which any run has a gateway. */
export function addGatewayFlags(command: Command): void {
  command
    .option(
      "--gateway <port>",
      "let bots trade in it that speak Binance spot: REST and WebSockets on this port of 127.0.0.1",
    )
    .option(
      "--commission <how>",
      "of a gateway: quote, or received, where a buy pays its commission in the base asset, as on Binance (quote)",
    )
    .option("--tape-time", "of a gateway: clients see and sign by the tape's own time; shifted to now unless given");
}

/** Adds `gateway`: a tape in Binance spot's dialect. It takes the flags of `run`, so it is added behind that. */
export function addGateway(program: Command, cli: Cli): void {
  const command = program.command("gateway").summary(
    "serve a tape, or agents, as Binance spot would, for bots that speak it",
  )
    .description(
      "Serves a session in Binance spot's dialect on 127.0.0.1: bots that trade there trade on the tape, or among agents, unaltered. Prints the " +
        "address, and a key and a secret made for this start, or takes LOCKSTEP_GATEWAY_KEY and LOCKSTEP_GATEWAY_SECRET. The " +
        "account has 10000 of each quote currency and sells nothing that it has not, unless --cash and --limit say otherwise. " +
        "The tape is shifted to now and goes on with the wall clock; what a bot comes to is the same each time only with " +
        "--pace quiet, where time waits for it.",
    )
    .option("--port <port>", "where to listen on 127.0.0.1; 0 lets the system choose", "8888");
  const run = program.commands.find((each) => each.name() === "run");
  for (const option of run?.options ?? []) if (!NOT_TAKEN.includes(option.name())) command.addOption(option);
  command.addHelpText(
    "after",
    examples(
      "gateway --tape fixtures/data/market_l2.arrow --port 8888 --fees maker=0.0002,taker=0.0007",
      "gateway --tape fixtures/data/market_l2.arrow --pace quiet --latency 20ms",
      "gateway --agents 8h --seed 7 --port 8888 --fees maker=0.001,taker=0.001",
    ),
  ).action((flags: RunFlags & GatewayFlags) => serve(cli, flags));
}

async function serve(cli: Cli, flags: RunFlags & GatewayFlags): Promise<void> {
  if (flags.tape === undefined && flags.agents === undefined) {
    throw new Failure(
      EXIT.USAGE,
      "a tape is missing; give it as --tape FILE (`convert` makes one), or agents as --agents 8h",
    );
  }
  using feed = await feedOf(cli, flags);
  const { runStrategy } = await import("../../engine/run/cli/run.ts");
  const { readMetas } = await import("../../engine/run/cli/run_options.ts");
  const { loadStrategy } = await import("../../engine/run/load_strategy.ts");
  const cash = flags.cash ??
    Object.fromEntries(readMetas(feed.tapes).map(({ instrument }) => [instrument.currency ?? "USD", "10000"]));
  const limit = { shortSelling: "0", "account.overdraft": "0", ...flags.limit };
  const full = fileURLToPath(STRATEGY), near = relative(Deno.cwd(), full), path = near.startsWith("..") ? full : near;
  const all: RunFlags & GatewayFlags = { ...flags, cash, limit, gateway: flags.port };
  await runStrategy(cli, path, await loadStrategy(path), all, feed.tapes);
}
