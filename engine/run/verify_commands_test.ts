import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import touchMaker from "../../strategies/touch_maker.ts";
import { Code } from "../core/codes.ts";
import type { Command } from "../core/command.ts";
import type { JournalStorage } from "../core/journal_format.ts";
import { Rng } from "../core/rng.ts";
import type { RunningSession } from "../core/running_session.ts";
import { backtest, endRun } from "./backtest.ts";
import { inFolder, project, TAPE } from "./cli/_lockstep.ts";
import { journalFile } from "./journal_file.ts";
import { openTape } from "./open_tape.ts";
import { type BacktestOptions, prepare } from "./prepare.ts";
import { replay } from "./replay.ts";
import { prepareResume } from "./resume.ts";
import { verify } from "./verify.ts";

/** Runs with commands from outside, each given after so many moves, and returns the digest. */
function runIn(
  folder: string,
  commands: readonly (readonly [steps: number, command: Command])[],
  { storage, ...more }: Partial<BacktestOptions> & { readonly storage?: JournalStorage } = {},
): string {
  using journal = journalFile(`${folder}/journal`, { strategy: project("strategies/touch_maker.ts"), storage });
  const tape = openTape(TAPE);
  const options: BacktestOptions = { strategy: touchMaker, tape: TAPE, latency: "5ms", journal, ...more };
  const run = prepare(options, [tape.reader]);
  for (const [steps, command] of commands) {
    while (run.loop.steps < steps && run.loop.advance(steps - run.loop.steps));
    run.session.command(command);
  }
  while (run.loop.advance(1000));
  const { digest } = endRun(run, options, () => 1);
  tape.close();
  return digest;
}

/** Orders, cancels and kills at places drawn from a seed. */
function drawn(seed: number): [number, Command][] {
  const rng = new Rng(seed);
  let steps = 0;
  return Array.from({ length: 40 }, () => {
    steps += 1 + rng.int(400);
    const side = rng.int(2) === 0 ? "buy" : "sell";
    const kinds: readonly Command[] = [
      { kind: "submit", side, size: 1 + rng.int(5) },
      { kind: "submit", side, size: 1, price: 1990 + rng.int(20) },
      { kind: "cancel", order: 1 + rng.int(2 * steps) },
      { kind: "cancel_all" },
      { kind: "set_limit", scope: "instruments", name: "position", value: 5 + rng.int(20) },
      { kind: "pause" },
      { kind: "resume" },
    ];
    return [steps, kinds[rng.int(kinds.length)]];
  });
}

Deno.test("verify: commands from outside come again in their places, with the same digest", () =>
  inFolder(async (folder) => {
    const bare = runIn(folder, []);
    for (let seed = 1; seed <= 6; seed++) {
      const digest = runIn(folder, drawn(seed));
      assert(digest !== bare);
      const report = await verify(folder);
      assertEquals([report.equal, report.digest, report.commands, report.difference], [true, digest, 40, undefined]);
    }
    const sandboxed = await verify(folder, { sandbox: true });
    assertEquals([sandboxed.equal, sandboxed.compared], [true, sandboxed.records]);
  }));

Deno.test("verify: what a program commands comes again, from the moment it is given the session", () =>
  inFolder(async (folder) => {
    let session: RunningSession | undefined, asked = 0;
    const journal = journalFile(`${folder}/journal`, { strategy: project("strategies/touch_maker.ts") });
    const { digest } = backtest({
      strategy: touchMaker,
      tape: TAPE,
      journal,
      onSession: (given) => (session = given).command({ kind: "submit", side: "buy", size: 7 }),
      // It is asked between two moves.
      stopped: () => ++asked === 2 && session!.command({ kind: "cancel_all" }).code !== 0,
    });
    journal.close();
    assertEquals(session!.command({ kind: "cancel_all" }).code, Code.CLOSED);
    const report = await verify(folder);
    assertEquals([report.equal, report.digest, report.commands], [true, digest, 2]);
  }));

Deno.test("verify: a run that was stopped behind a command is stopped there again", () =>
  inFolder(async (folder) => {
    let asked = 0;
    const journal = journalFile(`${folder}/journal`, { strategy: project("strategies/touch_maker.ts") });
    const tape = openTape(TAPE);
    const options: BacktestOptions = { strategy: touchMaker, tape: TAPE, finish: "close", journal };
    const run = prepare(options, [tape.reader]);
    while (++asked < 5) run.loop.advance(700);
    run.session.command({ kind: "submit", side: "buy", size: 7 });
    run.loop.stop(new Error("Enough"));
    try {
      endRun(run, options, () => 1);
    } catch (error) {
      assertEquals((error as Error).message, "Enough");
    }
    journal.close();
    tape.close();
    for (const sandbox of [false, true]) {
      const report = await verify(folder, { sandbox });
      assertEquals([report.equal, report.closing?.incomplete, report.commands], [true, "Enough", 1]);
    }
  }));

Deno.test("verify, resume, replay: commands in files that were dropped are missed, and it is said", () =>
  inFolder(async (folder) => {
    const storage = { fileBytes: 256 * 1024, keep: 1 };
    runIn(folder, [[10, { kind: "cancel_all" }]], { storage, set: { interval: "5ms" } });
    const why = /1 commands? from outside were in files that were dropped|commands were in files that are gone/;
    const { message } = await assertRejects(() => verify(folder), RangeError);
    assertMatch(message, why);
    assertMatch(message, /the chain is sound from segment \d+ on$/);
    assertMatch((await assertRejects(() => replay(folder, { latency: "1ms" }), RangeError)).message, why);
    assertMatch(
      (await assertRejects(() => Promise.try(() => prepareResume(folder)), RangeError)).message,
      /it came to its end/,
    );
  }));
