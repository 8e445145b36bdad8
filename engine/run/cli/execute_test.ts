import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { tableFromIPC } from "apache-arrow";
import { ended, inFolder, lockstep, program, project, type Said, TAPE, writeStrategy } from "./_lockstep.ts";
import { EXIT } from "./exit_codes.ts";

const MAKER = project("strategies/touch_maker.ts");
const linux = Deno.build.os === "linux";
const noFull = linux ? "" : " (ignored: there is no /dev/full)";
const noSignals = Deno.build.os === "windows" ? " (ignored: no signals)" : "";

Deno.test({
  name: `execute: a full disk costs the steps, not the result${noFull}`,
  ignore: !linux,
  fn: async () => {
    const { code, out, err } = await lockstep(
      "run",
      MAKER,
      "--tape",
      TAPE,
      "--no-out",
      "--json",
      "--steps",
      "/dev/full",
    );
    assertEquals(code, EXIT.OUTPUT);
    assertEquals(JSON.parse(out).events, 60_000);
    assertMatch(
      err,
      /^error: Cannot write \/dev\/full: No space left .* give --steps a file .* The result above is complete\n$/,
    );
  },
});

Deno.test("execute: a folder that cannot be made costs the folder, not the result", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "");
    const { code, out, err } = await lockstep("start", "--out", `${folder}/file`);
    assertEquals(code, EXIT.OUTPUT);
    assertStringIncludes(out, "Profit");
    assertStringIncludes(out, "Next: deno task lockstep run strategies/market_maker.ts");
    assertMatch(err, /^error: Cannot write .*file: .*give --out a folder that can be written/);
  }));

Deno.test({
  name: `execute: Ctrl-C keeps what was computed, marked incomplete${noSignals}`,
  ignore: noSignals !== "",
  fn: () =>
    inFolder(async (folder) => {
      const mark = `${folder}/called`;
      const body = `ctx.submit({ side: BUY, size: 1 });\n${spin(5e6)}\nif (n === 20) ${marking(mark)}`;
      const strategy = writeStrategy(folder, "slow", body);
      const run = `${folder}/slow-market_l2-1`;
      const process = program(["run", strategy, "--tape", TAPE, "--out", folder, "--json"], folder);
      const { code, out, err } = await interrupted(process, mark);
      assertEquals([code, err.split("\n")[0]], [
        EXIT.INTERRUPTED,
        "error: Stopped before the tape ended; what was computed until then is kept, marked incomplete",
      ]);
      const { equity: _, ...result } = JSON.parse(Deno.readTextFileSync(`${run}/result.json`));
      assertEquals(result, JSON.parse(out));
      assertEquals(result.incomplete, "Stopped before the tape ended");
      assert(result.orders > 0 && result.events < 60_000);
      assertEquals(tableFromIPC(Deno.readFileSync(`${run}/orders.arrow`)).numRows, result.orders);
      assertEquals((await lockstep("verify", run, "--strategy", strategy, "--tape", TAPE)).code, EXIT.OK);
    }),
});

Deno.test({
  name: `execute: Ctrl-C ends a run whose strategy never comes back${noSignals}`,
  ignore: noSignals !== "",
  fn: () =>
    inFolder(async (folder) => {
      const mark = `${folder}/called`;
      const body = `if (n === 40) { ctx.log("stuck"); ${marking(mark)} while (true); }`;
      const strategy = writeStrategy(folder, "stuck", body);
      const process = program(["run", strategy, "--tape", TAPE, "--out", folder], folder);
      const { code, err } = await interrupted(process, mark, "again");
      assertEquals(code, 137);
      assertMatch(err, /^error: Interrupted, and the strategy did not come back .* Run it with --sandbox --timeout 10/);
      const { incomplete } = JSON.parse(Deno.readTextFileSync(`${folder}/stuck-market_l2-1/result.json`));
      assertEquals(incomplete, "The program ended before the run did");
    }),
});

Deno.test({
  name: `execute: Ctrl-C says why it ends a run whose strategy does not come back from its first call${noSignals}`,
  ignore: noSignals !== "",
  fn: () =>
    inFolder(async (folder) => {
      const mark = `${folder}/called`;
      const strategy = writeStrategy(folder, "stuck", `${marking(mark)} while (true);`);
      const process = program(["run", strategy, "--tape", TAPE, "--out", folder], folder);
      const { code, err } = await interrupted(process, mark, "again");
      assertEquals([code, err.trimEnd().split("\n").length], [137, 1]);
      assertMatch(err, /^error: Interrupted, and the strategy did not come back /);
    }),
});

/** Work of some milliseconds without a clock. */
function spin(times: number): string {
  return `let x = 0; for (let i = 0; i < ${times}; i++) x += i; if (x < 0) throw 0;`;
}

/** The statement that makes a file, by which a strategy says how far it is. */
function marking(path: string): string {
  return `Deno.writeTextFileSync(${JSON.stringify(path)}, "");`;
}

/** Two minutes or more of looking: a busy machine takes long to start a program. */
const LOOKS_MAX = 1200;

/**
 * Presses Ctrl-C once a strategy has made its mark, and waits for the program's end. With "again" it presses on every
 * second, as one does whose program hangs: the first may come before the watchdog's thread has started.
 */
async function interrupted(process: Deno.ChildProcess, mark: string, again?: "again"): Promise<Said> {
  let said: Said | undefined, marked = -1;
  const end = ended(process).then((it) => said = it);
  for (let look = 0; look < LOOKS_MAX && said === undefined; look++) {
    if (marked < 0 && exists(mark)) marked = look;
    if (marked === look || (again && marked >= 0 && (look - marked) % 10 === 0)) press(process, "SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if (said !== undefined) return said;
  press(process, "SIGKILL");
  throw new Error(`The program does not end, ${marked < 0 ? "without its mark" : "marked"}: ${(await end).err}`);
}

function press(process: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    process.kill(signal);
  } catch {
    // It has just ended by itself: what it said tells.
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
