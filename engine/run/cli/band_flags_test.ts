import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inFolder, lockstep, project, TAPE } from "./_lockstep.ts";
import { EXIT } from "./exit_codes.ts";

const MAKER = project("strategies/touch_maker.ts");

Deno.test("lockstep run --bands: a table behind the tearsheet, bands in result.json, and a run that verifies", () =>
  inFolder(async (folder) => {
    const line = ["run", MAKER, "--tape", TAPE, "--out", folder, "--latency", "lognormal(2ms,0.5)", "--bands"];
    const { code, out, err } = await lockstep(...line);
    assertEquals([code, err], [EXIT.OK, ""]);
    assertMatch(out, /^Bands: 4 runs over one decoding$/m);
    assertMatch(out, /^P&L +[\d.]+ \(risk\) to [\d.]+ \(optimistic\)$/m);
    const { bands, digest } = JSON.parse(Deno.readTextFileSync(`${folder}/touch_maker-market_l2-1/result.json`));
    assertEquals(bands.runs.length, 4);
    assertEquals(bands.runs[3].digest, digest);
    assertEquals((await lockstep("verify", `${folder}/touch_maker-market_l2-1`)).code, EXIT.OK);
    const json = JSON.parse((await lockstep("run", MAKER, "--tape", TAPE, "--no-out", "--seeds", "2", "--json")).out);
    assert(json.bands.seeds.length === 1 && json.bands.notes.length === 1);
  }));

Deno.test("lockstep run --bands: what it does not go with ends with 2", async () => {
  const line = ["run", MAKER, "--tape", TAPE, "--no-out"];
  for (
    const [more, what] of [
      [["--bands", "--sandbox"], "leave --sandbox out"],
      [["--seeds", "1"], "a band takes 2 to 1000"],
      [["--seeds", "two"], "whole number"],
      [["--band"], "Did you mean --bands"],
    ] as const
  ) {
    const { code, err } = await lockstep(...line, ...more);
    assertEquals(code, EXIT.USAGE);
    assertStringIncludes(err, what);
  }
});

Deno.test("lockstep run --as-levels: the queue model is asked on a tape of single orders", async () => {
  const tape = project("fixtures/data/market_l3.arrow");
  const line = ["run", MAKER, "--tape", tape, "--no-out", "--json", "--queue", "optimistic"];
  const exact = JSON.parse((await lockstep(...line)).out),
    levels = JSON.parse((await lockstep(...line, "--as-levels")).out);
  assertEquals([exact.run.models.queue, levels.run.models.queue, levels.run.models.asLevels], ["", "optimistic", true]);
  assert(levels.trades > 2 * exact.trades);
});
