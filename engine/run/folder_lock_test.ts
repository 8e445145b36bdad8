import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ended, inFolder, lockstep, program, project, TAPE } from "./cli/_lockstep.ts";
import { EXIT } from "./cli/exit_codes.ts";
import { FolderBusyError, FolderLock } from "./folder_lock.ts";
import { RunFolder } from "./run_folder.ts";

const LINE = ["run", project("strategies/touch_maker.ts"), "--tape", TAPE, "--set", "interval=5ms"];

function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

/** Starts a run, and kills it once its journal has some segments. */
async function killedRun(folder: string): Promise<string> {
  const run = `${folder}/out/touch_maker-market_l2-1`;
  const child = program([...LINE, "--out", "out"], folder);
  while (sizeOf(`${run}/journal`) < 200_000) await new Promise((resolve) => setTimeout(resolve, 1));
  child.kill("SIGKILL");
  await ended(child);
  return run;
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

Deno.test("FolderLock: one at a time; a file that was left is no obstacle, and none is left", () =>
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/.lock`, "");
    const first = new FolderLock(folder, "resume");
    assertThrows(() => new FolderLock(folder, "resume"), FolderBusyError, "a program is writing it; wait");
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    assertEquals(namesIn(folder), []);
    using _second = new FolderLock(folder, "resume");
    return Promise.resolve();
  }));

Deno.test("RunFolder: it is locked until its manifest is written, or it is taken away", () =>
  inFolder((folder) => {
    for (const end of ["writeManifest", "endWithout", "discard"] as const) {
      const run = new RunFolder(folder, "maker", ["tape"]), path = run.path!;
      assertThrows(() => new FolderLock(path, "resume"), FolderBusyError);
      run[end]("for a test");
      assertEquals(run.failure, undefined);
      if (end !== "discard") assert(!namesIn(path).includes(".lock"));
    }
    return Promise.resolve();
  }));

Deno.test("lockstep resume: of two at once the second is refused with 6, and changes nothing; kill -9 leaves no obstacle", () =>
  inFolder(async (folder) => {
    const run = await killedRun(folder);
    {
      using _first = new FolderLock(run, "resume");
      const before = namesIn(run).map((name) => `${name} ${sizeOf(`${run}/${name}`)}`);
      const second = await lockstep("resume", run);
      assertEquals([second.code, second.out], [EXIT.OUTPUT, ""]);
      assertMatch(
        second.err,
        /^error: Cannot resume \S+: a program is writing it; wait until it has ended, or end it\n$/,
      );
      assertEquals(namesIn(run).map((name) => `${name} ${sizeOf(`${run}/${name}`)}`), before);
    }
    // A lock that nobody holds any more, as the killed one left it.
    Deno.writeTextFileSync(`${run}/.lock`, "");
    // Both at once: whoever comes first goes on; the other is kept away, or finds it done.
    const both = await Promise.all([0, 1].map(() => ended(program(["resume", run], folder))));
    assertEquals(both.filter(({ code }) => code === EXIT.OK).length, 1);
    const { err } = both.find(({ code }) => code !== EXIT.OK)!;
    assertMatch(err, /a program is writing it|it came to its end/);
    assert(!namesIn(run).includes(".lock"));
    assertEquals((await lockstep("verify", run)).code, EXIT.OK);
  }));
