/**
 * `deno task long`: every fuzz of books, venues, orders, risk, accounts and whole sessions, longer than in the tests; and of
 * hosted sessions with clients on bad networks, and with 10,000 that come and go.
 *
 * The files are those that take their runs from tests/fuzz_runs.ts. It prints the seed first, with which the same is run again,
 * and last how many steps were generated; it fails where a test does, or where these were fewer than a million, beside those of books.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const STEPS_MIN = 1_000_000;
/** Times as many runs as in the tests, unless said. */
const TIMES = 24;
const root = fileURLToPath(new URL("../", import.meta.url));

/** Paths of the test files below a folder that are lengthened. */
function* lengthened(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(`${root}${folder}`)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* lengthened(path);
    else if (name.endsWith("_test.ts") && /"[./a-z]*fuzz_runs\.ts"/.test(Deno.readTextFileSync(`${root}${path}`))) {
      yield path;
    }
  }
}

const [times = `${TIMES}`, seed = `${Math.floor(Math.random() * 2 ** 31)}`] = Deno.args;
const files = [...lengthened("engine"), ...lengthened("tests")].sort();
const ledger = Deno.makeTempFileSync();
console.log(
  `${files.length} files, ${times} times their usual runs, seed ${seed}; again: deno task long ${times} ${seed}`,
);
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", "--quiet", "--reporter=dot", "--parallel", ...files],
  cwd: root,
  env: { LOCKSTEP_FUZZ_TIMES: times, LOCKSTEP_FUZZ_SEED: seed, LOCKSTEP_FUZZ_LEDGER: ledger },
}).spawn().status;
const told = Deno.readTextFileSync(ledger).split("\n").filter((line) => line !== "").map((line) => line.split(" "));
Deno.removeSync(ledger);
let steps = 0, books = 0;
for (const [count, url] of told.sort(([, a], [, b]) => a < b ? -1 : 1)) {
  const path = fileURLToPath(url).slice(root.length);
  console.log(`${Number(count).toLocaleString("en").padStart(12)}  ${path}`);
  if (path.startsWith("engine/book/")) books += Number(count);
  else steps += Number(count);
}
console.log(
  `${steps.toLocaleString("en")} steps were generated, and ${books.toLocaleString("en")} more of books alone`,
);
if (code !== 0) Deno.exit(code);
if (steps < STEPS_MIN && Number(times) >= TIMES) {
  console.error(`Cannot call that long: ${STEPS_MIN.toLocaleString("en")} steps are wanted, beside those of books`);
  Deno.exit(1);
}
