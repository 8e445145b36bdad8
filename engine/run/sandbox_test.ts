import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import touchMaker from "../../strategies/touch_maker.ts";
import { recordedRun, type RunOutcome, type RunOutputs } from "./recorded_run.ts";
import { sandboxedRun, type SandboxOptions } from "./sandbox.ts";
import { sha256 } from "./sha256.ts";

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const TAPE = [path("fixtures/data/market_l2.arrow")];
const FILE = path("strategies/touch_maker.ts");
const OPTIONS = {
  tape: TAPE,
  seed: 3,
  queue: "log",
  latency: "lognormal(30ms,0.7)",
  fees: "maker=0.0002,taker=0.0007",
  limits: { position: 12 },
};

/** Outputs that are kept in memory. */
function outputsInMemory(): { readonly outputs: RunOutputs; readonly bytes: Record<string, number[]> } {
  const bytes: Record<string, number[]> = {};
  const sink = (name: string) => {
    bytes[name] = [];
    return { write: (part: Uint8Array) => void bytes[name].push(...part), close: () => bytes[name].push(-1) };
  };
  const as = { hasher: sha256, strategy: { path: "strategies/touch_maker.ts", sha256: "ab" } };
  const journal = { sink: sink("journal"), as: { ...as, relative: () => "somewhere" } };
  return { outputs: { orders: sink("orders"), fills: sink("fills"), steps: sink("steps"), journal }, bytes };
}

