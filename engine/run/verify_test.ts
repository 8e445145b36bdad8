import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fileURLToPath } from "node:url";
import { strategy as define } from "../core/strategy.ts";
import { JournalReader } from "../core/journal_reader.ts";
import { BytesSource } from "../feed/byte_source.ts";
import { MemoryFile } from "../feed/memory_file.ts";
import { TapeReader } from "../feed/tape_reader.ts";
import type { StrategyDefinition } from "../core/strategy.ts";
import { MARKET_INSTRUMENT } from "../../fixtures/fixture.ts";
import { FIXTURES } from "../../fixtures/fixture.ts";
import { backtest, type BacktestOptions, RunError } from "./backtest.ts";
import { JournalComparison } from "./journal_comparison.ts";
import { journalFile } from "./journal_file.ts";
import { prepare } from "./prepare.ts";
import { optionsOf } from "./run_journal.ts";
import { sha256 } from "./sha256.ts";
import { verify, type VerifyOptions } from "./verify.ts";
import { renderVerify } from "./verify_text.ts";

const root = new URL("../../", import.meta.url);
const path = (name: string) => fileURLToPath(new URL(name, root));
const TAPE = path("fixtures/data/market_l2.arrow");
const STRATEGY = path("strategies/touch_maker.ts");
const { default: touchMaker } = await import("../../strategies/touch_maker.ts");
const OPTIONS: BacktestOptions = {
  strategy: touchMaker,
  tape: TAPE,
  latency: "order=lognormal(20ms,0.8),cancel=recorded*2,response=table(1ms,5ms,70ms)",
  queue: "log",
  fees: "maker=0.0002,taker=0.0007",
  limits: { position: 15, openOrders: 3 },
  seed: 11,
};

/** A folder with the journal of a run; what the run threw is left for the test to find. */
function runIn(folder: string, options: BacktestOptions, strategy = STRATEGY): void {
  using journal = journalFile(`${folder}/journal`, { strategy });
  try {
    backtest({ ...options, journal });
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
  }
}

