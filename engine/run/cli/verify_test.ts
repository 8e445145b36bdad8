import { assertEquals, assertMatch } from "@std/assert";
import { EXIT } from "./exit_codes.ts";
import { lockstep, project } from "./_lockstep.ts";

/** The folder of a fresh run below `out`. */
async function runIn(out: string, ...more: readonly string[]): Promise<string> {
  const tape = project("fixtures/data/market_l2.arrow"), strategy = project("strategies/touch_maker.ts");
  const { code, err } = await lockstep("run", strategy, "--tape", tape, "--out", out, "--json", ...more);
  assertEquals([code, err], [EXIT.OK, ""]);
  return `${out}/touch_maker-market_l2-1`;
}

Deno.test("lockstep verify: a run comes again, whether it was made in the sandbox or not", async () => {
  for (const more of [[], ["--sandbox"]]) {
    const out = Deno.makeTempDirSync();
    try {
      const run = await runIn(out, "--latency", "lognormal(5ms,0.5)", ...more);
      const { code, out: said } = await lockstep("verify", run);
      assertEquals(code, EXIT.OK);
      assertMatch(said, /^replay +equal: [\d,]+ records came again, digest [0-9a-f]{32}$/m);
      const json = JSON.parse((await lockstep("verify", run, "--json")).out);
      assertEquals(json.digest, JSON.parse(Deno.readTextFileSync(`${run}/result.json`)).digest);
    } finally {
      Deno.removeSync(out, { recursive: true });
    }
  }
});

