import { pathToFileURL } from "node:url";

/** The desktop that a page is to be shown on, as far as it matters. */
export interface Desktop {
  readonly os: typeof Deno.build.os;
  /** A variable of the environment. */
  env(name: string): string | undefined;
  /** Whether a person looks at what the program prints. */
  readonly watched: boolean;
  /** Starts a program and leaves it alone. Throws where there is none of that name. */
  start(program: string, args: readonly string[]): void;
}

/**
 * Opens a page in the browser of whoever sits here; where nobody does, or there is no browser, nothing happens: the address was
 * printed. Returns what takes the traces away, which is called when the program ends.
 *
 * The address has a token, and everybody on a machine may see with what arguments programs run: the browser is given a file that
 * leads there, which nobody else can read.
 *
 * @example
 * ```ts
 * import { openPage } from "./open_page.ts";
 * const started: string[] = [];
 * const env = (name: string) => name === "DISPLAY" ? ":0" : undefined, start = (program: string) => void started.push(program);
 * openPage("http://127.0.0.1:8787/#token=a.b.c", { os: "linux", env, watched: true, start })();
 * if (started.join() !== "xdg-open") throw new Error("unexpected");
 * ```
 */
export function openPage(url: string, desktop: Desktop = HERE): () => void {
  const opener = openerOf(desktop);
  if (opener === undefined) return () => {};
  let folder: string | undefined;
  const tidy = () => {
    if (folder !== undefined) Deno.removeSync(folder, { recursive: true });
    folder = undefined;
  };
  try {
    folder = Deno.makeTempDirSync({ prefix: "lockstep-open-" });
    const file = `${folder}/page.html`;
    Deno.writeTextFileSync(file, leadingTo(url), { mode: 0o600 });
    const [program, ...args] = opener;
    desktop.start(program, [...args, pathToFileURL(file).href]);
  } catch {
    tidy();
  }
  return tidy;
}

/** What opens a file there; undefined where nobody would see it. */
function openerOf({ os, env, watched }: Desktop): readonly string[] | undefined {
  if (!watched) return undefined;
  if (os === "windows") return ["cmd", "/c", "start", ""];
  // Somebody at another machine has his browser there.
  if (env("SSH_CONNECTION")) return undefined;
  if (os === "darwin") return ["open"];
  return env("DISPLAY") || env("WAYLAND_DISPLAY") ? ["xdg-open"] : undefined;
}

function leadingTo(url: string): string {
  const address = new URL(url).href.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<!DOCTYPE html><meta charset="utf-8"><title>Lockstep</title><meta http-equiv="refresh" content="0; url=${address}">\n`;
}

const HERE: Desktop = {
  os: Deno.build.os,
  env: (name) => Deno.env.get(name),
  get watched() {
    return Deno.stdout.isTerminal();
  },
  start(program, args) {
    new Deno.Command(program, { args: [...args], stdin: "null", stdout: "null", stderr: "null" }).spawn().unref();
  },
};
