import fc from "fast-check";

/** How many times as many runs as usual; `deno task long` sets it. */
const TIMES = Number(Deno.env.get("LOCKSTEP_FUZZ_TIMES") ?? 1);
/** The file to which each test file adds a line with the steps it made. */
const LEDGER = Deno.env.get("LOCKSTEP_FUZZ_LEDGER");
const SEED = Deno.env.get("LOCKSTEP_FUZZ_SEED");

let steps = 0;

if (!(TIMES > 0)) throw new RangeError(`Cannot fuzz ${TIMES} times as long: LOCKSTEP_FUZZ_TIMES is a number above 0`);
if (SEED !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(SEED) });
if (LEDGER !== undefined) {
  globalThis.addEventListener("unload", () => {
    Deno.writeTextFileSync(LEDGER, `${steps} ${Deno.mainModule}\n`, { append: true });
  });
}

/** Runs of a property that has `usual` ones in the normal tests: so many times more in a long run. */
export function fuzzRuns(usual: number): number {
  return Math.max(1, Math.round(usual * TIMES));
}

/**
 * Counts steps that a property has generated: what its dice did to the thing under test. A row of a market, an order, a request,
 * a command, an answer or a fill is a step each; looking at what came of it is none, nor is doing the same once more.
 */
export function generated(count: number): void {
  steps += count;
}
