import { FILE_BYTES_MIN } from "../core/journal.ts";
import { closest } from "../core/closest.ts";
import { parseDuration } from "../venue/latency.ts";

/**
 * When a journal is made to reach the disk.
 *
 * | policy | lost at most, program killed | machine down | cost |
 * |---|---|---|---|
 * | none (unless said) | the segment being filled, 64 KiB | what the system had not written by itself, often 30 s | none |
 * | segment | the segment being filled, 64 KiB | the same | one sync every 64 KiB |
 * | interval=100ms | what came in since, 100 ms and what one slice of the run takes | the same | one sync each interval |
 *
 * With an interval, segments end when the time is up, too: their places depend on the machine, and with them the chain; the
 * digest does not.
 */
export type SyncPolicy = "none" | "segment" | `interval=${string}`;

/**
 * Milliseconds between two syncs: Infinity for "none", 0 for "segment".
 *
 * Throws RangeError for what is no policy.
 *
 * @example
 * ```ts
 * import { syncMs } from "./journal_storage.ts";
 * if (syncMs("interval=100ms") !== 100 || syncMs("segment") !== 0) throw new Error("unexpected");
 * ```
 */
export function syncMs(policy: string): number {
  if (policy === "none") return Infinity;
  if (policy === "segment") return 0;
  if (policy.startsWith("interval=")) {
    const ms = parseDuration(policy.slice("interval=".length)) / 1e6;
    if (ms >= 1) return ms;
    throw new RangeError(`Cannot sync the journal by ${policy}: the interval is 1ms or more`);
  }
  const near = closest(policy, ["none", "segment", "interval"]);
  throw new RangeError(`Cannot sync the journal by ${policy}: it is none, segment or interval=100ms; ${near}`);
}

const UNITS: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, KB: 1e3, MB: 1e6, GB: 1e9 };

/**
 * Reads a size in bytes, "64MiB" or "1.5GB"; NaN where it is none.
 *
 * @example
 * ```ts
 * import { bytesOf } from "./journal_storage.ts";
 * if (bytesOf("64MiB") !== 67_108_864 || !Number.isNaN(bytesOf("1h"))) throw new Error("unexpected");
 * ```
 */
export function bytesOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMG]i?B)$/.exec(text);
  return match ? Math.floor(Number(match[1]) * UNITS[match[2]]) : NaN;
}

/**
 * Reads the bound of a journal's files: "64MiB", or "64MiB,keep=4" to keep the last four.
 *
 * Throws RangeError for what is none.
 *
 * @example
 * ```ts
 * import { journalFilesOf } from "./journal_storage.ts";
 * const { fileBytes, keep } = journalFilesOf("64MiB,keep=4");
 * if (fileBytes !== 67_108_864 || keep !== 4) throw new Error("unexpected");
 * ```
 */
export function journalFilesOf(text: string): { readonly fileBytes: number; readonly keep?: number } {
  const match = /^(.*?)(?:,keep=(\d+))?$/.exec(text.trim());
  const fileBytes = bytesOf(match?.[1] ?? ""), keep = match?.[2] === undefined ? undefined : Number(match[2]);
  if (fileBytes >= FILE_BYTES_MIN && Number.isSafeInteger(fileBytes) && keep !== 0) {
    return keep === undefined ? { fileBytes } : { fileBytes, keep };
  }
  throw new RangeError(
    `Cannot bound the journal's files by ${text}: write 64MiB, or 64MiB,keep=4 to keep the last four; 256KiB is the least`,
  );
}
