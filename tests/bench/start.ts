import { type BenchOptions, type BenchRow, beside, RUN, runsOf } from "./bench.ts";
import { BufferedLines } from "./lines.ts";

/** From starting a process to the first fill, and the whole of what a newcomer runs first; the cache is warm. */
export async function* benchStart(options: BenchOptions): AsyncGenerator<BenchRow> {
  const runs = runsOf(options);
  const [first, whole]: number[][] = [[], []];
  // One run more than counts, which fills the cache.
  for (let i = -1; i < runs; i++) {
    const seconds = await untilLine([...RUN, beside("first_fill_child.ts")], options.folder);
    if (i >= 0) first.push(seconds);
  }
  const unit = "s", less = true;
  yield { what: "start to first fill", values: first, unit, less, bar: 1, note: "a new process, the bundled tape" };
  for (let i = -1; i < runs; i++) {
    const begin = performance.now();
    const args = [...RUN, beside("../../mod.ts"), "start"];
    const command = new Deno.Command(Deno.execPath(), { args, cwd: options.folder, stdout: "null", stderr: "piped" });
    const { success, stderr } = await command.output();
    if (!success) throw new Error(`Cannot bench: start failed: ${new TextDecoder().decode(stderr).trim()}`);
    if (i >= 0) whole.push((performance.now() - begin) / 1000);
  }
  yield { what: "deno task start", values: whole, unit, less, bar: 2, note: "all of it: run, tearsheet, files" };
}

/** Seconds from starting Deno to the first line it prints. */
async function untilLine(args: readonly string[], cwd: string): Promise<number> {
  const begin = performance.now();
  const process = new Deno.Command(Deno.execPath(), { args: [...args], cwd, stdout: "piped", stderr: "null" }).spawn();
  const lines = new BufferedLines(process.stdout);
  const line = await lines.next();
  const seconds = (performance.now() - begin) / 1000;
  await lines.drain();
  if (line === undefined || !(await process.status).success) throw new Error("Cannot bench: there was no fill");
  return seconds;
}
