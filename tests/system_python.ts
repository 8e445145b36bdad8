import { fileURLToPath } from "node:url";

/** The machine's Python, for tests of clients in another language; undefined where there is none. */
export async function systemPython(): Promise<string | undefined> {
  try {
    const { success } = await new Deno.Command("python3", { args: ["--version"] }).output();
    return success ? "python3" : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a Python has a package. */
export async function hasPackage(python: string | undefined, name: string): Promise<boolean> {
  if (python === undefined) return false;
  return (await new Deno.Command(python, { args: ["-c", `import ${name}`], stdout: "null", stderr: "null" }).output())
    .success;
}

/** What the name of a test says that needs Python, where there is none. */
export const NO_PYTHON = " (ignored: there is no python3)";

/** What the client of python_client.py saw of a symbol. */
export interface PythonView {
  readonly digest: string;
  readonly fills: number;
  /** Last sequence of the book. */
  readonly book: number;
  /** The book's checksum at the end, and how many were compared on the way. */
  readonly checksum: number;
  readonly checked: number;
  readonly gaps: number;
}

/** Starts the client of python_client.py; what it saw is there when the server has let it go. */
export function pythonClient(
  python: string,
  args: readonly string[],
): { readonly ended: Promise<unknown>; view(): Promise<PythonView> } {
  const path = fileURLToPath(new URL("python_client.py", import.meta.url));
  const child = new Deno.Command(python, { args: [path, ...args], stdout: "piped", stderr: "piped" }).spawn();
  const output = child.output();
  return {
    ended: child.status,
    view: async () => {
      const { stdout, stderr } = await output, said = new TextDecoder();
      if (stderr.length > 0) throw new Error(said.decode(stderr));
      return JSON.parse(said.decode(stdout));
    },
  };
}
