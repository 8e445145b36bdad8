import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { ended, inFolder, lockstep, program, project, TAPE } from "./cli/_lockstep.ts";
import { EXIT } from "./cli/exit_codes.ts";
import { hashFile } from "./journal_file.ts";
import { sha256 } from "./sha256.ts";

const NAME = "touch_maker-market_l2-1";
const STRATEGY = project("strategies/touch_maker.ts");
const LINE = [
  "run",
  STRATEGY,
  "--tape",
  TAPE,
  "--set",
  "interval=200ms",
  "--latency",
  "lognormal(5ms,0.5)",
  "--fees",
  "maker=0.0002,taker=0.0007",
  "--command",
  "+5m cancel_all",
  "--command",
  "+30m submit buy 7 id=hedge",
];
const LISTS = ["orders.arrow", "fills.arrow"];

/** How a journal lies on disk, by what a test calls it. */
const STORAGES: Readonly<Record<string, readonly string[]>> = {
  "one file": [],
  "several files": ["--journal-files", "256KiB", "--sync", "segment"],
  "the last two files": ["--journal-files", "256KiB,keep=2"],
};

/** All files of a run by name, each as size and hash; of the result, what does not hang on the machine. */
function filesOf(run: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { name } of Deno.readDirSync(run)) {
    if (name === "result.json") files[name] = resultOf(run);
    else if (name.startsWith("journal") || LISTS.includes(name)) {
      files[name] = `${Deno.statSync(`${run}/${name}`).size} ${hashFile(`${run}/${name}`)}`;
    }
  }
  return files;
}

function resultOf(run: string): string {
  const { seconds: _, eventsPerSecond: __, ...result } = JSON.parse(Deno.readTextFileSync(`${run}/result.json`));
  const hasher = sha256();
  hasher.update(new TextEncoder().encode(JSON.stringify(result)));
  return hasher.hex();
}

function copyRun(from: string, to: string): void {
  Deno.mkdirSync(to);
  for (const { name } of Deno.readDirSync(from)) Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
}

/** Leaves of a run what a program that went down leaves: a journal up to some byte, and a result that says so. */
function breakOff(run: string, bytes: number): void {
  const journals = [...Deno.readDirSync(run)].map(({ name }) => name).filter((name) => name.startsWith("journal"))
    .sort();
  let left = bytes;
  for (const name of journals) {
    const { size } = Deno.statSync(`${run}/${name}`);
    if (left <= 0 && name !== journals[0]) Deno.removeSync(`${run}/${name}`);
    else Deno.truncateSync(`${run}/${name}`, Math.min(size, left));
    left -= size;
  }
  for (const name of ["manifest.json", "tearsheet.txt"]) Deno.removeSync(`${run}/${name}`);
  Deno.truncateSync(`${run}/orders.arrow`, 1000);
  Deno.writeTextFileSync(`${run}/result.json`, '{"incomplete":"The program ended before the run did"}');
}

for (const [storage, flags] of Object.entries(STORAGES)) {
  Deno.test(`resume: a journal cut anywhere goes on to the same files and digest (${storage})`, () =>
    inFolder(async (folder) => {
      assertEquals((await lockstep(...LINE, ...flags, "--out", folder)).err, "");
      const whole = filesOf(`${folder}/${NAME}`);
      const names = Object.keys(whole).filter((name) => name.startsWith("journal")).sort();
      const size = names.reduce((sum, name) => sum + sizeOf(`${folder}/${NAME}/${name}`), 0);
      assert(size > 200_000, `${size} bytes`);
      assertEquals(names.length > 1, storage !== "one file");
      let number = 0;
      // From the end of the first segment on; before it nothing is known of the run.
      const place = fc.oneof(fc.integer({ min: 66_000, max: size }), fc.integer({ min: size - 2000, max: size }));
      await fc.assert(
        fc.asyncProperty(place, async (at) => {
          const run = `${folder}/broken-${++number}`;
          copyRun(`${folder}/${NAME}`, run);
          breakOff(run, at);
          const { code, err } = await lockstep("resume", run);
          assertEquals(err, "");
          assertEquals(code, EXIT.OK);
          assertEquals(filesOf(run), whole);
        }),
        { numRuns: 8 },
      );
      assertEquals((await lockstep("verify", `${folder}/broken-1`)).code, EXIT.OK);
    }));
}

