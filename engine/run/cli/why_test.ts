import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inFolder, lockstep, project, TAPE } from "./_lockstep.ts";
import { EXIT } from "./exit_codes.ts";

const MAKER = project("strategies/touch_maker.ts");

Deno.test("lockstep why: of the newest run, or of one that is named; as text and as JSON", () =>
  inFolder(async (folder) => {
    const line = ["run", MAKER, "--tape", TAPE, "--out", folder, "--limit", "position=20", "--latency", "5ms"];
    for (let i = 0; i < 2; i++) assertEquals((await lockstep(...line)).code, EXIT.OK);
    const { code, out, err } = await lockstep("why", "8", "--out", folder);
    assertEquals([code, err], [EXIT.OK, ""]);
    assertMatch(out, /^Order 8 of .*touch_maker-market_l2-2$/m);
    assertMatch(out, /^ {2}position +instruments\.\w+ +20 +\d+ lots ok$/m);
    assertMatch(out, /records made again up to here, all as the\s+journal has\s+them/);
    const run = `${folder}/touch_maker-market_l2-1`;
    const story = JSON.parse((await lockstep("why", "8", "--run", run, "--json")).out);
    assertEquals([story.order, story.run, story.replay.equal], [8, run, true]);
    assertMatch(story.sent, /^\d{19}$/);
  }));

Deno.test("lockstep why: what cannot be told says what can", () =>
  inFolder(async (folder) => {
    const none = await lockstep("why", "1", "--out", `${folder}/nothing`);
    assertEquals(none.code, EXIT.INPUT);
    assertStringIncludes(none.err, "run one, or name it with --run");
    await lockstep("run", MAKER, "--tape", TAPE, "--out", folder);
    const unknown = await lockstep("why", "987654", "--out", folder);
    assertEquals(unknown.code, EXIT.INPUT);
    assertMatch(unknown.err, /its orders are 1 to (\d+); the nearest is \1\n$/);
    for (const bad of ["seven", "0", "-3", "1.5"]) {
      const { code, err } = await lockstep("why", bad, "--out", folder);
      assertEquals(code, EXIT.USAGE, err);
    }
    const broken = `${folder}/broken.ts`;
    Deno.writeTextFileSync(
      broken,
      `import maker from ${JSON.stringify(new URL(`file://${MAKER}`).href)};
export default { ...maker, create: (params) => ({ ...maker.create(params), onTimer() { throw new Error("out of ink"); } }) };
`,
    );
    const threw = await lockstep("why", "1", "--out", folder, "--strategy", broken);
    assertEquals([threw.code, threw.out], [EXIT.STRATEGY, ""]);
    assertMatch(
      threw.err,
      /the run made again broke off, as its journal does not: .*: out of ink; look at it with verify\n$/,
    );
    const misspelt = await lockstep("why", "1", "--run", `${folder}/touch_maker-market_l2`);
    assert(misspelt.err.includes("did you mean"), misspelt.err);
  }));
