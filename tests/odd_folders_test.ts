/** What is said of a run's folder whose files are links, directories or hardly begun, and of reports that find no room. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { withRoomFor } from "./full_disk.ts";
import { ended, inFolder, lockstep, project, TAPE } from "../engine/run/cli/_lockstep.ts";
import { EXIT } from "../engine/run/cli/exit_codes.ts";

const MAKER = project("strategies/touch_maker.ts");
const NAME = "touch_maker-market_l2-1";
const SEVERAL = ["--set", "interval=1ms", "--journal-files", "256KiB"];

async function runIn(folder: string, ...more: readonly string[]): Promise<string> {
  const { code, err } = await lockstep("run", MAKER, "--tape", TAPE, "--out", folder, ...more);
  assertEquals([code, err], [EXIT.OK, ""]);
  return `${folder}/${NAME}`;
}

/** What a program leaves that goes down in the run's second file. */
function breakOff(run: string): void {
  for (const { name } of Deno.readDirSync(run)) {
    if (/^journal\.\d+$/.test(name) && name > "journal.0001") Deno.removeSync(`${run}/${name}`);
  }
  for (const name of ["manifest.json", "tearsheet.txt"]) Deno.removeSync(`${run}/${name}`);
}

/** All files below a run's folder, each with its size and when it was written. */
function stateOf(run: string): string[] {
  return Array.from(Deno.readDirSync(run), ({ name }) => {
    const { size, mtime } = Deno.statSync(`${run}/${name}`);
    return `${name} ${size} ${mtime?.getTime()}`;
  }).sort();
}

Deno.test("JournalSource: a journal file that is a link to a whole one counts, one that leads nowhere is missing", () =>
  inFolder(async (folder) => {
    const run = await runIn(folder, ...SEVERAL);
    Deno.renameSync(`${run}/journal.0002`, `${folder}/elsewhere`);
    Deno.symlinkSync(`${folder}/elsewhere`, `${run}/journal.0002`);
    const linked = await lockstep("verify", run);
    assertEquals([linked.code, linked.out.includes("MISSING")], [EXIT.OK, false]);
    Deno.removeSync(`${folder}/elsewhere`);
    const dangling = await lockstep("verify", run);
    assertEquals(dangling.code, EXIT.CONTRADICTED);
    assertMatch(dangling.out, /^MISSING +journal\.0002$/m);
  }));

Deno.test("resume: a directory or a link to nowhere where a file belongs is refused before anything is written", () =>
  inFolder(async (folder) => {
    const run = await runIn(folder, ...SEVERAL);
    breakOff(run);
    for (const name of ["journal.0002", "tearsheet.txt"]) {
      Deno.mkdirSync(`${run}/${name}`);
      const before = stateOf(run), { code, out, err } = await lockstep("resume", run);
      assertEquals([code, out], [EXIT.INPUT, ""]);
      assertStringIncludes(err, `${run}/${name} is a directory, where a file belongs; move it away\n`);
      assertEquals(stateOf(run), before);
      Deno.removeSync(`${run}/${name}`);
    }
    Deno.symlinkSync(`${folder}/nowhere`, `${run}/journal.0002`);
    assertMatch(
      (await lockstep("resume", run)).err,
      /journal\.0002 is a link that leads nowhere, where a file belongs/,
    );
    Deno.removeSync(`${run}/journal.0002`);
    // Folders of other names are nobody's business.
    Deno.mkdirSync(`${run}/notes`);
    assertEquals((await lockstep("resume", run)).code, EXIT.OK);
    assertEquals((await lockstep("verify", run)).code, EXIT.OK);
  }));

Deno.test("resume, verify: a journal without a header says to run it again", () =>
  inFolder(async (folder) => {
    const run = await runIn(folder);
    for (const size of [300, 5, 0]) {
      Deno.truncateSync(`${run}/journal`, size);
      for (const command of ["resume", "verify", "replay"]) {
        const { code, err } = await lockstep(command, run, ...(command === "replay" ? ["--seed", "2"] : []));
        assertEquals([command, code], [command, EXIT.CONTRADICTED]);
        assertMatch(err, /killed in its first moments; run it again\n$/);
        assert(!err.includes("whole copy"));
      }
    }
  }));

Deno.test("lockstep run --from: snapshots that are a file are named, and end with 3", () =>
  inFolder(async (folder) => {
    const run = await runIn(folder);
    Deno.writeTextFileSync(`${run}/snapshots`, "");
    const line = ["run", MAKER, "--tape", TAPE, "--no-out", "--from", "+10m", "--snapshot", run];
    const { code, out, err } = await lockstep(...line);
    assertEquals([code, out], [EXIT.INPUT, ""]);
    assertMatch(err, /^error: Cannot read snapshots in \S+\/snapshots: it is a file, where a folder belongs; move it /);
  }));

Deno.test("lockstep report --arrow: on a full disk, or without its folder, the file is named with what to do", () =>
  inFolder(async (folder) => {
    const run = await runIn(folder);
    const table = `${folder}/x.arrow`;
    await withRoomFor(2000, async () => {
      const { code, out, err } = await lockstep("report", run, "executions", "--arrow", table);
      assertEquals([code, out], [EXIT.OUTPUT, ""]);
      const said =
        "No space left on device (os error 28); it is cut short or missing: free some space, or give --arrow";
      assertStringIncludes(err, `error: Cannot write ${table}: ${said}`);
    });
    const nowhere = await lockstep("report", run, "--arrow", `${folder}/none/x.arrow`);
    assertEquals(nowhere.code, EXIT.OUTPUT);
    assertMatch(
      nowhere.err,
      /^error: Cannot write \S+\/none\/x\.arrow: No such file or directory \(os error 2\); it is /,
    );
  }));

Deno.test({
  name: "lockstep report --json: standard output on a full disk is named with what to do (Linux)",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      const run = await runIn(folder);
      const line = ["run", "-A", "--no-check", project("mod.ts"), "report", run, "--json"];
      const args = ["-c", 'exec "$0" "$@" > /dev/full', Deno.execPath(), ...line];
      const shell = new Deno.Command("sh", { args, stdout: "piped", stderr: "piped", env: { NO_COLOR: "1" } }).spawn();
      const { code, err } = await ended(shell);
      assertEquals(code, EXIT.OUTPUT);
      assertMatch(err, /^error: Cannot write standard output: No space left .*\(os error 28\); free some space, or /);
    }),
});
