import type { Command } from "commander";
import { collect } from "./flags.ts";

/** Adds what `run` takes for commands at their times, and for where its journal lies. */
export function addCommandFlags(command: Command): void {
  command
    .option("--command <text>", 'a command at a time, as below: "+90s cancel_all"; may be repeated', collect)
    .option("--commands <file>", 'the same, one a line, as text or {"at":"+90s","command":{"kind":"cancel_all"}}')
    .option(
      "--sync <policy>",
      "when the journal is made to reach the disk: none, segment (every 64 KiB), interval=100ms (none; with --paper or --live interval=1s)",
    )
    .option(
      "--journal-files <size>",
      "begin another journal file at this size, and keep so many: 64MiB or 64MiB,keep=4 (one file)",
    );
}

/** What commands there are, for the end of a command's help. */
export const COMMANDS_HELP = `
Commands, as TIME KIND FIELDS. A time is one since the start (+90s) or of UTC (2024-08-08T00:10:00Z). Fields stand in this
order or by name (price=2001, id=mine); prices are ticks, sizes lots, limits as --limit has them:
  submit buy|sell SIZE [PRICE] [INSTRUMENT] [type=…] [tif=…]   send an order
  cancel ORDER, amend ORDER [PRICE] [SIZE]                     by the order's id
  cancel_all [INSTRUMENT]                                      of one instrument, or of all
  set_limit SCOPE NAME VALUE, restrict INSTRUMENT true|false   SCOPE: session, account, strategy, instruments.BTCUSDT, instruments
  kill [CAUSE] [flatten=market], reset                         no new orders, all cancelled, until it is reset
  pause [CAUSE] [flatten=market], resume                       the same, until it is resumed
  hold reducing|halted|open [INSTRUMENT]                       what passes; open ends it
  release CODE [INSTRUMENT]                                    ends what a guard began, as DRAWDOWN`;
