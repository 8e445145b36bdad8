import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";

/** What a process of tests begins with. */
export interface Prepared {
  /** For `deno test`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly dispose?: () => void;
}

/**
 * Has a file of tests run in a process of its own, as one test here.
 *
 * The native WebRTC stack holds on to the first isolate that loads it, and `deno test` gives each file another: a second file that
 * used it in one process would crash. `cases` is a file of tests that is not named `_test.ts`; `prepare` may give that process more
 * to begin with, and is disposed of when it has ended.
 */
export function inOwnProcess(name: string, cases: URL, prepare: () => Prepared = () => ({})): void {
  Deno.test(`${name}: in a process of its own, as the native stack serves one isolate`, async () => {
    const { args = [], env = {}, dispose = () => {} } = prepare();
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", ...args, fileURLToPath(cases)],
      env: { NO_COLOR: "1", ...env },
    }).output();
    dispose();
    const [said, faults] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    // What was left out, and why, is seen here as well.
    for (const line of said.split("\n")) if (line.includes("... ignored")) console.log(line);
    assertEquals(code, 0, `${said}\n${faults}`);
  });
}
