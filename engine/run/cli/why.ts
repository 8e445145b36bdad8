import { type Command, InvalidArgumentError } from "commander";
import type { OrderStory } from "../order_story.ts";
import type { Cli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { collect, examples } from "./flags.ts";

interface WhyFlags {
  readonly run?: string;
  readonly out: string;
  readonly tape?: readonly string[];
  readonly strategy?: string;
  readonly json?: boolean;
}

/** Adds `why`: an order's whole story. */
export function addWhy(program: Command, cli: Cli): void {
  program.command("why").summary("tell an order's whole story")
    .description(
      "Makes a run again from its journal up to the end of one order, and tells what became of it and why: what the strategy\n" +
        "saw, each risk check with limit and value, each leg's latency, its place in the queue over time, each fill with the\n" +
        "market around it and the row of the tape that caused it, slippage and fees. Times count from when it was sent.",
    )
    .argument("<order>", "the order's id: 1 is the run's first (see `report orders`)", orderId)
    .option("--run <folder>", "the run, as out/touch_maker-market_l2-1 (the newest in --out)")
    .option("--out <folder>", "where runs are", "out")
    .option("--tape <path>", "a tape, or a folder of tapes, to look at first; may be repeated", collect)
    .option("--strategy <file>", "the strategy's file, in place of the one that the run had")
    .option("--json", "print the story as JSON: prices in ticks, times in ns since 1970 as text")
    .addHelpText("after", examples("why 7", "why 7 --run out/touch_maker-market_l2-1 --json"))
    .action((order: number, flags: WhyFlags) => whyOrder(cli, order, flags));
}

function orderId(text: string): number {
  const id = Number(text.replace(/^#/, ""));
  if (!Number.isSafeInteger(id) || id < 1) throw new InvalidArgumentError("An order's id is a whole number from 1.");
  return id;
}

async function whyOrder(cli: Cli, order: number, flags: WhyFlags): Promise<void> {
  const { newestRun, why } = await import("../why.ts");
  const { whyText } = await import("../why_text.ts");
  const { Interrupt } = await import("./interrupt.ts");
  const { ProgressBar } = await import("./progress.ts");
  using interrupt = new Interrupt();
  let story: OrderStory;
  {
    using bar = new ProgressBar(cli.terminal, "replay", "rows");
    story = await why(flags.run ?? newestRun(flags.out), order, {
      tapes: flags.tape,
      strategy: flags.strategy,
      onProgress: bar.update,
      stopped: () => interrupt.stopped,
    });
  }
  const json = (_key: string, value: unknown) => typeof value === "bigint" ? value.toString() : value;
  if (!story.replay.equal) cli.code = EXIT.CONTRADICTED;
  cli.say(flags.json ? JSON.stringify(story, json) : whyText(story));
}
