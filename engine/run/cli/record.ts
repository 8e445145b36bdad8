import type { Command } from "commander";
import type { Resumed } from "../../live/recorder.ts";
import type { Recorded, RecordOptions } from "../record.ts";
import type { Cli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { failingWith, Failure } from "./failure.ts";
import { collectPairs, examples } from "./flags.ts";
import { Interrupt } from "./interrupt.ts";
import { eventText } from "./paper.ts";

const ABOUT = `Records an exchange's market as it comes, until Ctrl-C: every frame, and what was decoded of it.

  FOLDER/BTCUSDT                  a tape in parts, for run --tape
  FOLDER/frames/BTCUSDT.0001.zst  its frames, for convert --format; other.0001.zst holds those of no instrument
  FOLDER/gaps.0001.txt, .json     what is missing: holes, lost connections, frames that made no sense

Where the folder holds a recording of the same instruments it goes on, behind what a crash left whole.
What cannot be written ends it (JOURNAL_FAILED, exit code 6); nothing is dropped.`;

/** Adds `record`: keeps what an exchange sends. */
export function addRecord(program: Command, cli: Cli): void {
  program.command("record").summary("record an exchange's market as it comes").description(ABOUT)
    .argument("<market>", "an exchange and its instruments, as binance-spot:BTCUSDT,ETHUSDT")
    .requiredOption("--out <folder>", "where it goes")
    .option("--rotate <when>", "begin another part at so many bytes of frames, or after so long: 64MiB or 1h (256MiB)")
    .option(
      "--sync <policy>",
      "when frames are made to reach the disk: none, segment (each chunk), interval=1s (interval=1s)",
    )
    .option("--for <time>", "how long it goes on, as 90s or 8h (until Ctrl-C)")
    .option("--testnet", "the exchange's test network")
    .option("--endpoint <name=url>", "another address of the exchange: rest or market; may be repeated", collectPairs)
    .option("--json", "print what it came to as JSON")
    .addHelpText(
      "after",
      examples(
        "record binance-spot:BTCUSDT,ETHUSDT --out tapes",
        "record kraken:BTC/USD --out tapes --for 8h --rotate 1h",
        "run strategies/touch_maker.ts --tape tapes/BTCUSDT",
      ),
    )
    .action((market: string, flags: Flags) => recordMarket(cli, market, flags));
}

interface Flags {
  readonly out: string;
  readonly rotate?: string;
  readonly sync?: string;
  readonly for?: string;
  readonly testnet?: boolean;
  readonly endpoint?: Readonly<Record<string, string>>;
  readonly json?: boolean;
}

async function recordMarket(cli: Cli, market: string, flags: Flags): Promise<void> {
  const { record } = await import("../record.ts");
  const options = await optionsOf(cli, market, flags);
  using interrupt = new Interrupt();
  let recorded: Recorded;
  try {
    recorded = await record({ ...options, signal: interrupt.signal });
  } catch (error) {
    // What the exchange or the way to it does not let us have is an input that is missing.
    if (!(error instanceof Error) || !/^Cannot (connect|ask|open|subscribe|trade)/.test(error.message)) throw error;
    throw new Failure(EXIT.INPUT, error.message, { cause: error });
  }
  if (flags.json) cli.say(JSON.stringify({ out: flags.out, ...recorded }));
  else cli.say(summary(flags.out, recorded));
}

async function optionsOf(cli: Cli, market: string, flags: Flags): Promise<RecordOptions> {
  const { exchange } = await import("../../live/exchanges.ts");
  const { endpointsOf, parseTarget } = await import("../../live/target.ts");
  const { machineTools } = await import("../machine_tools.ts");
  const { syncMs } = await import("../journal_storage.ts");
  const { parseDuration } = await import("../../venue/latency.ts");
  const rotate = await rotationOf(flags.rotate);
  return failingWith(EXIT.USAGE, () => {
    const { exchange: name, symbols } = parseTarget(market), found = exchange(name);
    if (flags.sync !== undefined) syncMs(flags.sync);
    return {
      exchange: found,
      symbols,
      endpoints: endpointsOf(found, flags),
      out: flags.out,
      tools: machineTools((event) => cli.tell(eventText(event))),
      rotate,
      sync: flags.sync,
      forMs: flags.for === undefined ? undefined : parseDuration(flags.for) / 1e6,
      onBegun: (instruments, resumed) => {
        const what = instruments.map(({ symbol, tick, lot }) => `${symbol} (tick ${tick}, lot ${lot})`).join(", ");
        cli.tell(`Recording ${what} of ${name} to ${flags.out}; Ctrl-C ends it`);
        if (resumed) { for (const line of resumedText(resumed)) cli.tell(line); }
      },
    };
  });
}

async function rotationOf(text: string | undefined): Promise<RecordOptions["rotate"]> {
  if (text === undefined) return undefined;
  const { bytesOf } = await import("../journal_storage.ts");
  const { parseDuration } = await import("../../venue/latency.ts");
  const bytes = bytesOf(text);
  return bytes > 0 ? { bytes } : { ms: failingWith(EXIT.USAGE, () => parseDuration(text)) / 1e6 };
}

/** What was found where a recording goes on, a line each. */
function resumedText({ torn, tapes }: Resumed): string[] {
  return [
    ...torn.map(({ file, bytes }) => `Cut ${bytes.toLocaleString("en-US")} bytes that a crash left torn off ${file}`),
    ...tapes.map(({ file, rows }) =>
      `Gave ${file} the end that it lacked, behind ${rows.toLocaleString("en-US")} rows`
    ),
    "It goes on in the next parts",
  ];
}

function summary(out: string, { lines, gaps }: Recorded): string {
  const missing = gaps === 0 ? "no gaps" : `${gaps} ${gaps === 1 ? "gap" : "gaps"}`;
  return `${out}: ${
    lines.toLocaleString("en-US")
  } lines, ${missing} since it began; gaps.*.txt there tell of stops as well`;
}
