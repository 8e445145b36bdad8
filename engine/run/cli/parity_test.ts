import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import touchMaker from "../../../strategies/touch_maker.ts";
import { AS_ASSUMED, play } from "../parity/_parity_world.ts";
import { inFolder, lockstep, project, TAPE } from "./_lockstep.ts";
import { EXIT } from "./exit_codes.ts";

const RUN = { strategy: touchMaker, file: "strategies/touch_maker.ts", ns: 300e9 };

Deno.test("lockstep parity: a sound session ends with 0, and its certificate stands beside the journal", () =>
  inFolder(async (folder) => {
    play(folder, RUN, { ...AS_ASSUMED, order: 50e6 });
    const { code, out, err } = await lockstep("parity", folder);
    assertEquals([code, err], [EXIT.OK, ""]);
    assertMatch(out, /^decisions +(\d+) of \1 came again/m);
    assertMatch(out, /^verdict +sound: all decisions match, and nothing is unexplained$/m);
    assertMatch(out, /^order latency +\d+ +\d+ +\d+ +[-+][\d.]+$/m);
    assertMatch(out, /^unexplained$/m);
    const json = JSON.parse(Deno.readTextFileSync(`${folder}/parity.json`));
    assertEquals([json.ok, json.kind, json.causes.length], [true, "live", 15]);
    const page = Deno.readTextFileSync(`${folder}/parity.html`);
    assertStringIncludes(page, "nothing is unexplained");
    // Nothing of it runs, or comes from elsewhere.
    assertEquals(/<script|https?:|src=/.test(page), false);
    const again = await lockstep("parity", folder, "--json");
    assertEquals(JSON.parse(again.out), json);
    assertEquals((await lockstep("verify", folder)).code, EXIT.OK);
  }));

Deno.test("lockstep parity: an execution that nobody explains ends with 5", () =>
  inFolder(async (folder) => {
    let done = false;
    const each = ({ run: { session } }: Parameters<NonNullable<Parameters<typeof play>[1]["each"]>>[0], ns: number) => {
      if (done || ns < 100e9) return;
      done = true;
      session.report({ order: 0, event: "Fill", price: 1990, lots: 3, side: 1, instrument: "ZEROUSD@fixture" });
    };
    play(folder, { ...RUN, each }, AS_ASSUMED);
    const { code, out } = await lockstep("parity", folder);
    assertEquals(code, EXIT.CONTRADICTED);
    assertMatch(out, /^verdict +not sound: .* USD unexplained, in \d+ orders? and \d+ fills?/m);
    assertMatch(out, /^unexplained .*\d+ +[-+][\d.]+$/m);
  }));

Deno.test("lockstep parity: a backtest is refused, with what to do", () =>
  inFolder(async (folder) => {
    await lockstep("run", project("strategies/touch_maker.ts"), "--tape", TAPE, "--out", folder);
    const { code, err } = await lockstep("parity", `${folder}/touch_maker-market_l2-1`);
    assertEquals(code, EXIT.INPUT);
    assertStringIncludes(err, "it was a backtest, and nothing happened beside it; use verify");
  }));
