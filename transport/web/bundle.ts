import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

/** Programs that were bundled, by path: each once. */
const bundled = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/**
 * A module of the project as one script for browsers, bundled when it is first asked for and kept.
 *
 * Throws Error with what the bundler says where it cannot be made.
 */
export function bundle(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const known = bundled.get(path) ?? make(path);
  bundled.set(path, known);
  // A fault may be over the next time: a network that was away, say.
  known.catch(() => bundled.delete(path));
  return known;
}

async function make(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = fileURLToPath(new URL(path, ROOT)), config = fileURLToPath(new URL("deno.json", ROOT));
  const args = ["bundle", "--quiet", "--platform", "browser", "--minify", "--config", config, file];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  if (success) return stdout;
  throw new Error(`Cannot bundle ${path}: ${new TextDecoder().decode(stderr).trim()}`);
}
