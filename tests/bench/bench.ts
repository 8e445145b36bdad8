/** One line of the table: a speed (or a size), and what it is held against. */
export interface BenchRow {
  readonly what: string;
  /** Figures in `unit`, of as many runs as there are. */
  readonly values: readonly number[];
  readonly unit: string;
  /** Less is better, as of seconds and megabytes. */
  readonly less?: boolean;
  /** What it must reach, in the same unit. */
  readonly bar?: number;
  readonly note?: string;
}

/** What all benches are told. */
export interface BenchOptions {
  /** Short runs and small tapes, to see that everything works. */
  readonly quick: boolean;
  /** A Python that has the rivals' packages, where there is one. */
  readonly python?: string;
  /** For tapes and other files; the caller deletes it. */
  readonly folder: string;
}

/** A bench gives its rows as it comes to them. */
export type Bench = (options: BenchOptions) => AsyncGenerator<BenchRow>;

/** Runs of each figure. */
export function runsOf({ quick }: BenchOptions): number {
  return quick ? 2 : 5;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** A note about what else is at hand, such as a rival's figure beside ours. */
export function ratioNote(ours: readonly number[], theirs: readonly number[], name: string): string {
  return `${(median(ours) / median(theirs)).toFixed(2)} × ${name}`;
}

/** The path of a file beside this one, for child processes. */
export function beside(name: string): string {
  return decodeURIComponent(new URL(name, import.meta.url).pathname);
}

/** How `deno task lockstep` runs its program: child processes are run as users run theirs, V8's flags included. */
export const RUN: readonly string[] = JSON.parse(Deno.readTextFileSync(beside("../../deno.json"))).tasks.lockstep
  .split(" ").slice(1, -1);
