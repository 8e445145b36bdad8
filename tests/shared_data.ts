/** Real captures are not part of the project: tests find them beside it, or are ignored and say so. */
import { fileURLToPath } from "node:url";

/** The absolute path of a capture, such as `sharedData("bars/GOOG.csv")`; undefined where it is not at hand. */
export function sharedData(path: string): string | undefined {
  const folder = Deno.env.get("LOCKSTEP_DATA") ?? fileURLToPath(new URL("../../shared/data/", import.meta.url));
  const full = `${folder.replace(/\/$/, "")}/${path}`;
  try {
    Deno.statSync(full);
    return full;
  } catch {
    return undefined;
  }
}
