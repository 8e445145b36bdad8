/** An order of ours by the name that it has at an exchange. */
export interface NamedOrder {
  /** The run that sent it. */
  readonly run: string;
  /** Its id in that run. */
  readonly order: number;
}

const FORM = /^lstp([0-9a-z]{1,12})-(\d{1,15})(?:_\d{1,6})?$/;

/**
 * The name of a run's order at an exchange: unique for good, as runs have names of their own and number their orders, and told from
 * everybody else's by how it begins. `change` counts how often an exchange has made another order of it.
 *
 * @example
 * ```ts
 * import { clientName, readClientName } from "./client_names.ts";
 * const name = clientName({ run: "k3f9", order: 17 }, 2);
 * if (name !== "lstpk3f9-17_2" || readClientName(name)?.order !== 17) throw new Error("unexpected");
 * if (readClientName("web_4711") !== undefined) throw new Error("it is not ours");
 * ```
 */
export function clientName({ run, order }: NamedOrder, change = 0): string {
  return `lstp${run}-${order}${change === 0 ? "" : `_${change}`}`;
}

/** Whose a name is; undefined where no run of ours gave it. */
export function readClientName(name: string): NamedOrder | undefined {
  const match = FORM.exec(name);
  return match ? { run: match[1], order: Number(match[2]) } : undefined;
}

/** A name for a run that begins at a time (ns since 1970-01-01 UTC): no two begin in the same millisecond with the same draw. */
export function runName(at: bigint, random: () => number): string {
  return (at / 1_000_000n).toString(36) + Math.floor(random() * 36 ** 3).toString(36).padStart(3, "0");
}
