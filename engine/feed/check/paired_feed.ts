/** For tests: feeds a check of paired files from memory. */
import type { PairedCheck } from "./paired.ts";
import type { CheckReport } from "./report.ts";

/** Feeds each file in pieces of `size` bytes, in the order the check wants them. */
export function feedPairs(check: PairedCheck, files: readonly (Uint8Array | string)[], size = 1 << 16): CheckReport {
  const bytes = files.map((file) => typeof file === "string" ? new TextEncoder().encode(file) : file);
  const at = files.map(() => 0);
  for (let file = check.wants; file !== undefined; file = check.wants) {
    if (at[file] >= bytes[file].length) check.end(file);
    else check.push(file, bytes[file].slice(at[file], at[file] += size));
  }
  return check.report();
}
