import { relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = new URL("../../", import.meta.url).href;
/** What a strategy may import of Lockstep: what knows no machine, and the faces that are meant for it. */
const PURE = /^(mod\.ts|engine\/(core|book|venue|oms|risk|account|agents|feed|stats)\/.*|engine\/(\w+\/)?mod\.ts)$/;

/** Of `deno info --json`, what is looked at here. */
interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly specifier: string;
      readonly code?: { readonly specifier?: string };
    }[];
  }[];
}

/**
 * Looks at all that a strategy's file imports: files of its own, and of Lockstep what knows no machine. Built-in modules would
 * give it back the clock that the sandbox takes away.
 *
 * Throws RangeError that names the import and who imports it. Imports whose names are worked out at run time are not seen.
 */
export async function checkImports(path: string): Promise<void> {
  const root = pathToFileURL(resolve(path)).href;
  const graph = await graphOf(root);
  const modules = new Map(graph.modules.map((module) => [module.specifier, module]));
  const seen = new Set([root]);
  for (const specifier of seen) {
    for (const { specifier: written, code } of modules.get(specifier)?.dependencies ?? []) {
      if (code === undefined) continue;
      const target = code.specifier ?? written;
      const problem = problemOf(target);
      if (problem !== undefined) {
        const from = relative(Deno.cwd(), fileURLToPath(specifier));
        throw new RangeError(`Cannot use ${path} in the sandbox: ${from} imports ${written}, ${problem}`);
      }
      if (!isLockstep(target)) seen.add(target);
    }
  }
}

function problemOf(target: string): string | undefined {
  if (!target.startsWith("file:")) return "and a strategy sees files of its own and Lockstep's mod.ts only";
  if (!isLockstep(target) || PURE.test(target.slice(ROOT.length))) return undefined;
  return "which touches the machine; import what it needs from mod.ts";
}

/** Whether a file is of the engine, or its face; strategies that lie beside them are not. */
function isLockstep(target: string): boolean {
  return target === `${ROOT}mod.ts` || target.startsWith(`${ROOT}engine/`);
}

async function graphOf(root: string): Promise<Graph> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", root],
    stdout: "piped",
    stderr: "piped",
  });
  const { success, stdout, stderr } = await command.output();
  if (!success) {
    const why = new TextDecoder().decode(stderr).trim().split("\n")[0];
    throw new RangeError(`Cannot look at what ${root} imports: ${why}`);
  }
  return JSON.parse(new TextDecoder().decode(stdout));
}
