import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { tableFromIPC } from "apache-arrow";
import { inFolder, lockstep, project, TAPE, writeStrategy } from "./_lockstep.ts";
import { EXIT } from "./exit_codes.ts";

const MAKER = project("strategies/touch_maker.ts");

Deno.test("lockstep run --json: the result alone, with its figures as numbers", () =>
  inFolder(async (folder) => {
    const { code, out, err } = await lockstep("run", MAKER, "--tape", TAPE, "--json", "--out", folder, "--seed", "7");
    assertEquals([code, err], [EXIT.OK, ""]);
    const result = JSON.parse(out);
    for (const key of ["events", "orders", "trades", "roundTrips", "position", "balance", "fees", "pnl", "seconds"]) {
      assertEquals([key, typeof result[key]], [key, "number"]);
    }
    assertEquals([result.events, result.run.seed], [60_000, 7]);
    // The curve's points are for a plot: they stand in the folder alone, with all that was printed.
    const { equity, ...kept } = JSON.parse(Deno.readTextFileSync(`${folder}/touch_maker-market_l2-1/result.json`));
    assertEquals(kept, result);
    assert(equity.time.length > 100 && out.length < 30_000);
    assertMatch(result.digest, /^[0-9a-f]{32}$/);
    assert(result.notes.some((note: string) => note.startsWith("Limits not given are unlimited")));
    const again = JSON.parse((await lockstep("run", MAKER, "--tape", TAPE, "--json", "--no-out")).out);
    assertEquals(again.digest, result.digest);
  }));

Deno.test("lockstep run: each run has a folder of its own, which says what the run did", () =>
  inFolder(async (folder) => {
    const line = ["run", MAKER, "--tape", TAPE, "--out", folder, "--latency", "10ms", "--set", "size=2"];
    const first = await lockstep(...line);
    assertStringIncludes(
      first.out,
      `touch_maker-market_l2-1: result, tearsheet, orders, fills, positions, trades, journal`,
    );
    await lockstep(...line);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "touch_maker-market_l2-1",
      "touch_maker-market_l2-2",
    ]);
    const run = `${folder}/touch_maker-market_l2-1`;
    const result = JSON.parse(Deno.readTextFileSync(`${run}/result.json`));
    assertEquals(result.run.parameters.size, 2);
    assertEquals(tableFromIPC(Deno.readFileSync(`${run}/fills.arrow`)).numRows, result.trades);
    assertEquals(tableFromIPC(Deno.readFileSync(`${run}/orders.arrow`)).numRows, result.orders);
    assertStringIncludes(first.out, Deno.readTextFileSync(`${run}/tearsheet.txt`));
    assert(Deno.statSync(`${run}/journal`).size > 1000);
  }));

Deno.test("lockstep run: two instruments are told apart, and --steps names them", () =>
  inFolder(async (folder) => {
    const tapes = ["a", "b"].flatMap((name) => ["--tape", project(`fixtures/data/pair_${name}.arrow`)]);
    const strategy = project("strategies/pairs.ts");
    const steps = `${folder}/steps.csv`;
    const line = ["run", strategy, ...tapes, "--cash", "USD=10000", "--json", "--no-out", "--steps", steps];
    const { code, out } = await lockstep(...line);
    const { position, instruments } = JSON.parse(out);
    assertEquals([code, position, Object.keys(instruments)], [EXIT.OK, null, ["TWIN_A", "TWIN_B"]]);
    assertMatch(Deno.readTextFileSync(steps), /^local_ns,position_lots,trades,balance,fee,instrument\n\d{19},/);
  }));

Deno.test("lockstep run --risk, --limit: for all, by symbol, and over both by flag", () =>
  inFolder(async (folder) => {
    const file = `${folder}/risk.jsonc`;
    Deno.writeTextFileSync(file, `{ "position": 500, // lots\n  "instruments": { "ZEROUSD": { "openOrders": 2, } } }`);
    const line = ["run", MAKER, "--tape", TAPE, "--no-out", "--json", "--risk", file];
    const { limits } = JSON.parse((await lockstep(...line, "--limit", "orderSize=9")).out).run;
    assertEquals([limits.position, limits.openOrders, limits.orderSize, limits.notional], [500, 2, 9, "unlimited"]);
    const unlimited = JSON.parse((await lockstep(...line, "--limit", "position=unlimited")).out).run.limits;
    assertEquals(unlimited.position, "unlimited");
    const refused = JSON.parse((await lockstep(...line, "--limit", "position=1")).out).refusals;
    assert(refused.POSITION > 0);
  }));

Deno.test("lockstep run --latency: given twice, both count, and the later word on a leg holds", async () => {
  const latency = async (...times: string[]) => {
    const flags = times.flatMap((time) => ["--latency", time]);
    return JSON.parse((await lockstep("run", MAKER, "--tape", TAPE, "--no-out", "--json", ...flags)).out).run.models
      .latency;
  };
  assertEquals(await latency("10ms", "feed=1ms"), "10ms, feed 1ms");
  assertEquals(await latency("10ms,feed=1ms", "20ms", "order=5ms"), "order 5ms, cancel 20ms, answer 20ms, feed 1ms");
});

