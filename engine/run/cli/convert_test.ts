import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { gzipSync } from "node:zlib";
import { CAPTURE, inFolder, lockstep, project, update } from "./_lockstep.ts";
import { EXIT } from "./exit_codes.ts";

const HEAD = "time,price,size,side";
const GOOD = "2024-01-02T00:00:00Z,100.5,2,buy";

Deno.test("lockstep convert, inspect: a capture becomes a tape, and is told as it is", () =>
  inFolder(async (folder) => {
    const source = `${folder}/capture.gz`, tape = `${folder}/x.arrow`;
    Deno.writeFileSync(source, gzipSync(`${CAPTURE.join("\n")}\n`));
    const line = ["convert", source, "--format", "binance", "--lot", "0.5", "--currency", "USDT", "--out", tape];
    const made = await lockstep(...line);
    assertEquals([made.code, made.err], [EXIT.OK, ""]);
    assertMatch(made.out, /x\.arrow: BTCUSDT on binance-usdm, tick 0\.1, lot 0\.5; 5 rows \(.*\), no gaps/);
    const told = await lockstep("inspect", tape, "--rows", "1", "--check-hash");
    assertMatch(told.out, /^instrument +BTCUSDT on binance-usdm, tick 0\.1, lot 0\.5, .*currency USDT/m);
    assertMatch(told.out, /^sha256 +[0-9a-f]{64} \(checked\)$/m);
    const { first, hash } = JSON.parse((await lockstep("inspect", tape, "--rows", "2", "--check-hash", "--json")).out);
    assertEquals([first.length, hash.equal], [2, true]);
    const bytes = Deno.readFileSync(tape);
    // The price 100.0 as it stands in the column: 1000 ticks.
    const at = bytes.findIndex((byte, i) =>
      byte === 0xe8 && bytes[i + 1] === 3 && bytes.subarray(i + 2, i + 8).every((zero) => zero === 0)
    );
    bytes[at] ^= 1;
    Deno.writeFileSync(tape, bytes);
    const changed = await lockstep("inspect", tape, "--check-hash");
    assertEquals(changed.code, EXIT.CONTRADICTED);
    assertMatch(changed.err, /^error: x\.arrow was changed or damaged/);
  }));

interface BadInput {
  readonly bytes: string | Uint8Array;
  readonly format: string;
  readonly flags?: readonly string[];
  readonly said: RegExp;
  /** Whether rows before it are kept. */
  readonly kept?: true;
}

const trades = (line: string): string => `${HEAD}\n${GOOD}\n${line}\n`;
/** The capture with another line in its middle. */
const altered = (line: string): string => CAPTURE.map((each, i) => i === 3 ? line : each).join("\n");
const GAP = altered(update(3, { first: 105, last: 106, before: 104 }, `"b":[],"a":[]`));

/** Half of a gzip file. */
function cut(): Uint8Array {
  const rows = Array.from(
    { length: 3000 },
    (_, i) => `2024-01-02T00:00:00.${String(i).padStart(4, "0")}Z,100.${i % 7},1,buy`,
  );
  const whole = gzipSync([HEAD, ...rows].join("\n"));
  return whole.subarray(0, whole.length / 2);
}

const BAD: Readonly<Record<string, BadInput>> = {
  "cut.gz": {
    bytes: cut(),
    format: "trades",
    said: /cut\.gz, byte \d+: the gzip data stop in the middle; .*get it again/,
    kept: true,
  },
  "broken.txt": {
    bytes: altered(CAPTURE[3].slice(0, 60)),
    format: "binance",
    said: /broken\.txt, line 4: broken JSON in "17231.*; repair or drop the line/,
    kept: true,
  },
  "negative.csv": {
    bytes: trades("2024-01-02T00:00:01Z,100.5,-3,buy"),
    format: "trades",
    said: /negative\.csv, line 3: size is -3, not above 0; mend/,
    kept: true,
  },
  "nan.csv": {
    bytes: trades("2024-01-02T00:00:01Z,NaN,3,buy"),
    format: "trades",
    said: /nan\.csv, line 3: price is NaN, not a number/,
    kept: true,
  },
  "grid.csv": {
    bytes: trades("2024-01-02T00:00:01Z,100.55,3,buy"),
    format: "trades",
    flags: ["--tick", "0.5"],
    said: /grid\.csv, line 3: price is 100\.55, .*off the grid of tick 0\.5; give a finer --tick/,
    kept: true,
  },
  "back.csv": {
    bytes: trades("2023-01-02T00:00:01Z,100.5,3,buy"),
    format: "trades",
    said: /back\.csv, line 3: its exchange time is 365 days before the latest one .*; sort the source by time/,
    kept: true,
  },
  "gap.txt": {
    bytes: GAP,
    format: "binance",
    flags: ["--gaps", "stop"],
    said: /gap\.txt, line 4: messages are missing: .*101.*104; use --gaps stale/,
    kept: true,
  },
  "empty.csv": { bytes: "", format: "trades", said: /empty\.csv: it is empty; was its download/ },
  "other.csv": { bytes: "hello\nworld\n", format: "bars", said: /other\.csv, line 1: .*check --format/ },
  "other.txt": { bytes: trades(GOOD), format: "kraken", said: /other\.txt, line 1: .*check --format/ },
};

