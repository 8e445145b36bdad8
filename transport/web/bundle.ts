import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

/** Scripts by name. */
export type Scripts = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** Programs that were bundled, by path: each once. */
const bundled = new Map<string, Promise<Scripts>>();

/**
 * A module of the project as scripts for browsers: one of its own name ("page.js" of page.ts), and others which that loads where
 * it needs them. They are bundled when first asked for, and kept.
 *
 * Throws Error with what the bundler says where they cannot be made.
 */
export function bundle(path: string): Promise<Scripts> {
  const known = bundled.get(path) ?? make(path);
  bundled.set(path, known);
  // A fault may be over the next time: a network that was away, say.
  known.catch(() => bundled.delete(path));
  return known;
}

async function make(path: string): Promise<Scripts> {
  const file = fileURLToPath(new URL(path, ROOT)), config = fileURLToPath(new URL("deno.json", ROOT));
  const folder = await Deno.makeTempDir({ prefix: "lockstep-page-" });
  try {
    const args = ["bundle", "--quiet", "--platform", "browser", "--minify", "--code-splitting", "--outdir", folder];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), { args: [...args, "--config", config, file] })
      .output();
    if (!success) throw new Error(`Cannot bundle ${path}: ${new TextDecoder().decode(stderr).trim()}`);
    const scripts = new Map<string, Uint8Array<ArrayBuffer>>();
    for await (const { name } of Deno.readDir(folder)) scripts.set(name, await Deno.readFile(`${folder}/${name}`));
    return scripts;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