Deno.test("lockstep run --impact: alone it inserts", async () => {
  const mode = async (...flags: string[]) =>
    JSON.parse((await lockstep("run", MAKER, "--tape", TAPE, "--no-out", "--json", ...flags)).out).run.models.impact;
  assertEquals([await mode(), await mode("--impact"), await mode("--impact", "frozen")], [
    "frozen",
    "insert",
    "frozen",
  ]);
});

Deno.test("lockstep run: what is wrong on the line is said in one line, with the near name", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/risk.json`, `{ "positon": 5 }`);
    Deno.writeTextFileSync(`${folder}/symbol.json`, `{ "instruments": { "ZEROUSDT": {} } }`);
    Deno.writeTextFileSync(`${folder}/broken.json`, `{\n "position": 5\n "notional": 3 }`);
    const cases: readonly [code: number, flags: string, said: RegExp][] = [
      [2, "--set limt=3", /parameter limt: .* did you mean limit\?/],
      [2, "--set limit=0", /parameter limit: 0 is not 1 or more/],
      [2, "--set limit", /Write NAME=VALUE/],
      [2, "--limit positon=3", /limit positon: .* did you mean position\?/],
      [2, "--limit position=many", /limit position: many is neither/],
      [2, "--limit position=", /limit position: nothing is neither/],
      [2, "--queue rsk", /queue model rsk: .* did you mean risk\?/],
      [2, "--latency 10xs", /Cannot set latency 10xs: "10xs" is not like 10ms/],
      [2, "--latency order=10", /Cannot set latency 10: "10" is not like 10ms/],
      [2, "--latency lognormal(5,0.4)", /Cannot set latency lognormal\(5,0.4\): "5" is not like 10ms/],
      [2, "--latency order=1ms,order=2ms", /order is given twice; leave one of them out/],
      [2, "--latency ordr=1ms", /latency ordr: .* did you mean order\?/],
      [2, "--fees makr=1", /did you mean maker\?/],
      [2, "--fills whol", /did you mean whole\?/],
      [2, "--self-trade cancel_newst", /did you mean cancel_newest\?/],
      [2, "--cash UDS=5", /did you mean USD\?/],
      [2, "--cash USD=-5", /cash of USD: -5 is not a decimal of 0 or more/],
      [2, "--cash USD=much", /cash of USD: much is not a decimal/],
      [2, "--seed -1", /whole number of 0 or more/],
      [3, `--risk ${folder}/risk.json`, /risk.json: there is no limit positon; did you mean position\?/],
      [3, `--risk ${folder}/symbol.json`, /ZEROUSDT, which no tape has; did you mean ZEROUSD\?/],
      [3, `--risk ${folder}/broken.json`, /broken.json, line 3: /],
      [3, `--risk ${folder}/nope.json`, /there is no such file; look at what is in \/[^?]+$/],
      [3, `--risk ${folder}/rsk.json`, /there is no such file; did you mean .*risk.json\?/],
    ];
    for (const [code, flags, said] of cases) {
      const found = await lockstep("run", MAKER, "--tape", TAPE, "--out", `${folder}/out`, ...flags.split(" "));
      assertMatch(found.err, said);
      assertEquals([found.code, found.out, found.err.trimEnd().split("\n").length], [code, "", 1], flags);
    }
    // A run that never began leaves nothing.
    assertEquals([...safeList(`${folder}/out`)], []);
  }));

function safeList(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name);
  } catch {
    return [];
  }
}

Deno.test("lockstep run: a parameter that names no instrument of the session is refused before anything runs", async () => {
  const [a, b] = ["a", "b"].flatMap((name) => [["--tape", project(`fixtures/data/pair_${name}.arrow`)]]);
  const cases: readonly [line: readonly string[], said: RegExp][] = [
    [[...a, ...b, "--set", "a=TWIN_C"], /parameter a: no tape .* instrument TWIN_C; did you mean TWIN_A\?$/],
    [[...a, ...b, "--set", "b=WRONG"], /parameter b: no tape .* instrument WRONG; there are TWIN_A, TWIN_B$/],
    [a, /parameter b: it stands for instrument 2, and the session has one alone, TWIN_A; give another tape/],
  ];
  for (const [line, said] of cases) {
    for (const more of [[], ["--sandbox"]]) {
      const { code, out, err } = await lockstep("run", project("strategies/pairs.ts"), ...line, "--no-out", ...more);
      assertMatch(err.trimEnd(), said);
      assertEquals([code, out], [EXIT.USAGE, ""]);
    }
  }
});

Deno.test("lockstep run: strategies and tapes that are missing or something else", () =>
  inFolder(async (folder) => {
    const write = (name: string, text: string) => {
      Deno.writeTextFileSync(`${folder}/${name}`, text);
      return `${folder}/${name}`;
    };
    const half = `${folder}/half.arrow`;
    Deno.writeFileSync(half, Deno.readFileSync(TAPE).subarray(0, 1_000_000));
    const maker = ["run", MAKER, "--tape"];
    const on = ["--tape", TAPE];
    const cases: readonly [code: number, line: readonly string[], said: RegExp][] = [
      [2, ["run"], /a strategy is missing; name its file/],
      [2, ["run", MAKER], /a tape is missing; give it as --tape FILE/],
      [3, ["run", MAKER.replace("touch_maker", "touch_makr"), ...on], /did you mean .*touch_maker\.ts\?/],
      [3, ["run", project("strategies"), ...on], /it is a folder; there are .*touch_maker\.ts/],
      [4, ["run", project("deno.json"), ...on], /it is no TypeScript or JavaScript/],
      [4, ["run", write("none.ts", "export const one = 1;"), ...on], /no default export \(it exports one\)/],
      [4, ["run", write("lambda.ts", "export default () => 1;"), ...on], /its default export is a function/],
      [4, ["run", write("broken.ts", "export default {\n  name: 'x'"), ...on], /broken\.ts:2:\d+/],
      [4, ["run", write("top.ts", "\nthrow new Error('no luck');"), ...on], /no luck \(.*top\.ts:2:7\)/],
      [
        4,
        [
          "run",
          write("made.ts", "export default { name: 'x', params: {}, create() { throw new Error('not made'); } };"),
          ...on,
        ],
        /Cannot make a strategy .*not made \(.*made\.ts:1:/,
      ],
      [3, [...maker, TAPE.replace("_l2", "_12")], /there is no such file; did you mean .*market_l2\.arrow\?/],
      [3, [...maker, folder], /it is a directory; give a file/],
      [3, [...maker, half], /half-written or truncated Arrow file/],
      [3, [...maker, write("empty.arrow", "")], /it is empty/],
      [3, [...maker, project("deno.json")], /it is text; turn it into a tape with `lockstep convert`/],
      [3, [...maker, TAPE, ...on], /has a tape already/],
    ];
    for (const [code, line, said] of cases) {
      const found = await lockstep(...line, "--no-out");
      assertMatch(found.err, said);
      assertEquals([found.code, found.out, found.err.trimEnd().split("\n").length], [code, "", 1], line.join(" "));
    }
  }));

Deno.test("lockstep run: a strategy that throws, or submits in a loop, keeps what was computed, marked incomplete", () =>
  inFolder(async (folder) => {
    const cases: readonly [name: string, body: string, said: RegExp][] = [
      [
        "throws",
        "ctx.submit({ side: BUY, size: 1 });\nif (n === 100) throw new Error('no luck');",
        /no luck \(.*throws\.ts:13:/,
      ],
      [
        "loops",
        "while (true) ctx.submit({ side: BUY, price: 1, size: 1 });",
        /100000 orders at one moment.* \(.*loops\.ts:12:/,
      ],
      ["misfit", "ctx.submit({ side: BUY, size: 1, type: 'limt' });", /type is limt; did you mean limit\?/],
    ];
    for (const [name, body, said] of cases) {
      const strategy = writeStrategy(folder, name, body);
      const { code, out, err } = await lockstep("run", strategy, "--tape", TAPE, "--out", folder);
      assertEquals(code, EXIT.STRATEGY);
      assertMatch(err, said);
      assertMatch(
        err,
        /^error: Cannot go on: the strategy threw in onTimer at 2025-01-01T\S+Z \(\d{19} ns\): .*kept, marked incomplete\n$/,
      );
      assertMatch(out, /^INCOMPLETE: /m);
      const run = `${folder}/${name}-market_l2-1`;
      const result = JSON.parse(Deno.readTextFileSync(`${run}/result.json`));
      assertMatch(result.incomplete, /^Cannot go on/);
      assertMatch(Deno.readTextFileSync(`${run}/tearsheet.txt`), /^INCOMPLETE: /m);
      assertEquals(tableFromIPC(Deno.readFileSync(`${run}/orders.arrow`)).numRows, result.orders);
      assert(result.orders >= (name === "misfit" ? 0 : 100));
    }
  }));

Deno.test("lockstep run --sandbox: a strategy that never comes back is ended; its folder says so", () =>
  inFolder(async (folder) => {
    const strategy = writeStrategy(folder, "endless", "if (n === 5) while (true);");
    const line = ["run", strategy, "--tape", TAPE, "--out", folder, "--sandbox", "--timeout", "1"];
    const { code, err } = await lockstep(...line);
    assertEquals(code, EXIT.STRATEGY);
    assertMatch(err, /^error: Cannot go on: .*endless\.ts did not come back for 1000 ms/);
    const { incomplete } = JSON.parse(Deno.readTextFileSync(`${folder}/endless-market_l2-1/result.json`));
    assertMatch(incomplete, /did not come back/);
  }));
