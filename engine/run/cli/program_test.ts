import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CAPTURE, ended, inFolder, lockstep, program, project } from "./_lockstep.ts";
import { EXIT } from "./exit_codes.ts";

const COMMANDS = ["start", "run", "resume", "replay", "convert", "inspect", "check", "verify"];

Deno.test("lockstep --help: every command, the examples, and every exit code", async () => {
  const { code, out } = await lockstep("--help");
  assertEquals(code, 0);
  for (const name of COMMANDS) assertMatch(out, new RegExp(`^  ${name} .*\\w`, "m"));
  for (const each of Object.values(EXIT)) assertMatch(out, new RegExp(`^  ${each} +\\w`, "m"));
  for (const name of COMMANDS) {
    const { code, out } = await lockstep(name, "--help");
    assertEquals([name, code], [name, 0]);
    assertEquals((await lockstep("help", name)).out, out);
    assertMatch(out, new RegExp(`^  \\$ deno task lockstep ${name}`, "m"));
  }
});

Deno.test("lockstep: without a command it shows help, and ends as a wrong line does", async () => {
  const { code, out } = await lockstep();
  assertEquals(code, EXIT.USAGE);
  assertStringIncludes(out, "Usage: lockstep");
});

Deno.test("lockstep run STRATEGY --help: its parameters with type, bounds and default", async () => {
  const { code, out } = await lockstep("run", project("strategies/touch_maker.ts"), "--help");
  assertEquals(code, 0);
  assertMatch(out, /^touch_maker: Keeps one lot/m);
  assertMatch(out, /^ {2}limit=<int from 1> +lots either way .* \(20\)$/m);
});

Deno.test("lockstep: a misspelt command, option or value suggests the near one, in one line", async () => {
  const cases: readonly [line: string, said: RegExp][] = [
    ["rnu", /^error: unknown command 'rnu' \(Did you mean run\?\)\n$/],
    ["run x.ts --tpae y", /^error: unknown option '--tpae' \(Did you mean --tape\?\)\n$/],
    ["convert x --format binance", /^error: required option '--out <tape>' not specified\n$/],
    ["convert x --format bnance --out y", /^error: Cannot read format "bnance": did you mean binance\?.*\n$/],
    ["convert x --format bars --out y --skew shft", /^error: .*shft.*\n$/],
    ["check x --format krakn", /^error: .*did you mean kraken\?.*\n$/],
    ["check x --format itch", /^error: Cannot check format "itch": it says nothing twice;.*\n$/],
    ["inspect x --rows many", /^error: .*It is a whole number of 0 or more\.\n$/],
  ];
  for (const [line, said] of cases) {
    const { code, err } = await lockstep(...line.split(" "));
    assertMatch(err, said);
    assertEquals(code, EXIT.USAGE, line);
  }
});

Deno.test("lockstep --help: the examples of all commands work", () =>
  inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/capture.gz`, `${CAPTURE.join("\n")}\n`);
    Deno.writeTextFileSync(`${folder}/trades.csv`, "time,price,size,side\n2024-01-02T00:00:00Z,100.5,2,buy\n");
    Deno.writeTextFileSync(`${folder}/funding.csv`, "time,kind,value\n2024-08-08T23:54:15.002Z,funding,0.0001\n");
    for (const day of [1, 2]) {
      const bars = ["09:30", "09:31"].map((time) => `2024-01-0${day}T${time}:00Z,1.00,2.00,0.50,1.50,100\n`).join("");
      Deno.writeTextFileSync(`${folder}/day${day}.csv`, `time,open,high,low,close,volume\n${bars}`);
    }
    const lines: string[] = [];
    for (const args of [["--help"], ...COMMANDS.map((name) => [name, "--help"])]) {
      const { out } = await lockstep(...args);
      const examples = out.replaceAll(/ \\\n +/g, " ").matchAll(/^ {2}\$ deno task lockstep (.*)$/gm);
      // Those on an exchange's market need the exchange.
      for (const [, line] of examples) if (!lines.includes(line) && !EXCHANGE.test(line)) lines.push(line);
    }
    assert(lines.length >= 12, `there are ${lines.length} examples`);
    // Two at a time; those of `verify`, `resume` and `replay` need a run that an earlier one made.
    const inTurn = lines.filter((line) => !/^(verify|resume|replay)/.test(line));
    for (let i = 0; i < inTurn.length; i += 2) {
      await Promise.all(inTurn.slice(i, i + 2).map((line) => works(line, folder)));
    }
    const made = [...Deno.readDirSync(`${folder}/out`)].map(({ name }) => name);
    assert(made.includes("market_maker-market_l2-1"), made.join());
    await works("verify out/market_maker-market_l2-1", folder);
    const broken = `${folder}/out/touch_maker-market_l2-1`;
    Deno.truncateSync(`${broken}/journal`, 70_000);
    await works("resume out/touch_maker-market_l2-1", folder);
    assert(Deno.statSync(`${broken}/journal`).size > 70_000);
    for (const line of lines.filter((each) => each.startsWith("replay"))) await works(line, folder);
  }));

Deno.test("README: its commands on the bundled tapes work in their order, and its risk file holds", () =>
  inFolder(async (folder) => {
    const text = Deno.readTextFileSync(project("README.md"));
    const lines = [...text.replaceAll(/ \\\n +/g, " ").matchAll(/^deno task lockstep (.*?)(?: +#.*)?$/gm)].map((
      [, line],
    ) => line);
    // What serves goes on until somebody asks for its end.
    const ours = lines.filter((line) => !/capture\.gz|out\/RUN|\b(serve|gateway)\b/.test(line) && !EXCHANGE.test(line));
    assert(ours.length >= 9, ours.join("\n"));
    for (const line of ours) await works(line, folder);
    Deno.writeTextFileSync(`${folder}/risk.jsonc`, /```jsonc\n([\s\S]*?)```/.exec(text)![1]);
    const risky = [
      "run",
      "strategies/touch_maker.ts",
      "--tape",
      "fixtures/data/market_l2.arrow",
      "--risk",
      "risk.jsonc",
    ];
    await works(`${risky.join(" ")} --fees maker=0.0002,taker=0.0007 --out risky`, folder);
    const { alerts, run } = JSON.parse(Deno.readTextFileSync(`${folder}/risky/touch_maker-market_l2-1/result.json`));
    assertEquals(alerts.list.map(({ code }: { code: string }) => code).slice(0, 2), ["DRAWDOWN", "KILLED"]);
    assertEquals([run.limits.position, run.limits["session.openOrders"]], [40, 20]);
  }));

const EXCHANGE = /^record\b|--(paper|live)\b/;

async function works(line: string, folder: string): Promise<void> {
  // As a shell splits it: what stands in quotes is one.
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|\S+/g)].map(([word, double, single]) =>
    double ?? single ?? word
  );
  const args = words.map((arg) => /^(strategies|fixtures)\//.test(arg) ? project(arg) : arg);
  const { code, err } = await ended(program(args, folder));
  assertEquals([line, code, err], [line, 0, ""]);
}
