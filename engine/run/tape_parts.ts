import { join } from "node:path";

/** The name of a part of a recorded tape: "0001.arrow". */
const PART = /^(\d{4,})\.arrow$/;

/** The parts of a recorded tape, in their order; none where a folder is no such tape. */
export function tapeParts(folder: string): string[] {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => PART.test(name));
  return names.sort((a, b) => parseInt(a) - parseInt(b)).map((name) => join(folder, name));
}
