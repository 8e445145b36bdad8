/** Sessions without an end: they go on, or were killed, and are certified as far as journal and recording go. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import touchMaker from "../strategies/touch_maker.ts";
import { Rng } from "../engine/core/rng.ts";
import { inFolder } from "../engine/run/cli/_lockstep.ts";
import { verify } from "../engine/run/verify.ts";
import { AS_ASSUMED, play, type WorldOptions } from "../engine/run/parity/_parity_world.ts";
import type { ExchangeWays } from "../engine/run/parity/_simulated_exchange.ts";
import { parity } from "../engine/run/parity/parity.ts";

const SECOND = 1e9;
const MAKES: WorldOptions = { strategy: touchMaker, file: "strategies/touch_maker.ts", killed: true, ns: 120 * SECOND };
/** Fills and ends come at other times than is assumed. */
const OTHERWISE: ExchangeWays = { ...AS_ASSUMED, order: 40e6 };

const KINDS: readonly (readonly [kind: "paper" | "live", ways?: ExchangeWays])[] = [
  ["paper"],
  ["live", AS_ASSUMED],
  ["live", OTHERWISE],
];

for (const [kind, ways] of KINDS) {
  const where = ways === OTHERWISE ? ", at an exchange that does otherwise" : "";
  Deno.test(`parity: a ${kind} session that was killed${where} is certified up to its last second`, () =>
    inFolder(async (folder) => {
      let last = 0n;
      const each: WorldOptions["each"] = ({ run: { session } }) => void (last = BigInt(session.context.now));
      play(folder, { ...MAKES, each }, ways);
      const verified = await verify(folder), { until, moves } = verified.unfinished!;
      assertEquals([verified.equal, verified.difference, verified.damage], [true, undefined, undefined]);
      assert(verified.compared > 100 && moves > 100, `${verified.compared} records, ${moves} moves`);
      assert(last - until < 2_000_000_000n, `${last - until} ns are lost`);
      const report = await parity(folder), { decisions: { made, same, records, recordsSame } } = report;
      assertEquals([report.kind, report.ok, report.until, report.warnings], [kind, true, until, []]);
      assertEquals([made, records, records], [same, recordsSame, verified.compared]);
      assert(made > 10 && report.happened.fills > 0, `${made} decisions, ${report.happened.fills} fills`);
    }));
}

/** Copies what stands of a run, of each file a part: a machine that goes down takes the ends. */
function copy(from: string, to: string, part: (name: string, bytes: number) => number): void {
  Deno.mkdirSync(to);
  for (const { name } of Deno.readDirSync(from)) {
    const bytes = Deno.readFileSync(`${from}/${name}`);
    Deno.writeFileSync(`${to}/${name}`, bytes.subarray(0, part(name, bytes.length)));
  }
}

for (const [kind, ways] of KINDS.slice(0, 2)) {
  Deno.test(`verify, parity: a ${kind} session is certified while it goes on, and wherever its files are torn`, () =>
    inFolder(async (folder) => {
      const rng = new Rng(7).child(kind), run = `${folder}/run`, copies: string[] = [];
      Deno.mkdirSync(run);
      let next = 10 * SECOND;
      const each: WorldOptions["each"] = (_paper, ns) => {
        if (ns < next) return;
        next += 15 * SECOND;
        copies.push(`${folder}/at_${copies.length}`);
        copy(run, copies.at(-1)!, (_name, bytes) => bytes);
      };
      play(run, { ...MAKES, each }, ways);
      for (const [i, whole] of copies.entries()) {
        copies.push(`${folder}/torn_${i}`);
        const torn = i % 2 === 0 ? "journal" : "seen.arrivals";
        copy(whole, copies.at(-1)!, (name, bytes) => name === torn ? bytes - rng.int(bytes >> 1) : bytes);
        if (i === 7) break;
      }
      let compared = 0;
      for (const at of copies) {
        const verified = await verify(at);
        assertEquals([at, verified.equal, verified.difference], [at, true, undefined]);
        assertEquals([at, (await parity(at)).ok], [at, true]);
        compared += verified.compared;
      }
      assert(copies.length === 16 && compared > 1000, `${copies.length} ${compared}`);
    }));
}

Deno.test("verify, parity: a session whose journal was changed is not certified, and one that handed nothing over says so", () =>
  inFolder(async (folder) => {
    const run = `${folder}/run`, changed = `${folder}/changed`;
    Deno.mkdirSync(run);
    play(run, MAKES);
    copy(run, changed, (_name, bytes) => bytes);
    const journal = Deno.readFileSync(`${run}/journal`);
    journal[journal.length - 2000] ^= 1;
    Deno.writeFileSync(`${changed}/journal`, journal);
    await assertRejects(() => parity(changed), RangeError, "its journal is damaged");
    await assertRejects(() => verify(changed), RangeError, "before its recording of seen.arrow was complete");
    await assertRejects(() => verify(run, { sandbox: true }), RangeError, "leave --sandbox out");
    Deno.writeFileSync(`${run}/seen.arrivals`, new Uint8Array());
    await assertRejects(() => parity(run), RangeError, "nothing was handed over yet");
    Deno.removeSync(`${run}/seen.arrivals`);
    await assertRejects(() => parity(run), RangeError, "before its recording of seen.arrow was complete");
  }));
