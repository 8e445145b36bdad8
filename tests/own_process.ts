import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";

/**
 * Has a file of tests run in a process of its own, as one test here.
 *
 * The native WebRTC stack holds on to the first isolate that loads it, and `deno test` gives each file another: a second file that
 * used it in one process would crash. `cases` is a file of tests that is not named `_test.ts`.
 */
export function inOwnProcess(name: string, cases: URL): void {
  Deno.test(`${name}: in a process of its own, as the native stack serves one isolate`, async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", fileURLToPath(cases)],
      env: { NO_COLOR: "1" },
    }).output();
    const [said, faults] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals(code, 0, `${said}\n${faults}`);
  });
}
