/** Each notebook runs from top to bottom on the real Deno kernel, headless. */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../notebooks/", import.meta.url));
const ignore = !(await runs("jupyter-nbconvert", "--version"));
const because = ignore ? " (ignored: jupyter-nbconvert is not here)" : "";
const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".ipynb")).sort();

/** In seconds: unasked, an output that a busy machine sends 4 s late is left out, and a cell that hangs is waited for. */
const PATIENCE = ["startup_timeout=180", "timeout=300", "iopub_timeout=60"].map((it) => `--ExecutePreprocessor.${it}`);

for (const name of names) {
  Deno.test({
    name: `${name}: runs, and its last cell shows figures and a plot${because}`,
    ignore,
    fn: () => run(name),
  });
}

/** The parts of the notebook format that are looked at. */
interface Notebook {
  readonly cells: readonly { readonly outputs?: readonly Output[] }[];
}

interface Output {
  readonly output_type: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** About one kernel in six loses results of cells, of numbers as of ours: a run without the last one is made again. */
const ATTEMPTS = 6;

async function run(name: string, attempt = 1): Promise<void> {
  const temp = await Deno.makeTempDir();
  try {
    // The kernel of this very Deno, in a place of its own: a user's kernels stay as they are.
    const kernel = `${temp}/kernels/deno`;
    await Deno.mkdir(kernel, { recursive: true });
    const argv = [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"];
    const spec = { argv, display_name: "Deno", language: "typescript" };
    await Deno.writeTextFile(`${kernel}/kernel.json`, JSON.stringify(spec));
    const into = ["--to", "notebook", "--output-dir", temp, "--output", "run.ipynb"];
    const { code, stderr } = await new Deno.Command("jupyter-nbconvert", {
      args: ["--execute", ...PATIENCE, ...into, `${folder}${name}`],
      env: { JUPYTER_PATH: temp, JUPYTER_RUNTIME_DIR: temp, JUPYTER_CONFIG_DIR: temp, IPYTHONDIR: temp },
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    const { cells }: Notebook = JSON.parse(await Deno.readTextFile(`${temp}/run.ipynb`));
    const results = cells.at(-1)?.outputs?.filter((each) => each.output_type === "execute_result") ?? [];
    if (results.length === 0 && attempt < ATTEMPTS) return await run(name, attempt + 1);
    const shown = results.at(-1)?.data ?? {};
    assert(String(shown["text/html"]).includes("<table"), "the last cell shows no table");
    assert(String(shown["text/html"]).includes("<svg"), "the last cell shows no plot");
    assert("image/svg+xml" in shown && "text/plain" in shown);
  } finally {
    await Deno.remove(temp, { recursive: true });
  }
}

/** Whether a program is there and starts. */
async function runs(program: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}
