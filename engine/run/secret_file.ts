/**
 * The text of a file that nobody else may read. Throws RangeError with `what` the file is for, never with what it says.
 *
 * @example
 * ```ts
 * import { secretFile } from "./secret_file.ts";
 * const path = Deno.makeTempFileSync();
 * Deno.writeTextFileSync(path, "a secret");
 * Deno.chmodSync(path, 0o600);
 * if (secretFile(path, "keys") !== "a secret") throw new Error("unexpected");
 * Deno.removeSync(path);
 * ```
 */
export function secretFile(path: string, what: string): string {
  let mode: number | null, text: string;
  try {
    mode = Deno.statSync(path).mode;
    text = Deno.readTextFileSync(path);
  } catch (error) {
    throw new RangeError(
      `Cannot use ${what} of ${path}: it cannot be read (${(error as Error).name}); check the path and its permissions`,
    );
  }
  if (mode !== null && (mode & 0o077) !== 0) {
    const octal = (mode & 0o777).toString(8);
    throw new RangeError(`Cannot use ${what} of ${path}: others may read it (mode ${octal}); chmod 600 ${path}`);
  }
  return text;
}
