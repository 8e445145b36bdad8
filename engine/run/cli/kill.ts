import type { Command } from "commander";
import { join } from "node:path";
import { pause } from "../../live/pause.ts";
import { systemTimers } from "../../live/timers.ts";
import { diskKillFiles } from "../disk_kill_files.ts";
import { FolderBusyError, FolderLock } from "../folder_lock.ts";
import type { KillAnswer } from "../kill_file.ts";
import type { Cli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { failingWith, Failure } from "./failure.ts";
import { examples, wholeNumber } from "./flags.ts";
import { KILL, KILLED } from "./kill_switch.ts";

interface Flags {
  readonly cause: string;
  readonly flatten?: boolean;
  readonly wait: number;
}

const LOOK_MS = 100;

/** Adds `kill`: the kill switch of a session that another program runs. */
export function addKill(program: Command, cli: Cli): void {
  program.command("kill").summary("kill a running paper or live session")
    .description(
      "Kills a running paper or live session: no new orders leave, and all that rest are cancelled.\n" +
        "It writes the file KILL into the run's folder, which the session looks for four times a second, and waits until the\n" +
        "session's answer KILLED says that nothing is open any more. Whoever cannot run this writes KILL by hand: its first line\n" +
        "is the cause, and a second line flatten=market closes positions. On the session's own terminal, the key K kills.\n" +
        "It stays killed until it is started again, or gets the command reset after KILL was removed.",
    )
    .argument("<run>", "the run's folder, as out/market_maker-binance-spot-BTCUSDT-1")
    .option("--cause <text>", "why, for the journal", "by lockstep kill")
    .option("--flatten", "close all positions, too, by market orders")
    .option("--wait <seconds>", "how long the session may take until nothing is open", wholeNumber, 15)
    .addHelpText("after", examples('kill out/RUN --cause "fat finger" --flatten'))
    .action((run: string, flags: Flags) => kill(cli, run, flags));
}

async function kill(cli: Cli, run: string, { cause, flatten = false, wait }: Flags): Promise<void> {
  const file = join(run, KILL);
  if (!isWritten(run)) {
    throw new Failure(EXIT.INPUT, `Cannot kill ${run}: no program is running it; it is over, or ended by itself`);
  }
  failingWith(EXIT.OUTPUT, () => diskKillFiles.write(file, `${plain(cause)}\n${flatten ? "flatten=market\n" : ""}`));
  let answer: KillAnswer | undefined;
  for (const until = systemTimers.now() + wait * 1000;;) {
    const going = isWritten(run);
    answer = answerIn(run);
    if ((answer && isDone(answer, flatten)) || !going || systemTimers.now() >= until) break;
    await pause(systemTimers, LOOK_MS);
  }
  if (answer === undefined) {
    throw new Failure(
      EXIT.CONTRADICTED,
      isWritten(run)
        ? `Cannot see that ${run} is killed: it has not answered in ${wait} s; ${file} stays, and kills it when it looks. Only ` +
          `paper and live sessions do: end any other by Ctrl-C`
        : `Cannot see that ${run} was killed: it ended without an answer; look at its result`,
    );
  }
  cli.say(answerText(run, answer));
  if (!isDone(answer, flatten)) {
    cli.fail(EXIT.CONTRADICTED, `${run} is killed, and has the above still open after ${wait} s; look at the exchange`);
  }
}

/** Whether a program is running it. Throws Failure where there is no such folder. */
function isWritten(run: string): boolean {
  try {
    if (!Deno.statSync(run).isDirectory) throw new Failure(EXIT.INPUT, `Cannot kill ${run}: it is no run's folder`);
    new FolderLock(run, "kill")[Symbol.dispose]();
    return false;
  } catch (error) {
    if (error instanceof FolderBusyError) return true;
    if (error instanceof Deno.errors.NotFound) {
      throw new Failure(EXIT.INPUT, `Cannot kill ${run}: there is no such folder; give it as out/RUN`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** What the session answered; undefined where it has not. */
function answerIn(run: string): KillAnswer | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(join(run, KILLED)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function isDone({ orders, positions, flatten: how }: KillAnswer, flatten: boolean): boolean {
  return orders.length === 0 && (!flatten || (how !== "none" && Object.keys(positions).length === 0));
}

function answerText(run: string, { at, cause, orders, positions }: KillAnswer): string {
  const open = orders.map(({ order, symbol, side, left, price }) =>
    `  order ${order}: ${side} ${left} ${symbol}${price === null ? "" : ` at ${price}`}`
  );
  const held = Object.entries(positions).map(([symbol, size]) => `  position: ${size} ${symbol}`);
  const still = open.length + held.length === 0 ? "; nothing is open" : "; still open:";
  return [`${run} was killed at ${at}: ${cause}${still}`, ...open, ...held].join("\n");
}

/** The cause is one line. */
function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").trim();
}
