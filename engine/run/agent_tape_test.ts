import { assert, assertEquals, assertRejects } from "@std/assert";
import { makeAgentTape } from "./agent_tape.ts";

/** Calls `work` with a folder that is gone afterwards. */
async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("makeAgentTape: tells how far it is, and is the same beside another of its kind", () =>
  inFolder(async (folder) => {
    const told: number[] = [];
    const onProgress = (seconds: number, total: number) => void told.push(seconds / total);
    const [one, two] = await Promise.all([
      makeAgentTape("5m", 7, folder, { onProgress }),
      makeAgentTape("5m", 7, folder),
    ]);
    assertEquals(one, two);
    assertEquals(names(folder).length, 1);
    assert(told.every((share, i) => share > (told[i - 1] ?? 0)) && told.at(-1) === 1, `${told}`);
  }));

Deno.test("makeAgentTape: nothing is left of one that was given up", () =>
  inFolder(async (folder) => {
    const abort = new AbortController();
    const onProgress = (seconds: number) => seconds > 60 && abort.abort(new RangeError("enough"));
    await assertRejects(
      () => makeAgentTape("2m", 7, folder, { onProgress, signal: abort.signal }),
      RangeError,
      "enough",
    );
    assertEquals(names(folder), []);
  }));

Deno.test("makeAgentTape: takes away what programs that were killed left, and nothing that is being made", () =>
  inFolder(async (folder) => {
    for (const name of [".making-old", ".making-new", "other"]) Deno.writeTextFileSync(`${folder}/${name}`, "");
    for (const name of [".making-old", "other"]) Deno.utimeSync(`${folder}/${name}`, 1e9, 1e9);
    const { path } = await makeAgentTape("1m", 7, folder);
    assertEquals(names(folder), [".making-new", path.slice(folder.length + 1), "other"]);
  }));
