/** Whole sessions of chance, against books that hear only what they put out. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { planOf } from "./fuzz/plan.ts";
import { again, verified, type Watched, watched } from "./fuzz/run_plan.ts";
import { fuzzRuns, generated } from "./fuzz_runs.ts";

for (const wild of [false, true]) {
  const venue = wild ? "a venue that repeats itself and is late" : "simulated venues";
  Deno.test(`session: whatever a strategy and outsiders do at ${venue}, books agree and no limit is passed`, () => {
    const total = { steps: 0, looked: 0, limited: 0, afterKill: 0, fills: 0, late: 0, commands: 0 };
    fc.assert(
      fc.property(fc.nat(), fc.nat(800), (seed, snapshotAt) => {
        const plan = planOf(seed, wild), run = watched(plan, wild ? -1 : snapshotAt);
        assertEquals(run.books.broken, []);
        assertEquals(again(plan), run.ending);
        assertEquals(verified(plan, run.journal), undefined);
        if (run.snapshot) resumes(plan, run);
        generated(run.steps);
        for (const [name, more] of Object.entries(figures(run))) total[name as keyof typeof total] += more;
      }),
      { numRuns: fuzzRuns(wild ? 20 : 40) },
    );
    assert(total.looked > 500 && total.limited > 100 && total.fills > 100, JSON.stringify(total));
  });
}

function figures({ steps, limits, books, commands }: Watched) {
  const { looked, limited, afterKill } = limits, { fills, late } = books;
  return { steps, looked, limited, afterKill, fills, late, commands };
}

/** A session that goes on from a snapshot puts out the rest as the whole one did, and ends as it. */
function resumes(plan: ReturnType<typeof planOf>, { snapshot, ending }: Watched): void {
  const rest = again(plan, snapshot);
  assertEquals(rest, { ...ending, lines: ending.lines.slice(snapshot!.lines) });
}
