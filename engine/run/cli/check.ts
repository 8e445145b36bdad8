import type { Command } from "commander";
import type { SourceCheck } from "../check_sources.ts";
import type { Cli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { explain, Failure } from "./failure.ts";
import { examples } from "./flags.ts";
import { Interrupt } from "./interrupt.ts";
import { ProgressBar } from "./progress.ts";

const ABOUT = `Proves a capture against itself, before anybody trusts it.
  binance      the book, after each update, against the bookTicker of equal u
  kraken, kraken_v2, okx
               the book's checksum after each message of a recorded session
  databento    the book of the orders (mbo) against the file of levels (mbp-10)
  lobster      each transition of the order book file, and each execution at the best price
Files of one capture go together: those that continue each other in the order of time, pairs in any order.
It ends with 0 only if something was compared and nothing contradicts.`;

/** Adds `check`: proves captures against themselves. */
export function addCheck(program: Command, cli: Cli): void {
  program.command("check").summary("prove a capture against itself").description(ABOUT)
    .argument("<source...>", "the files of one capture")
    .requiredOption("--format <name>", "binance, kraken, kraken_v2, okx, databento or lobster")
    .option("--symbol <name>", "the instrument, of a databento file of several")
    .option("--json", "print what was found alone, as JSON")
    .addHelpText("after", examples("check capture.gz --format binance", "check capture.gz --format binance --json"))
    .action((sources: string[], flags: Flags) => check(cli, sources, flags));
}

interface Flags {
  readonly format: string;
  readonly symbol?: string;
  readonly json?: boolean;
}

async function check(cli: Cli, sources: readonly string[], flags: Flags): Promise<void> {
  const { checkSources, CHECK_FORMATS } = await import("../check_sources.ts");
  if (!CHECK_FORMATS.includes(flags.format)) await checkSources({ sources, format: flags.format }).catch(usage);
  const found = await checkWatched(cli, sources, flags);
  if (flags.json) cli.say(JSON.stringify(toJson(found)));
  else if (found.checked > 0 || found.error === undefined) cli.say(toText(found));
  const { error, first, checked, files } = found;
  if (error) {
    const interrupted = error.name === "AbortError";
    const { code, message } = interrupted ? { code: EXIT.INTERRUPTED, message: "Interrupted" } : explain(error);
    // A file that is not there, or cannot be read, is not one of another format.
    const doubtful = error.name === "SourceError" && !message.includes("--format");
    const more = found.checked > 0
      ? "; what was found until then is shown, and is not all"
      : doubtful
      ? "; or check --format"
      : "";
    cli.fail(code, `${message}${more}`);
  } else if (first !== undefined) {
    cli.fail(EXIT.CONTRADICTED, `${files[first.file - 1]} contradicts itself`);
  } else if (checked === 0) {
    cli.fail(
      EXIT.CONTRADICTED,
      "Cannot prove anything: no two statements about one thing are there; give all files of the capture, or check --format",
    );
  }
}

async function checkWatched(cli: Cli, sources: readonly string[], flags: Flags): Promise<SourceCheck> {
  const { checkSources } = await import("../check_sources.ts");
  using interrupt = new Interrupt();
  using bar = new ProgressBar(cli.terminal, "check", "B");
  const { signal } = interrupt;
  return await checkSources({ sources, ...flags, onProgress: bar.update, signal });
}

function usage(error: Error): never {
  throw new Failure(EXIT.USAGE, error.message);
}

function toJson({ checked, equal, counts, first, notes, files, error }: SourceCheck): Record<string, unknown> {
  const place = first && { first: { ...first, file: files[first.file - 1] } };
  return {
    checked,
    equal,
    ...counts,
    ...place,
    ...(notes && { notes }),
    files,
    ...(error && { incomplete: error.message }),
  };
}

function toText({ checked, equal, counts, first, notes = [], files, error }: SourceCheck): string {
  const number = (value: number) => value.toLocaleString("en-US");
  const lines = [
    ["checked", `${number(checked)}${error ? " until it broke off" : ""}`],
    ["equal", `${number(equal)}${equal === checked ? "" : `, ${number(checked - equal)} not`}`],
    ...Object.entries(counts).map(([name, count]) => [words(name), number(count)]),
    ["first difference", first ? `${files[first.file - 1]}, at ${number(first.place)}: ${first.what}` : "none"],
    ...notes.map((note) => ["note", note]),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

/** "executionsAtBest" as words. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
