import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { ended, inFolder, lockstep, program, project, TAPE } from "./_lockstep.ts";
import { EXIT } from "./exit_codes.ts";

const MAKER = project("strategies/touch_maker.ts");

Deno.test("run --agents: a seed makes one market, which is kept beside the runs, and verify finds it", () =>
  inFolder(async (folder) => {
    const run = async (seed: string) => {
      const { code, out, err } = await lockstep(
        "run",
        MAKER,
        "--agents",
        "5m",
        "--seed",
        seed,
        "--json",
        "--out",
        folder,
      );
      assertEquals([code, err], [EXIT.OK, ""]);
      return JSON.parse(out);
    };
    const [first, again, other] = [await run("7"), await run("7"), await run("8")];
    assertEquals([first.digest, first.events > 3000], [again.digest, true]);
    assertNotEquals(first.digest, other.digest);
    assertEquals([...Deno.readDirSync(`${folder}/agents`)].length, 2);
    const runs = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name !== "agents");
    assertEquals(runs.length, 3);
    for (const name of runs) assertEquals((await lockstep("verify", `${folder}/${name}`)).code, EXIT.OK);
  }));

Deno.test("run --agents: by single orders, in the sandbox, and with nothing kept", async () => {
  const line = ["run", MAKER, "--agents", "2m,view=l3", "--no-out", "--json"];
  const { code, out, err } = await lockstep(...line);
  assertEquals([code, err], [EXIT.OK, ""]);
  const { digest, trades } = JSON.parse(out);
  assertEquals(trades > 0, true);
  assertEquals(JSON.parse((await lockstep(...line, "--sandbox")).out).digest, digest);
});

Deno.test("run --agents: what does not fit is refused before anything is made", () =>
  inFolder(async (folder) => {
    const refused: readonly (readonly [args: readonly string[], why: string])[] = [
      [["--agents", "long"], '"long" is not like 10ms'],
      [["--agents", "1h,newRate=1"], "did you mean newsRate"],
      [["--agents", "1h", "--tape", TAPE], "two feeds; leave one of them out"],
      [["--agents", "1h", "--paper", "binance-spot:BTCUSDT"], "--agents is of runs on tapes"],
    ];
    for (const [args, why] of refused) {
      const { code, err } = await lockstep("run", MAKER, ...args, "--out", folder);
      assertEquals(code, EXIT.USAGE, err);
      assertStringIncludes(err, why);
    }
    assertEquals([...Deno.readDirSync(folder)], []);
    Deno.writeTextFileSync(`${folder}/file`, "");
    const { code, err } = await lockstep("run", MAKER, "--agents", "1m", "--out", `${folder}/file`);
    assertEquals(code, EXIT.OUTPUT, err);
    assertStringIncludes(err, `Cannot write ${folder}/file/agents: `);
    assertStringIncludes(err, "; give --out a folder that can be written, or --no-out");
  }));

Deno.test("run --agents: Ctrl-C while a market is made ends it, and leaves nothing of it", () =>
  inFolder(async (folder) => {
    const process = program(["run", MAKER, "--agents", "31d,view=l3", "--out", folder], folder);
    while (!made(folder)) await new Promise((resolve) => setTimeout(resolve, 10));
    process.kill("SIGINT");
    const { code, err } = await ended(process);
    assertEquals([code, err], [EXIT.INTERRUPTED, "error: Interrupted; nothing of the agents' market is kept\n"]);
    assertEquals([...Deno.readDirSync(`${folder}/agents`)], []);
  }));

/** Whether something of a market is written. */
function made(folder: string): boolean {
  try {
    return [...Deno.readDirSync(`${folder}/agents`)].some(({ name }) =>
      Deno.statSync(`${folder}/agents/${name}`).size > 0
    );
  } catch {
    return false;
  }
}