/** Runs a strategy's text in the sandbox; `body` is what its timer does, `top` what stands before the strategy. */
async function sandboxed(
  body: string,
  { top = "", ...options }: Partial<SandboxOptions> & { readonly top?: string } = {},
): Promise<RunOutcome> {
  const folder = Deno.makeTempDirSync();
  const strategy = `${folder}/suspect.js`;
  Deno.writeTextFileSync(
    strategy,
    `${top}
export default { name: "suspect", about: "Tries.", params: {}, create: () => ({
  onStart: (ctx) => ctx.every("1m"),
  onTimer(ctx) {
    ${body}
  },
}) };`,
  );
  try {
    return await sandboxedRun({ strategy, tape: TAPE, ...options }, {});
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("sandboxedRun: result, journal, orders, fills and steps are those of an open run, byte for byte", async () => {
  const open = outputsInMemory(), shut = outputsInMemory();
  const { result } = await recordedRun({ ...OPTIONS, strategy: touchMaker }, open.outputs);
  const sandbox = await sandboxedRun({ ...OPTIONS, strategy: FILE }, shut.outputs);
  assertEquals(sandbox.error, undefined);
  assertEquals({ ...sandbox.result, seconds: 0, eventsPerSecond: 0 }, { ...result, seconds: 0, eventsPerSecond: 0 });
  assert(result.trades > 100);
  assertEquals(shut.bytes, open.bytes);
  assert(shut.bytes.journal.length > 65_536);
});

Deno.test("sandboxedRun: whatever tells time, chance or the machine throws, and is named", async () => {
  const cases: readonly (readonly [call: string, refusal: string])[] = [
    ["Date.now()", "Cannot call Date.now in a strategy: runs must repeat; use ctx.now"],
    ["new Date()", "Cannot call new Date() in a strategy: runs must repeat; use ctx.now"],
    ["Date()", "Cannot call Date in a strategy"],
    ["new (new Date(0).constructor)()", "Cannot call new Date() in a strategy"],
    [
      "new Date(2025, 1, 1)",
      "Cannot call new Date(year, month, …), which is in local time; take Date.UTC in a strategy",
    ],
    ["new Date(0).getHours()", "Cannot call Date.getHours in a strategy"],
    ["Math.random()", "Cannot call Math.random in a strategy: runs must repeat; use ctx.random"],
    ["globalThis.Math.random()", "Cannot call Math.random in a strategy"],
    ["Function('return Math.random()')()", "Cannot call Math.random in a strategy"],
    ["performance.now()", "Cannot call performance.now in a strategy: runs must repeat; use ctx.now"],
    ["crypto.getRandomValues(new Uint8Array(1))", "Cannot call crypto.getRandomValues in a strategy: runs must repeat"],
    ["crypto.randomUUID()", "Cannot call crypto.randomUUID in a strategy: runs must repeat; use ctx.random"],
    [
      "new WeakRef({}).deref()",
      "Cannot call WeakRef in a strategy: runs must repeat, and when memory is collected differs",
    ],
    [
      "new FinalizationRegistry(() => {})",
      "Cannot call FinalizationRegistry in a strategy: runs must repeat, and when",
    ],
    ["globalThis.WeakRef.prototype", "Cannot use WeakRef.prototype in a strategy"],
    ["setTimeout(() => {}, 1)", "Cannot call setTimeout in a strategy: runs must repeat; use ctx.after or ctx.every"],
    ["fetch('http://127.0.0.1/')", "Cannot call fetch in a strategy: it sees its session and nothing else"],
    ["new WebSocket('ws://127.0.0.1/')", "Cannot call WebSocket in a strategy"],
    ["new Worker('data:,')", "Cannot call Worker in a strategy"],
    ["new SharedArrayBuffer(8)", "Cannot call SharedArrayBuffer in a strategy"],
    ["self.postMessage({ result: {} })", "Cannot call postMessage in a strategy"],
    ["Deno.readFileSync('/etc/hosts')", "Cannot call Deno.readFileSync in a strategy"],
    ["Deno.readFile('/etc/hosts')", "Cannot call Deno.readFile in a strategy"],
    ["Deno.env.get('HOME')", "Cannot use Deno.env in a strategy"],
    ["globalThis.process.hrtime()", "Cannot call process.hrtime in a strategy"],
    ["new Intl.DateTimeFormat().format()", "Cannot call Intl.DateTimeFormat in a strategy"],
    ["new Event('x').timeStamp", "Cannot call Event in a strategy"],
    ["'a'.localeCompare('b')", "Cannot call String.localeCompare in a strategy: it differs with the machine's locale"],
    ["(1.5).toLocaleString()", "Cannot call Number.toLocaleString in a strategy"],
  ];
  const tries = cases.map(([call]) => `try { void (${call}); ctx.log("nothing"); } catch (e) { ctx.log(e.message); }`);
  const { error, result } = await sandboxed(`if (once++ === 0) { ${tries.join("\n")} }`, { top: "let once = 0;" });
  assertEquals(error, undefined);
  const said = result.notes.slice(-cases.length);
  cases.forEach(([call, refusal], i) => assertStringIncludes(said[i], refusal, call));
});

Deno.test("sandboxedRun: a call that is refused ends the run with the strategy's own line", async () => {
  for (const call of ["Date.now()", "Math.random()", "fetch('http://127.0.0.1/')", "Deno.readFile('/etc/hosts')"]) {
    const { error, result } = await sandboxed(`void (${call});`);
    const named = `Cannot call ${call.split("(")[0]} in a strategy: `;
    assertEquals(error?.name, "StrategyError");
    assertStringIncludes(error!.message, `the strategy threw in onTimer at 1735689660000000000 ns: ${named}`);
    assertMatch((error!.cause as Error).stack!, /suspect\.js:5:/);
    assertEquals(result.incomplete, error!.message);
  }
});

Deno.test("sandboxedRun: what is the same everywhere stays", async () => {
  const { error, result } = await sandboxed(`
    const day = new Date(Date.UTC(2025, 0, 1));
    if (!(day instanceof Date) || day.getUTCDate() !== 1 || typeof fetch !== "function") throw new Error("gone");
    ctx.log(day.toISOString() + Math.floor(Math.sqrt(17)) + JSON.stringify(new Map([[1, 2]]).size));`);
  assertEquals(error, undefined);
  assert(result.notes.includes("2025-01-01T00:00:00.000Z41"), JSON.stringify(result.notes));
});

Deno.test("sandboxedRun: a strategy that asks while it is loaded is not loaded", async () => {
  const load = () => sandboxed("", { top: "const now = Date.now();" });
  const error = await assertRejects(load, Error, "Cannot call Date.now in a strategy");
  assertEquals(error.name, "StrategyError");
  assertStringIncludes(error.message, "suspect.js: Cannot");
});

Deno.test("sandboxedRun: an import that would give back the clock is refused before anything runs", async () => {
  const root = new URL("../../", import.meta.url).href;
  const refused = (top: string) => assertRejects(() => sandboxed("", { top }), RangeError);
  const clock = await refused('import { hrtime } from "node:process"; export const x = hrtime;');
  assertMatch(
    clock.message,
    /^Cannot use .*suspect\.js in the sandbox: .*suspect\.js imports node:process, and a strategy/,
  );
  const machine = await refused(`import { sha256 } from "${root}engine/run/sha256.ts"; export const x = sha256;`);
  assertMatch(machine.message, /imports file:.*engine\/run\/sha256\.ts, which touches the machine/);
  const late = await refused('export const fs = await import("node:fs");');
  assertMatch(late.message, /imports node:fs/);
  const { error } = await sandboxed("void BUY;", { top: `import { BUY } from "${root}mod.ts";` });
  assertEquals(error, undefined);
});

Deno.test("sandboxedRun: a call that does not come back ends the run", async () => {
  const error = await assertRejects(() => sandboxed("while (true);", { timeoutMs: 400 }), Error);
  assertEquals(error.name, "StrategyError");
  assertMatch(error.message, /suspect\.js did not come back for 400 ms, after [\d,]+ rows$/);
});

Deno.test("sandboxedRun: a run can be stopped, and what it came to is kept", async () => {
  const { result, error } = await sandboxed("let x = 0; while (x < 2e7) x++;", { stopped: () => true });
  assertEquals([error?.name, result.incomplete], ["StoppedError", "Stopped before the tape ended"]);
});

Deno.test("sandboxedRun: an output that fails is told, and ends nothing but a journal's run", async () => {
  const write = () => {
    throw new Error("No space left on device (os error 28)");
  };
  const journal = { sink: { write, close: () => {} }, as: { hasher: sha256 } };
  const { error, result } = await sandboxedRun({ ...OPTIONS, strategy: FILE }, { journal });
  assertEquals(error?.name, "JournalError");
  assertStringIncludes(error!.message, "No space left on device");
  assertEquals(result.incomplete, error!.message);
});

Deno.test("sandboxedRun: options that do not fit are refused as in an open run", async () => {
  const run = () => sandboxedRun({ ...OPTIONS, strategy: FILE, set: { intervall: "1s" } }, {});
  await assertRejects(run, RangeError, "Cannot set parameter intervall");
});