Deno.test("lockstep verify: what a run calls its strategy does not command a terminal", async () => {
  const out = Deno.makeTempDirSync();
  try {
    const file = `${out}/odd.ts`, name = JSON.stringify("odd\x1b[2J");
    Deno.writeTextFileSync(file, `export default { name: ${name}, about: "Does nothing.", create: () => ({}) };\n`);
    await lockstep("run", file, "--tape", project("fixtures/data/market_l2.arrow"), "--out", out, "--json");
    const [{ name: folder }] = [...Deno.readDirSync(out)].filter(({ isDirectory }) => isDirectory);
    const { code, out: said } = await lockstep("verify", `${out}/${folder}`);
    assertEquals([code, /[^\P{Cc}\n]/u.test(said)], [EXIT.OK, false]);
    assertMatch(said, /odd \[2J, seed 1,/);
  } finally {
    Deno.removeSync(out, { recursive: true });
  }
});

Deno.test("lockstep verify: damage and difference end with 5, what cannot be tried with 3", async () => {
  const out = Deno.makeTempDirSync();
  try {
    const run = await runIn(out);
    const journal = Deno.readFileSync(`${run}/journal`);
    Deno.writeFileSync(`${run}/journal`, journal.subarray(0, journal.length - 1));
    const cut = await lockstep("verify", run);
    assertEquals(cut.code, EXIT.CONTRADICTED);
    assertMatch(cut.out, /^DAMAGED +segment \d+ at byte [\d,]+: the journal ends at byte \d+, \d+ bytes into it/m);
    for (const size of [0, 7, 100, 600]) {
      Deno.writeFileSync(`${run}/journal`, journal.subarray(0, size));
      const first = await lockstep("verify", run);
      assertEquals([first.code, first.out], [EXIT.CONTRADICTED, ""]);
      assertMatch(
        first.err,
        new RegExp(`journal: segment 0 at byte \\d+: .*ends (at byte ${size}, \\d+ bytes into|before)`),
      );
      assertMatch(first.err, /as where a program is killed in its first moments; run it again$/m);
    }
    Deno.writeFileSync(`${run}/journal`, journal);
    const other = await lockstep("verify", run, "--strategy", project("strategies/sma_cross.ts"));
    assertEquals(other.code, EXIT.INPUT);
    assertMatch(other.err, /Cannot run .* again: Cannot set parameter interval/);
    const altered = `${out}/altered.ts`;
    const text = Deno.readTextFileSync(project("strategies/touch_maker.ts")).replace(
      "position > -limit",
      "position > 0",
    );
    Deno.writeTextFileSync(altered, text.replace("../mod.ts", new URL("../../../mod.ts", import.meta.url).href));
    const different = await lockstep("verify", run, "--strategy", altered);
    assertEquals(different.code, EXIT.CONTRADICTED);
    assertMatch(different.out, /^WARNING +.*altered.ts has changed since the run/m);
    assertMatch(
      different.out,
      /^DIFFERENT +record 2 of [\d,]+, at 2025-01-01T00:00:00.100Z .* order 2, row \d+ of market_l2/m,
    );
    assertMatch(different.out, /^ {2}journal +order 2 of ZEROUSD is PendingNew: sells 1 at /m);
    const near = await lockstep("verify", `${out}/touch_makr-market_l2-1`);
    assertEquals(near.code, EXIT.INPUT);
    assertMatch(near.err, /Cannot verify .*: there is no such folder; did you mean .*\/touch_maker-market_l2-1\?$/m);
    const none = await lockstep("verify", `${out}/elsewhere`);
    assertEquals(none.code, EXIT.INPUT);
    assertMatch(none.err, /Cannot verify .*: there is no such folder; name the folder of a run/);
    for (
      const [what, why] of [[project("README.md"), /it is a file/], [project("engine"), /there is no journal in it/]]
    ) {
      const { code, err } = await lockstep("verify", what as string);
      assertEquals(code, EXIT.INPUT);
      assertMatch(err, why as RegExp);
    }
  } finally {
    Deno.removeSync(out, { recursive: true });
  }
});

Deno.test("lockstep verify: each file beside the journal that was altered or lost is named", async () => {
  const out = Deno.makeTempDirSync();
  try {
    const run = await runIn(out);
    const edit = (name: string, from: string | RegExp, to: string) => () => {
      const text = Deno.readTextFileSync(`${run}/${name}`);
      assertMatch(text, new RegExp(from));
      Deno.writeTextFileSync(`${run}/${name}`, text.replace(from, to));
    };
    const flip = (name: string) => () => {
      const bytes = Deno.readFileSync(`${run}/${name}`);
      bytes[bytes.length >> 1] ^= 1;
      Deno.writeFileSync(`${run}/${name}`, bytes);
    };
    const cases: readonly [name: string, change: () => void, said: RegExp][] = [
      [
        "result.json",
        edit("result.json", /"digest": "./, '"digest": "z'),
        /result.json: digest is z.* the journal's is/,
      ],
      [
        "result.json",
        edit("result.json", /"pnl": [^,]+/, '"pnl": 1000'),
        /result.json: pnl is 1000, and the run .* has -?\d/,
      ],
      ["result.json", edit("result.json", /"ZEROUSD":{/, '"ZEROUSD":{"hidden":1,'), /instruments.ZEROUSD.hidden is 1/],
      [
        "result.json",
        edit("result.json", /"sharpe":[^,]+/, '"sharpe":9'),
        /result.json: it was altered: its sha256 is/,
      ],
      ["orders.arrow", flip("orders.arrow"), /ALTERED +orders.arrow: it was altered/],
      ["fills.arrow", () => Deno.removeSync(`${run}/fills.arrow`), /ALTERED +fills.arrow: it is missing/],
      ["tearsheet.txt", edit("tearsheet.txt", "Profit", "Profits"), /ALTERED +tearsheet.txt: it was altered/],
      ["manifest.json", () => Deno.removeSync(`${run}/manifest.json`), /ALTERED +manifest.json: it is missing/],
    ];
    for (const [name, change, said] of cases) {
      const before = Deno.readFileSync(`${run}/${name}`);
      change();
      const { code, out } = await lockstep("verify", run);
      assertEquals(code, EXIT.CONTRADICTED, name);
      assertMatch(out, said);
      Deno.writeFileSync(`${run}/${name}`, before);
    }
    const { code, out: said } = await lockstep("verify", run);
    assertEquals(code, EXIT.OK);
    assertMatch(
      said,
      /^files +result.json, orders.arrow, fills.arrow, tearsheet.txt,\s+positions.arrow, trades.arrow are what the run wrote$/m,
    );
  } finally {
    Deno.removeSync(out, { recursive: true });
  }
});