/** Runs, lets a test do something to the folder, and verifies. */
async function verified(
  options: BacktestOptions,
  change: (folder: string) => void = () => {},
  told: VerifyOptions & { readonly file?: string } = {},
) {
  const folder = Deno.makeTempDirSync();
  try {
    runIn(folder, options, told.file);
    change(folder);
    return await verify(folder, told);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** The journal's bytes of a run, in memory, and its digest. */
function journalOf(options: BacktestOptions): { readonly bytes: Uint8Array<ArrayBuffer>; readonly digest: string } {
  const file = new MemoryFile("journal");
  const { digest } = backtest({
    ...options,
    journal: { sink: { write: (bytes) => file.append(bytes) }, hasher: sha256 },
  });
  return { bytes: file.bytes.slice(), digest };
}

/** What a session put out otherwise than a journal says, with a change of its options. */
function differenceOf(bytes: Uint8Array<ArrayBuffer>, change: Partial<BacktestOptions>) {
  const journal = new JournalReader(new BytesSource(bytes), sha256);
  const comparison = new JournalComparison(journal);
  const tape = new TapeReader(new BytesSource(Deno.readFileSync(TAPE), "market_l2.arrow"));
  const options = { ...optionsOf(journal.header), strategy: touchMaker, ...change, tape, recorders: [comparison] };
  const { loop } = prepare(options, [tape]);
  while (!comparison.over && loop.advance(64));
  comparison.end();
  return { comparison, difference: comparison.difference };
}

Deno.test("verify: a run with chance in it comes again, record by record, from its header alone", async () => {
  const report = await verified(OPTIONS);
  assertEquals([report.equal, report.difference, report.damage, report.warnings], [true, undefined, undefined, []]);
  assert(report.compared > 2000);
  assertEquals(report.compared, report.records);
  assertEquals(report.digest, backtest(OPTIONS).digest);
  assertEquals(report.header.options, {
    cash: {},
    fees: "maker=0.0002,taker=0.0007",
    fills: "partial",
    finish: "mark",
    gaps: "stale",
    impact: "frozen",
    latency: "order=lognormal(20ms,0.8),cancel=recorded*2,response=table(1ms,5ms,70ms)",
    limits: { position: 15, openOrders: 3 },
    margin: "none",
    queue: "log",
    selfTrade: "allow",
  });
  assertMatch(renderVerify(report), /^replay +equal: [\d,]+ records came again, digest [0-9a-f]{32}$/m);
});

Deno.test("verify: any latency, queue, fills and seed come again", () => {
  const options = fc.record({
    seed: fc.nat(),
    queue: fc.constantFrom("risk", "power3", "log"),
    fills: fc.constantFrom("whole" as const, "partial" as const),
    latency: fc.constantFrom("lognormal(80ms,0.5)", "recorded", "table(1ms,400ms)", "order=1s,feed=lognormal(5ms,1)"),
    set: fc.record({ interval: fc.constantFrom("500ms", "2s"), limit: fc.integer({ min: 1, max: 20 }) }),
  });
  fc.assert(
    fc.property(options, (drawn) => {
      const { bytes } = journalOf({ ...OPTIONS, ...drawn });
      assertEquals(differenceOf(bytes, {}).difference, undefined);
    }),
    { numRuns: 12 },
  );
});

Deno.test("verify: another seed, parameter or model is found where it first shows", () => {
  const { bytes } = journalOf(OPTIONS);
  const seed = differenceOf(bytes, { seed: 12 });
  assert(seed.difference !== undefined && seed.difference.record <= 10);
  const size = differenceOf(bytes, { set: { size: 2 } });
  assertEquals([size.difference?.record, size.difference?.order, size.comparison.compared], [1, 1, 0]);
  assertMatch(size.difference!.journaled, /^order 1 of ZEROUSD is PendingNew: buys 1 at \d+\.\d\d$/);
  assertMatch(size.difference!.now, /^order 1 of ZEROUSD is PendingNew: buys 2 at \d+\.\d\d$/);
  // Fees show at the first fill and nowhere before.
  const fees = differenceOf(bytes, { fees: "maker=0.0003,taker=0.0007" });
  assertMatch(fees.difference!.journaled, /^order \d+ of ZEROUSD is Filled: bought 1 at \d+\.\d\d, fee 0\.0\d+$/);
  assert(fees.difference!.record > 4 && fees.difference!.rows[0] > 0);
  assertEquals(differenceOf(bytes, { queue: "log" }).difference, undefined);
});

Deno.test("verify: a strategy that was changed is warned of, and its first other decision is found", async () => {
  const folder = Deno.makeTempDirSync();
  const text = Deno.readTextFileSync(STRATEGY).replace("../mod.ts", new URL("mod.ts", root).href);
  const file = `${folder}/touch_maker.ts`, changed = `${folder}/changed.ts`;
  Deno.writeTextFileSync(file, text);
  Deno.writeTextFileSync(changed, text.replace("position < limit", "position < limit - 12"));
  try {
    const report = await verified(OPTIONS, undefined, { strategy: changed, file });
    assertEquals(report.warnings, [`${changed} has changed since the run: its sha256 is no longer ${hash(text)}`]);
    assertEquals(report.equal, false);
    const { difference } = report;
    // It stops buying twelve lots earlier: the journal buys where now it does not.
    assertMatch(difference!.journaled, /is PendingNew: buys 1 at/);
    assertEquals(difference!.record, report.compared + 1);
    const words = renderVerify(report);
    assertStringIncludes(words, "WARNING");
    assertMatch(words, /^DIFFERENT +record [\d,]+ of [\d,]+, at 2025-01-01T0\d:\d\d:\d\d[.\d]*Z \(\d{19} ns\)/m);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("verify: a damaged journal says where, and what came before the damage is replayed", async () => {
  const report = await verified({ ...OPTIONS, set: { interval: "50ms" }, limits: {} }, (folder) => {
    const bytes = Deno.readFileSync(`${folder}/journal`);
    bytes[140_000] ^= 4;
    Deno.writeFileSync(`${folder}/journal`, bytes);
  });
  assertEquals([report.equal, report.damage?.segment, report.difference], [false, 2, undefined]);
  assert(report.compared > 2000);
  assertEquals(report.compared, report.records);
  assertMatch(renderVerify(report), /^DAMAGED +segment 2 at byte 1[\d,]+: its bytes are not those that were hashed/m);
});

Deno.test("verify: a cut journal is damage at its end, and is replayed up to it", async () => {
  const report = await verified(OPTIONS, (folder) => Deno.truncateSync(`${folder}/journal`, 70_000));
  assertEquals([report.equal, report.damage?.segment], [false, 1]);
  assertMatch(report.damage!.what, /^the journal ends at byte 70000, \d+ bytes into it/);
  assertEquals([report.closing, report.difference], [undefined, undefined]);
  assertEquals(report.compared, report.records);
});

Deno.test("verify: a run that was stopped is stopped again at its place", async () => {
  let asked = 0;
  const report = await verified({ ...OPTIONS, finish: "close", stopped: () => ++asked === 5 });
  assertEquals(report.closing?.incomplete, "Stopped before the tape ended");
  assertEquals([report.equal, report.closing?.finished], [true, true]);
});

Deno.test("verify: a strategy that threw throws again", async () => {
  const folder = Deno.makeTempDirSync();
  const file = `${folder}/fragile.ts`;
  Deno.writeTextFileSync(
    file,
    `export default { name: "fragile", about: "Throws.", params: {}, create: () => ({
      onStart: (ctx) => ctx.every("1m"),
      onTimer: (ctx) => { if (ctx.submit({ side: 1, size: 1 }) === 7) throw new Error("seven"); },
    }) };`,
  );
  const fragile = (await import(file)).default as StrategyDefinition;
  try {
    const report = await verified({ ...OPTIONS, strategy: fragile }, undefined, { file });
    assertEquals([report.equal, report.closing?.finished], [true, false]);
    assertMatch(report.closing!.incomplete!, /the strategy threw in onTimer at \d+ ns: seven/);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("verify: a tape that is missing is named by its hash and by where it was looked for", async () => {
  const folder = Deno.makeTempDirSync();
  const tape = `${folder}/market.arrow`;
  Deno.copyFileSync(TAPE, tape);
  const { sha256: hash } = new TapeReader(new BytesSource(Deno.readFileSync(TAPE))).meta;
  const options = { ...OPTIONS, tape };
  try {
    const gone = await assertRejects(() => verified(options, () => Deno.removeSync(tape)), RangeError);
    assertStringIncludes(gone.message, `Cannot find tape market.arrow (sha256 ${hash}): it is not at `);
    assertStringIncludes(gone.message, "market.arrow; give it, or its folder, with --tape");
    // Another tape under its name is named by both hashes; the right one is found under any name.
    const [fixture] = FIXTURES.filter(({ name }) => name === "market_l2");
    const other = new MemoryFile();
    const [{ sha256: otherHash }] = fixture.make({ seed: 8, rows: 1000 }, [other]);
    const replace = () => Deno.writeFileSync(tape, other.bytes);
    const wrong = await assertRejects(() => verified({ ...OPTIONS, tape: copy(tape) }, replace), RangeError);
    assertStringIncludes(wrong.message, `(sha256 ${hash}): `);
    assertStringIncludes(wrong.message, `market.arrow has sha256 ${otherHash}; give the one of that content`);
    const found = await verified({ ...OPTIONS, tape: copy(tape) }, replace, { tapes: [path("fixtures/data")] });
    assertEquals(found.equal, true);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("verify: a tape whose rows were changed is not the one, whatever it says of itself", async () => {
  const folder = Deno.makeTempDirSync();
  const tape = copy(`${folder}/market.arrow`);
  const { sha256: hash } = new TapeReader(new BytesSource(Deno.readFileSync(TAPE))).meta;
  const flip = () => {
    const bytes = Deno.readFileSync(tape);
    bytes[1_000_000] ^= 1;
    Deno.writeFileSync(tape, bytes);
  };
  try {
    const error = await assertRejects(() => verified({ ...OPTIONS, tape }, flip), RangeError);
    assertMatch(error.message, new RegExp(`market.arrow has sha256 [0-9a-f]{64} and claims ${hash}`));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("verify: a run with a model given as code says which, and is not run again", async () => {
  const queue = () => ({ name: "mine", front: (front: number) => front });
  const message = "queue was given as code";
  await assertRejects(() => verified({ ...OPTIONS, queue }), RangeError, message);
});

Deno.test("backtest: a full disk ends the run at once, incomplete and with what to do", () => {
  let written = 0;
  const write = (bytes: Uint8Array) => {
    written += bytes.length;
    if (written > 70_000) throw new Error("No space left on device (os error 28)");
  };
  const run = () => backtest({ ...OPTIONS, journal: { sink: { write }, hasher: sha256 } });
  const error: RunError = assertThrows(run, RunError);
  assertEquals(error.cause.name, "JournalError");
  assertMatch(error.message, /^Cannot write the journal: No space left on device \(os error 28\); free some space/);
  assert(error.result.incomplete !== undefined && error.result.events > 0);
});

Deno.test("backtest: one digest and one chain in three runs of one process, and in another process", async () => {
  const runs = Array.from({ length: 3 }, () => journalOf(OPTIONS));
  for (const { bytes, digest } of runs.slice(1)) {
    assertEquals(digest, runs[0].digest);
    assertEquals(chainOf(bytes), chainOf(runs[0].bytes));
  }
  const { tape: _tape, strategy: _strategy, ...rest } = OPTIONS;
  const program = `import { backtest } from ${JSON.stringify(new URL("mod.ts", root).href)};
    import strategy from ${JSON.stringify(new URL("strategies/touch_maker.ts", root).href)};
    console.log(backtest({ strategy, tape: ${JSON.stringify(TAPE)}, ...${JSON.stringify(rest)} }).digest);`;
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", program], cwd: path(".") }).output();
  assertEquals(new TextDecoder().decode(stdout).trim(), runs[0].digest);
});

Deno.test("backtest: tapes of two instruments are journaled in the session's order, whatever the order given", async () => {
  const both = define({
    name: "both",
    about: "Buys one of each now and then.",
    params: {},
    create: () => ({
      onStart: (ctx) => void ctx.every("10m"),
      onTimer: (ctx) => [0, 1].forEach((instrument) => ctx.submit({ instrument, side: 1, size: 1 })),
    }),
  });
  const folder = Deno.makeTempDirSync();
  const file = `${folder}/both.ts`;
  Deno.writeTextFileSync(
    file,
    `export default { name: "both", about: "", params: {}, create: () => ({
      onStart: (ctx) => void ctx.every("10m"),
      onTimer: (ctx) => [0, 1].forEach((instrument) => ctx.submit({ instrument, side: 1, size: 1 })),
    }) };`,
  );
  const tapes = ["pair_a", "pair_b"].map((name) => path(`fixtures/data/${name}.arrow`));
  try {
    const one = await verified({ strategy: both, tape: tapes }, undefined, { file });
    const other = await verified({ strategy: both, tape: tapes.toReversed() }, undefined, { file });
    assertEquals([one.equal, other.equal, one.chain], [true, true, other.chain]);
    assertEquals(one.header.tapes.map(({ name }) => name), ["pair_a.arrow", "pair_b.arrow"]);
    assert(one.records > 100);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("optionsOf: a header's tapes name their instruments", () => {
  const { header } = new JournalReader(new BytesSource(journalOf(OPTIONS).bytes), sha256);
  assertEquals(header.tapes.map(({ instrument, rows }) => [instrument, rows > 0]), [[MARKET_INSTRUMENT, true]]);
  assertEquals([header.seed, header.lockstep, header.strategy.name], [11, deno().version, "touch_maker"]);
});

function deno(): { readonly version: string } {
  return JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
}

function chainOf(bytes: Uint8Array<ArrayBuffer>): string {
  const journal = new JournalReader(new BytesSource(bytes), sha256);
  while (journal.next() !== 0);
  return journal.chain;
}

function copy(to: string): string {
  Deno.copyFileSync(TAPE, to);
  return to;
}

function hash(text: string): string {
  const hasher = sha256();
  hasher.update(new TextEncoder().encode(text));
  return hasher.hex();
}