for (const [name, { bytes, format, flags = [], said, kept = false }] of Object.entries(BAD)) {
  Deno.test(`lockstep convert: ${name} ends in one line with place, value and remedy${kept ? "; what was good is kept" : ""}`, () =>
    inFolder(async (folder) => {
      const source = `${folder}/${name}`, out = `${folder}/x.arrow`, partial = `${folder}/x.partial.arrow`;
      if (typeof bytes === "string") Deno.writeTextFileSync(source, bytes);
      else Deno.writeFileSync(source, bytes);
      const line = ["convert", source, "--format", format, "--symbol", "BTCUSDT", ...flags, "--out", out];
      const { code, err } = await lockstep(...line);
      assertMatch(err, said);
      assertEquals([code, err.trimEnd().split("\n").length], [EXIT.INPUT, 1]);
      assertEquals([exists(partial), exists(out)], [kept, false]);
      if (kept) assertMatch((await lockstep("inspect", partial)).out, /^INCOMPLETE +Cannot read /m);
    }));
}

Deno.test("lockstep convert: a folder, a misspelt source, a folder for the tape that is not there", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/trades.csv`, `${HEAD}\n${GOOD}\n`);
    const cases: readonly [code: number, source: string, out: string, said: RegExp][] = [
      [EXIT.INPUT, folder, `${folder}/x.arrow`, /it is a folder; name a file in it/],
      [EXIT.INPUT, `${folder}/trades.cvs`, `${folder}/x.arrow`, /did you mean .*trades\.csv\?/],
      [EXIT.OUTPUT, `${folder}/trades.csv`, `${folder}/no/x.arrow`, /there is no folder .*; make it first/],
    ];
    for (const [code, source, out, said] of cases) {
      const found = await lockstep("convert", source, "--format", "trades", "--out", out);
      assertMatch(found.err, said);
      assertEquals(found.code, code);
    }
  }));

Deno.test("lockstep convert, inspect, run: a source whose time goes back is put in order, and said, with the first place", () =>
  inFolder(async (folder) => {
    const source = `${folder}/back.csv`, tape = `${folder}/x.arrow`;
    const at = (second: number) => `2024-01-02T00:00:${String(second).padStart(2, "0")}Z,100.5,2,buy`;
    Deno.writeTextFileSync(source, [HEAD, at(5), at(3), at(20), at(19), at(30)].join("\n"));
    const made = await lockstep("convert", source, "--format", "trades", "--symbol", "X", "--out", tape);
    const said = "the source's time goes back 2 times, by 2 s at most, first at back.csv, line 3, by 2 s; " +
      "the rows were put in order of time: sort the source, or see whether its clock was set";
    assertStringIncludes(made.out, `\nWarning: ${said}\n`);
    const { code, out } = await lockstep("inspect", tape);
    assertStringIncludes(out, `\nWARNING     ${said}\n`);
    const { meta } = JSON.parse((await lockstep("inspect", tape, "--json")).out);
    const step = { count: 2, mostNs: 2e9, first: { file: "back.csv", place: 3, unit: "line", ns: 2e9 } };
    assertEquals([code, meta.disorder], [EXIT.OK, { exchange: step, local: step }]);
    const run = await lockstep("run", project("strategies/touch_maker.ts"), "--tape", tape, "--no-out", "--json");
    assert(JSON.parse(run.out).notes.includes(`x.arrow: ${said}`));
  }));

Deno.test("lockstep convert, inspect: streams side by side whose exchange times cross are told, and not warned of", () =>
  inFolder(async (folder) => {
    const source = `${folder}/crossed.txt`, tape = `${folder}/x.arrow`;
    const crossed = CAPTURE.map((line, i) => i === 3 ? line.replace(/"T":\d+/, '"T":1723161255000') : line);
    Deno.writeTextFileSync(source, crossed.join("\n"));
    const made = await lockstep("convert", source, "--format", "binance", "--out", tape);
    assertMatch(made.out, /^Put in order: exchange time goes back once, at crossed.txt, line 4, by 1 ms$/m);
    assertEquals(made.out.includes("Warning"), false);
    assertMatch(
      (await lockstep("inspect", tape)).out,
      /^sorted {6}exchange time goes back once, at crossed.txt, line 4/m,
    );
  }));

Deno.test("lockstep convert, inspect, run: an inverse contract without a multiplier is warned of", () =>
  inFolder(async (folder) => {
    const source = `${folder}/coinm.txt`, tape = `${folder}/x.arrow`;
    Deno.writeTextFileSync(source, CAPTURE.join("\n"));
    const line = ["convert", source, "--format", "binance", "--out", tape, "--kind", "inverse"];
    const said = "BTCUSDT is inverse, and its multiplier is not given: a contract counts as 1 of its quote; " +
      "convert it with --multiplier (100 for 100 USD)";
    assertStringIncludes((await lockstep(...line)).out, `\nWarning: ${said}\n`);
    assertStringIncludes((await lockstep("inspect", tape)).out, `\nWARNING     ${said}\n`);
    const notes = async () => {
      const run = ["run", project("strategies/touch_maker.ts"), "--tape", tape, "--no-out", "--json"];
      return JSON.parse((await lockstep(...run)).out).notes as string[];
    };
    assert((await notes()).includes(`x.arrow: ${said}`));
    const given = await lockstep(...line, "--multiplier", "100");
    assertEquals([given.code, given.out.includes("Warning")], [EXIT.OK, false]);
    assertEquals((await notes()).some((note) => note.includes("multiplier")), false);
  }));

Deno.test("lockstep convert, inspect, run: the first row that names an unknown order is told with its row, id and remedy", () =>
  inFolder(async (folder) => {
    const source = `${folder}/AMZN_2012-06-21_34200000_57600000_message_1.csv`, tape = `${folder}/l3.arrow`;
    const rows = [
      "34200.0,1,1,10,1000000,1",
      "34200.1,1,2,10,1010000,-1",
      "34201,3,99,5,1000000,1",
      "34202,2,77,5,1000000,1",
    ];
    Deno.writeTextFileSync(source, rows.join("\n") + "\n");
    const said = "2 rows name orders that the book does not have (UNKNOWN_ORDER), and nothing was done to it; " +
      "the first is tape row 3, a cancel of order 99: the source begins in the middle of a session, or lost messages; " +
      "begin it at a snapshot, or where the session starts";
    const made = await lockstep("convert", source, "--format", "lobster", "--out", tape);
    assertEquals(made.code, EXIT.OK);
    assertStringIncludes(made.out, `\nWarning: ${said}\n`);
    assertStringIncludes((await lockstep("inspect", tape)).out, `\nWARNING     ${said}\n`);
    const { meta } = JSON.parse((await lockstep("inspect", tape, "--json")).out);
    assertEquals(meta.unknownOrders, { count: 2, first: { row: 3, kind: "cancel", order: "99" } });
    const line = ["run", project("strategies/touch_maker.ts"), "--tape", tape, "--no-out"];
    const { code, out } = await lockstep(...line);
    assertEquals(code, EXIT.OK);
    // The tearsheet's notes are broken where the terminal ends.
    assertStringIncludes(out.replace(/\n +/g, " "), `· AMZN: ${said}\n`);
    const { notes } = JSON.parse((await lockstep(...line, "--json")).out);
    assertEquals(notes.filter((note: string) => note.includes("UNKNOWN_ORDER")), [`AMZN: ${said}`]);
  }));

Deno.test("lockstep run: negative latency that was kept is refused; --gaps stop names the place", () =>
  inFolder(async (folder) => {
    const maker = project("strategies/touch_maker.ts");
    const early = CAPTURE.map((line) => line.replace(/"([ET])":1723161255/g, `"$1":1723161256`));
    Deno.writeTextFileSync(`${folder}/early.txt`, early.join("\n"));
    const line = [
      "convert",
      `${folder}/early.txt`,
      "--format",
      "binance",
      "--skew",
      "keep",
      "--out",
      `${folder}/early.arrow`,
    ];
    const made = await lockstep(...line);
    assertEquals(made.code, EXIT.OK);
    assertMatch(
      made.out,
      /^Warning: the smallest latency is -.* s: a backtest will refuse this tape; use --skew shift$/m,
    );
    const refused = await lockstep("run", maker, "--tape", `${folder}/early.arrow`, "--no-out");
    assertEquals(refused.code, EXIT.INPUT);
    assertMatch(refused.err, /NEGATIVE_LATENCY.*convert it with --skew shift/);
    Deno.writeTextFileSync(`${folder}/gap.txt`, GAP);
    await lockstep("convert", `${folder}/gap.txt`, "--format", "binance", "--out", `${folder}/gap.arrow`);
    const stopped = await lockstep("run", maker, "--tape", `${folder}/gap.arrow`, "--no-out", "--gaps", "stop");
    assertEquals(stopped.code, EXIT.INPUT);
    assertMatch(stopped.err, /messages of BTCUSDT were lost before 2024-08-08T.*, tape row \d+/);
    assertEquals((await lockstep("run", maker, "--tape", `${folder}/gap.arrow`, "--no-out")).code, EXIT.OK);
  }));

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
