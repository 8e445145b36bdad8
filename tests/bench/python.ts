const PACKAGES = [
  "hftbacktest==2.4.4",
  "backtesting==0.6.6",
  "nautilus_trader==1.221.0",
  "numba",
  "numpy",
  "pandas",
];
const PROBE = "import hftbacktest, backtesting, nautilus_trader, numba";

/**
 * A Python that has the rivals: LOCKSTEP_BENCH_PYTHON, else that of a virtual environment in `folder`, which is made if
 * need be. Undefined, and why, where there is none.
 */
export async function findPython(folder: string): Promise<{ python?: string; why?: string }> {
  const given = Deno.env.get("LOCKSTEP_BENCH_PYTHON");
  if (given !== undefined) {
    const { success, text } = await run(given, ["-c", PROBE]);
    return success ? { python: given } : { why: `LOCKSTEP_BENCH_PYTHON does not have them: ${text}` };
  }
  const python = `${folder}/${Deno.build.os === "windows" ? "Scripts/python.exe" : "bin/python"}`;
  if ((await run(python, ["-c", PROBE])).success) return { python };
  const system = Deno.build.os === "windows" ? "python" : "python3";
  console.error(`Installing the rivals from PyPI into ${folder}, once …`);
  const venv = await run(system, ["-m", "venv", folder]);
  if (!venv.success) return { why: `no virtual environment: ${venv.text}` };
  const pip = await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...PACKAGES]);
  if (!pip.success) return { why: `pip: ${pip.text}` };
  const probe = await run(python, ["-c", PROBE]);
  return probe.success ? { python } : { why: probe.text };
}

/** Runs a program to its end; `text` is the last line of what it complained of. */
async function run(command: string, args: readonly string[]): Promise<{ success: boolean; text: string }> {
  try {
    const { success, stderr } = await new Deno.Command(command, { args: [...args], stdout: "null", stderr: "piped" })
      .output();
    return { success, text: new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "" };
  } catch (error) {
    return { success: false, text: error instanceof Error ? error.message : String(error) };
  }
}
