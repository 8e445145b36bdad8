import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inFolder, lockstep, project, TAPE } from "./_lockstep.ts";
import { EXIT } from "./exit_codes.ts";

const LINE = ["run", project("strategies/touch_maker.ts"), "--tape", TAPE, "--json"];

Deno.test("lockstep run --command, --commands: they come at their times, whichever way they are written", () =>
  inFolder(async (folder) => {
    const file = `${folder}/commands.jsonl`;
    Deno.writeTextFileSync(
      file,
      '# of the morning\n\n{"at":"+10m","command":{"kind":"cancel_all","id":"a"}}\n+20m submit sell 3 id=b\n',
    );
    const run = async (...more: string[]) => {
      const { code, out, err } = await lockstep(...LINE, ...more, "--out", folder);
      assertEquals([code, err], [EXIT.OK, ""]);
      return JSON.parse(out);
    };
    const bare = await run();
    const byFile = await run("--commands", file);
    const byText = await run(
      "--command",
      "+10m cancel_all id=a",
      "--command",
      "2025-01-01T00:20:00Z submit sell 3 id=b",
    );
    assertEquals([byText.digest, byText.notes], [byFile.digest, byFile.notes]);
    assertEquals(bare.digest === byFile.digest, false);
    assertEquals(byFile.notes.filter((note: string) => note.startsWith("Command")), [
      "Command a (cancel_all) at 2025-01-01T00:10:00.000000000Z: carried out",
      "Command b (submit) at 2025-01-01T00:20:00.000000000Z: carried out",
    ]);
    const sandboxed = await run("--commands", file, "--sandbox");
    assertEquals(sandboxed.digest, byFile.digest);
    for (const number of [2, 3, 4]) {
      assertEquals((await lockstep("verify", `${folder}/touch_maker-market_l2-${number}`)).code, EXIT.OK);
    }
  }));

Deno.test("lockstep run --command, --commands, --sync, --journal-files: what is none says so before the run begins", () =>
  inFolder(async (folder) => {
    const file = `${folder}/commands.jsonl`;
    const cases: readonly (readonly [args: readonly string[], text: string, code: number, said: string])[] = [
      [["--command", "+9s cancel_al"], "", EXIT.USAGE, "there is none of that kind; did you mean cancel_all?"],
      [["--command", "9s cancel_all"], "", EXIT.USAGE, '"9s" is neither like +90s nor like 2024-08-08T00:10:00Z'],
      [["--command", "2024-12-31T00:00:00Z kill"], "", EXIT.USAGE, "the session starts at 2025-01-01T00:00:00"],
      [["--commands", file], "+9s cancel\n", EXIT.INPUT, "commands.jsonl, line 1: cannot cancel: order is missing"],
      [["--commands", file], '\n{"at":5}\n', EXIT.INPUT, 'commands.jsonl, line 2: write {"at":"+90s"'],
      [["--commands", file], "{oops\n", EXIT.INPUT, "commands.jsonl, line 1: "],
      [["--commands", `${folder}/commandz.jsonl`], "", EXIT.INPUT, "there is no such file; did you mean "],
      [["--sync", "always"], "", EXIT.USAGE, "it is none, segment or interval=100ms"],
      [["--journal-files", "1KiB"], "", EXIT.USAGE, "256KiB is the least"],
    ];
    for (const [args, text, code, said] of cases) {
      Deno.writeTextFileSync(file, text);
      const ended = await lockstep(...LINE, ...args, "--out", `${folder}/out`);
      assertEquals([args, ended.code], [args, code]);
      assertStringIncludes(ended.err, said);
      assertMatch(ended.err, /^error: .*\n$/);
    }
  }));

/** What may be wrong with a line, and what is said of it behind file and line. */
const FAULTS: readonly (readonly [line: string, said: string])[] = [
  ["+9s cancel_al", "cannot take command cancel_al: there is none of that kind; did you mean cancel_all?"],
  ['{"at":"+9s","command":{"kind":"cancel_al"}}', "cannot take command cancel_al: there is none of that kind"],
  ['{"at":"+9s","command":{}}', "there is none of that kind"],
  ['{"at":"+9s","command":[]}', 'write {"at":"+90s"'],
  ['{"at":"+9s","command":null}', 'write {"at":"+90s"'],
  ['{"command":{"kind":"kill"}}', 'write {"at":"+90s"'],
  ['["+9s","kill"]', '"[+9s,kill]" is neither like +90s'],
  ["+9s submit buy", "cannot submit: size is missing"],
  ["+9s submit buy 3 2001 ZEROUSD 7 8 9 10 11 12 13 14 15", "one word too many"],
  ["+9s cancel 1 order=1", "order is given twice"],
  ['{"at":"+9s","command":{"kind":"cancel","order":"1"}}', "cannot cancel: order is"],
  ['{"at":"+9s","command":{"kind":"cancel","order":1,"odor":1}}', "cannot cancel: "],
  ['{"at":"+9s","command":{"kind":"kill","id":"a b"}}', "cannot kill: id is "],
  ["2024-12-31T00:00:00Z kill", "cannot schedule kill at 2024-12-31T00:00:00Z: the session starts at 2025-01-01"],
  ["-9s kill", '"-9s" is neither like +90s'],
  ["soon kill", '"soon" is neither like +90s'],
  ['{"at":"2025-13-01T00:00:00Z","command":{"kind":"kill"}}', "2025-13-01T00:00:00Z"],
  ["+9s kill id=first", "cannot schedule kill: id first is given twice"],
];

Deno.test("lockstep run --commands: each fault of a line is said with file and line, and ends with 3", () =>
  inFolder(async (folder) => {
    const file = `${folder}/commands.jsonl`;
    for (const [line, said] of FAULTS) {
      Deno.writeTextFileSync(file, `+5m cancel_all id=first\n\n${line}\n+6m cancel_all\n`);
      const { code, out, err } = await lockstep(...LINE, "--commands", file, "--out", `${folder}/out`);
      assertEquals([line, code, out], [line, EXIT.INPUT, ""]);
      assertMatch(err, /^error: Cannot read commands from \S+\/commands\.jsonl, line 3: .*\n$/);
      assertStringIncludes(err, said);
    }
    Deno.writeTextFileSync(file, "+9s cancel_al\n");
    const sandboxed = await lockstep(...LINE, "--commands", file, "--no-out", "--sandbox");
    assertEquals(sandboxed.code, EXIT.INPUT);
    assertMatch(sandboxed.err, /commands\.jsonl, line 1: cannot take command cancel_al: /);
    // What stands on the command line is the command line's.
    Deno.writeTextFileSync(file, "+9s cancel_all id=a\n");
    const both = await lockstep(...LINE, "--command", "+9s kill id=a", "--commands", file, "--no-out");
    assertMatch(both.err, /commands\.jsonl, line 1: cannot schedule cancel_all: id a is given twice/);
  }));
