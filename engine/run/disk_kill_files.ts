import type { KillFiles } from "./kill_file.ts";

/** More than a cause and a word need. */
const BYTES_MAX = 1024;

/** Kill files and answers on this machine's disk. */
export const diskKillFiles: KillFiles = {
  read(path) {
    try {
      using file = Deno.openSync(path);
      const bytes = new Uint8Array(BYTES_MAX);
      return new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  },
  write(path, text) {
    Deno.writeTextFileSync(`${path}.part`, text);
    Deno.renameSync(`${path}.part`, path);
  },
};
