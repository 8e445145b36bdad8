import { InvalidArgumentError } from "commander";
import { closest } from "../../core/closest.ts";

/** For options that may be repeated: gathers their values. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** For options that may be repeated, as name=value each: gathers them. A name given twice keeps its last value. */
export function collectPairs(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError(`Write NAME=VALUE.`);
  return { ...before, [text.slice(0, at).trim()]: text.slice(at + 1).trim() };
}

/** For options that take one of a few names; another one suggests the nearest. */
export function oneOf(names: readonly string[]): (value: string) => string {
  return (value) => {
    if (names.includes(value)) return value;
    const near = closest(value, names);
    throw new InvalidArgumentError(`It is one of ${names.join(", ")}${near.startsWith("did") ? `; ${near}` : "."}`);
  };
}

/** For whole numbers of 0 and more. */
export function wholeNumber(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError("It is a whole number of 0 or more.");
  }
  return number;
}

/** For steps of price and size: the text, if it is a decimal above 0. */
export function stepText(value: string): string {
  if (!/^\d*\.?\d+(e-?\d+)?$/i.test(value) || !(Number(value) > 0)) {
    throw new InvalidArgumentError("It is a decimal above 0, as 0.01.");
  }
  return value;
}

/** Examples for the end of a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ deno task lockstep ${line}`).join("\n")}`;
}
