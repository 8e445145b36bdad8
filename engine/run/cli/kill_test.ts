import { assertEquals, assertMatch } from "@std/assert";
import { pause } from "../../live/pause.ts";
import { systemTimers } from "../../live/timers.ts";
import { diskKillFiles } from "../disk_kill_files.ts";
import { FolderLock } from "../folder_lock.ts";
import type { KillAnswer } from "../kill_file.ts";
import { inFolder, lockstep } from "./_lockstep.ts";
import { EXIT } from "./exit_codes.ts";

const ANSWER: KillAnswer = {
  ...{ at: "2024-08-08T23:54:15Z", written: "2024-08-08T23:54:16Z", cause: "fat finger", flatten: "none" },
  orders: [{ order: 7, symbol: "BTCUSDT", side: "buy", left: "0.5", price: "60000.1" }],
  positions: { BTCUSDT: "-0.25" },
};

/** Answers what is written to a folder's kill file, as a session does; what it said. */
async function answers(folder: string, ...said: readonly KillAnswer[]): Promise<string> {
  let asked: string | undefined;
  while ((asked = diskKillFiles.read(`${folder}/KILL`)) === undefined) await pause(systemTimers, 1);
  for (const answer of said) diskKillFiles.write(`${folder}/KILLED`, JSON.stringify(answer));
  return asked;
}

Deno.test("lockstep kill: writes the cause, waits until nothing is open, and says what is held", () =>
  inFolder(async (folder) => {
    using _lock = new FolderLock(folder, "write");
    const killing = lockstep("kill", folder, "--cause", "fat\nfinger");
    assertEquals(await answers(folder, ANSWER, { ...ANSWER, orders: [] }), "fat finger\n");
    const { code, out, err } = await killing;
    assertEquals([code, err], [0, ""]);
    assertMatch(out, /was killed at 2024-08-08T23:54:15Z: fat finger; still open:\n {2}position: -0.25 BTCUSDT\n$/);
  }));

Deno.test("lockstep kill --flatten: waits for the positions, too, and says what stays open", () =>
  inFolder(async (folder) => {
    using _lock = new FolderLock(folder, "write");
    const killing = lockstep("kill", folder, "--flatten", "--wait", "1");
    assertEquals(await answers(folder, { ...ANSWER, flatten: "market" }), "by lockstep kill\nflatten=market\n");
    const { code, out, err } = await killing;
    assertEquals(code, EXIT.CONTRADICTED);
    assertMatch(out, /still open:\n {2}order 7: buy 0.5 BTCUSDT at 60000.1\n {2}position: -0.25 BTCUSDT\n$/);
    assertMatch(err, /is killed, and has the above still open after 1 s/);
  }));

Deno.test("lockstep kill: a run that is over, a folder that is none, and a session that does not answer", () =>
  inFolder(async (folder) => {
    const over = await lockstep("kill", folder);
    assertEquals(over.code, EXIT.INPUT);
    assertMatch(over.err, /^error: Cannot kill .*: no program is running it; .*\n$/);
    const none = await lockstep("kill", `${folder}/none`);
    assertEquals(none.code, EXIT.INPUT);
    assertMatch(none.err, /^error: Cannot kill .*none: there is no such folder; .*\n$/);
    using _lock = new FolderLock(folder, "write");
    const silent = await lockstep("kill", folder, "--wait", "0");
    assertEquals(silent.code, EXIT.CONTRADICTED);
    assertMatch(silent.err, /^error: Cannot see that .* is killed: it has not answered in 0 s; .*\n$/);
  }));