Deno.test("resume: a program that is killed goes on to the files and digest of one that never was", () =>
  inFolder(async (folder) => {
    const line = [...LINE.slice(0, 4), "--set", "interval=5ms", ...LINE.slice(6)];
    // In one working directory, for a journal says where things lay as seen from there.
    assertEquals((await ended(program([...line, "--out", "whole"], folder))).err, "");
    const whole = filesOf(`${folder}/whole/${NAME}`), size = sizeOf(`${folder}/whole/${NAME}/journal`);
    for (const share of [0.1, 0.5, 0.9]) {
      const out = `${folder}/${share}`, run = `${out}/${NAME}`;
      const child = program([...line, "--out", out], folder);
      while (sizeOf(`${run}/journal`) < share * size) await new Promise((resolve) => setTimeout(resolve, 1));
      child.kill("SIGKILL");
      await ended(child);
      const resumed = await lockstep("resume", run);
      // On a machine in a hurry the run may have come to its end before it was killed.
      assertEquals(resumed.err.replace(/^error: .* it came to its end; .*\n/, ""), "");
      assertEquals(filesOf(run), whole);
    }
  }));

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

Deno.test("resume: a run that Ctrl-C stopped goes on as if it had not been", () =>
  inFolder(async (folder) => {
    const line = [...LINE.slice(0, 4), "--set", "interval=5ms", ...LINE.slice(6), "--finish", "close"];
    assertEquals((await ended(program([...line, "--out", "whole"], folder))).err, "");
    const child = program([...line, "--out", "out"], folder), run = `${folder}/out/${NAME}`;
    while (sizeOf(`${run}/journal`) < 200_000) await new Promise((resolve) => setTimeout(resolve, 1));
    child.kill("SIGINT");
    assertEquals((await ended(child)).code, EXIT.INTERRUPTED);
    assertEquals((await lockstep("verify", run)).code, EXIT.OK);
    assertEquals((await lockstep("resume", run)).err, "");
    assertEquals(filesOf(run), filesOf(`${folder}/whole/${NAME}`));
  }));

Deno.test("resume: with an interval segments end with the time, and all else is the same", () =>
  inFolder(async (folder) => {
    const line = [...LINE.slice(0, 4), "--set", "interval=5ms", ...LINE.slice(6), "--sync", "interval=1ms"];
    assertEquals((await lockstep(...line, "--out", folder)).err, "");
    const run = `${folder}/broken`, bytes = Deno.readFileSync(`${folder}/${NAME}/journal`);
    const { journal: _, ...whole } = filesOf(`${folder}/${NAME}`);
    copyRun(`${folder}/${NAME}`, run);
    breakOff(run, Math.floor(0.7 * bytes.length));
    assertEquals((await lockstep("resume", run)).err, "");
    const { journal: __, ...rest } = filesOf(run);
    assertEquals(rest, whole);
    // What stood there stands there still.
    const sound = Math.floor(0.5 * bytes.length);
    assert(Deno.readFileSync(`${run}/journal`).subarray(0, sound).every((byte, i) => byte === bytes[i]));
    assertEquals((await lockstep("verify", run)).code, EXIT.OK);
  }));

Deno.test("resume: what cannot go on says why, and leaves the journal as it was", () =>
  inFolder(async (folder) => {
    const own = `${folder}/own.ts`;
    const text = Deno.readTextFileSync(STRATEGY).replaceAll("../mod.ts", new URL("../../mod.ts", import.meta.url).href);
    Deno.writeTextFileSync(own, text);
    assertEquals((await lockstep("run", own, ...LINE.slice(2), "--out", folder)).err, "");
    const run = `${folder}/${NAME}`;
    const ended = await lockstep("resume", run);
    assertEquals(ended.code, EXIT.INPUT);
    assertMatch(ended.err, /Cannot resume \S+: it came to its end; verify it, or run it again/);
    breakOff(run, 150_000);
    {
      using other = Deno.openSync(`${run}/journal`, { read: true, write: true });
      other.lockSync(true);
      const busy = await lockstep("resume", run);
      assertEquals(busy.code, EXIT.OUTPUT);
      assertMatch(busy.err, /Cannot resume \S+: a program is writing it/);
    }
    const before = Deno.readFileSync(`${run}/journal`);
    Deno.writeTextFileSync(own, text.replace("position < limit", "position < limit - 3"));
    const changed = await lockstep("resume", run);
    assertEquals(changed.code, EXIT.INPUT);
    assertMatch(
      changed.err,
      /own.ts has changed since the run: its sha256 is no longer [0-9a-f]{64}; give the one that ran/,
    );
    assertEquals(Deno.readFileSync(`${run}/journal`), before);
    Deno.writeTextFileSync(own, text);
    Deno.truncateSync(`${run}/journal`, 60_000);
    assertMatch(
      (await lockstep("resume", run)).err,
      /the journal ends at byte 60000, .*the run's header is lost with it/,
    );
  }));
