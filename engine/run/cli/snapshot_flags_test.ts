import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inFolder, lockstep, project, TAPE } from "./_lockstep.ts";
import { EXIT } from "./exit_codes.ts";

const MAKER = project("strategies/touch_maker.ts");

Deno.test("lockstep run --from: ends as the run that took the snapshots, and says so", () =>
  inFolder(async (folder) => {
    const line = ["run", MAKER, "--tape", TAPE, "--out", folder, "--latency", "10ms"];
    const whole = await lockstep(...line, "--snapshots", "10m");
    assertEquals([whole.code, whole.err], [EXIT.OK, ""]);
    assertStringIncludes(whole.out, "Snapshots: 5, in");
    const run = `${folder}/touch_maker-market_l2-1`, taken = ["--snapshot", run];
    const { code, out, err } = await lockstep(...line, "--from", "2025-01-01T00:35:00Z", ...taken);
    assertEquals([code, err], [EXIT.OK, ""]);
    assertStringIncludes(out, `From 2025-01-01T00:30:00.000000000Z on as ${run}: 6388 records alike`);
    const [first, second] = [1, 2].map((number) =>
      JSON.parse(Deno.readTextFileSync(`${folder}/touch_maker-market_l2-${number}/result.json`))
    );
    const lasting = { seconds: 0, eventsPerSecond: 0 };
    assertEquals({ ...second, ...lasting }, { ...first, ...lasting });
    // What the run that goes on would write of a journal is the rest of the other's.
    assert(!Array.from(Deno.readDirSync(`${folder}/touch_maker-market_l2-2`)).some(({ name }) => name === "journal"));
    assertEquals((await lockstep("verify", run)).code, EXIT.OK);

    const refusals: readonly [string[], string][] = [
      [["--from", "+1m", ...taken], "the first snapshot is of 2025-01-01T00:10:00"],
      [["--from", "+35m", ...taken, "--latency", "9ms"], 'options.latency is "10ms" there, and "9ms" here'],
      [["--from", "+35m", ...taken, "--set", "size=2"], "parameters.size is 1 there, and 2 here"],
      [["--from", "+35m", "--snapshot", folder], "there is no snapshot"],
      [["--from", "+35m"], "--from TIME and --snapshot FOLDER go together"],
      [["--from", "+35m", ...taken, "--sandbox"], "leave --sandbox out"],
      [["--snapshots", "10m", "--no-out"], "leave --no-out out"],
      [["--snapshots", "soon"], "Cannot read a duration"],
    ];
    for (const [more, message] of refusals) {
      const said = await lockstep(...line, ...more);
      assertStringIncludes(said.err, message);
      assertEquals([said.code === EXIT.OK, said.out], [false, ""]);
    }
    // None of these left a folder behind.
    assertEquals(Array.from(Deno.readDirSync(folder)).length, 2);
  }));

Deno.test("lockstep run --from: a strategy that keeps more than its save returns is found out", () =>
  inFolder(async (folder) => {
    const path = `${folder}/forgetful.ts`, face = new URL("../../../mod.ts", import.meta.url).href;
    Deno.writeTextFileSync(
      path,
      `import { BUY, strategy } from ${JSON.stringify(face)};
export default strategy({
  name: "forgetful",
  about: "Counts, and says that it knows nothing.",
  create: () => {
    let n = 0;
    return {
      save: () => null,
      onStart: (ctx) => void ctx.every("1s"),
      onTimer: (ctx) => void ctx.submit({ side: ++n % 11 === 0 ? -1 : BUY, size: 1 }),
    };
  },
});
`,
    );
    const line = ["run", path, "--tape", TAPE, "--out", folder];
    await lockstep(...line, "--snapshots", "10m");
    const said = await lockstep(...line, "--from", "+35m", "--snapshot", `${folder}/forgetful-market_l2-1`);
    assertEquals(said.code, EXIT.CONTRADICTED);
    assertStringIncludes(said.err, "does the strategy keep something that its save does not return?");
  }));
