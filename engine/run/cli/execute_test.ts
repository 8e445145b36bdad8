import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { tableFromIPC } from "apache-arrow";
import { ended, inFolder, lockstep, program, project, TAPE, writeStrategy } from "./_lockstep.ts";
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
    assertMatch(err, /^error: Cannot write \/dev\/full: No space left .* The result above is complete\n$/);
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
      const strategy = writeStrategy(folder, "slow", `ctx.submit({ side: BUY, size: 1 });\n${spin(5e6)}`);
      const process = program(["run", strategy, "--tape", TAPE, "--out", folder, "--json"], folder);
      const run = `${folder}/slow-market_l2-1`;
      // Rows that were written show that the run goes on.
      await until(() => Deno.statSync(`${run}/result.json`).size > 0);
      await new Promise((resolve) => setTimeout(resolve, 400));
      process.kill("SIGINT");
      const { code, out, err } = await ended(process);
      assertEquals([code, err.split("\n")[0]], [
        EXIT.INTERRUPTED,
        "error: Stopped before the tape ended; what was computed until then is kept, marked incomplete",
      ]);
      const result = JSON.parse(Deno.readTextFileSync(`${run}/result.json`));
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
      const strategy = writeStrategy(
        folder,
        "stuck",
        `${spin(5e6)}\nif (n === 40) { ctx.log("stuck"); while (true); }`,
      );
      const process = program(["run", strategy, "--tape", TAPE, "--out", folder], folder);
      await until(() => Deno.statSync(`${folder}/stuck-market_l2-1/result.json`).size > 0);
      await new Promise((resolve) => setTimeout(resolve, 2000));
      process.kill("SIGINT");
      const { code, err } = await ended(process);
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
      const strategy = writeStrategy(folder, "stuck", "Deno.writeTextFileSync('called', ''); while (true);");
      const process = program(["run", strategy, "--tape", TAPE, "--out", folder], folder);
      await until(() => Deno.statSync(`${folder}/called`).isFile);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      process.kill("SIGINT");
      const { code, err } = await ended(process);
      assertEquals([code, err.trimEnd().split("\n").length], [137, 1]);
      assertMatch(err, /^error: Interrupted, and the strategy did not come back /);
    }),
});

/** Work of some milliseconds without a clock. */
function spin(times: number): string {
  return `let x = 0; for (let i = 0; i < ${times}; i++) x += i; if (x < 0) throw 0;`;
}

async function until(holds: () => boolean): Promise<void> {
  for (;;) {
    try {
      if (holds()) return;
    } catch {
      // Not there yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
