/** For tests: the command line, called in this process or as a program of its own. */
import { fileURLToPath } from "node:url";
import type { Extension } from "./extension.ts";
import { main } from "./program.ts";

/** How a command line ended, and what it said. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A file of the project by its path from the root. */
export function project(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}

/** The tape that comes along. */
export const TAPE = project("fixtures/data/market_l2.arrow");

/** The command line with what others add to it, as a function that runs it in this process. */
export function commandLine(extensions: readonly Extension[] = []): (...args: readonly string[]) => Promise<Said> {
  return async (...args) => {
    let out = "", err = "";
    const code = await main(args, {
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      watched: false,
      color: false,
      width: 80,
    }, extensions);
    return { code, out, err };
  };
}

/** Runs the engine's command line in this process. */
export const lockstep = commandLine();

/** The program as its own process, in a folder. */
export function program(args: readonly string[], cwd: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--unstable-worker-options", project("mod.ts"), ...args],
    cwd,
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
}

/** What a process said when it had ended. */
export async function ended(process: Deno.ChildProcess): Promise<Said> {
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** Calls `work` with a folder that is gone afterwards. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes a strategy whose timer, once in a simulated second, does what `body` says (`ctx`, and `n` calls so far). */
export function writeStrategy(folder: string, name: string, body: string): string {
  const face = new URL("../../../mod.ts", import.meta.url).href;
  const path = `${folder}/${name}.ts`;
  Deno.writeTextFileSync(
    path,
    `import { BUY, strategy } from ${JSON.stringify(face)};
export default strategy({
  name: "${name}",
  about: "For a test.",
  params: {},
  create: () => {
    let n = 0;
    return {
      onStart: (ctx) => void ctx.every("1s"),
      onTimer(ctx) {
        n++;
        ${body}
      },
    };
  },
});
`,
  );
  return path;
}

/** A raw Binance capture of a few lines: a snapshot, two updates, and a ticker after each. */
export const CAPTURE: readonly string[] = [
  `1723161255000000001 {"lastUpdateId":100,"E":1723161255000,"T":1723161255000,"bids":[["100.0","5"]],"asks":[["100.1","5"]]}`,
  update(1, { first: 99, last: 101, before: 98 }, `"b":[["100.0","6"]],"a":[]`),
  ticker(2, 101, `"b":"100.0","B":"6","a":"100.1","A":"5"`),
  update(3, { first: 102, last: 103, before: 101 }, `"b":[],"a":[["100.1","4"]]`),
  ticker(4, 103, `"b":"100.0","B":"6","a":"100.1","A":"4"`),
];

/** One depth update of it. */
export function update(
  at: number,
  { first, last, before }: { first: number; last: number; before: number },
  levels: string,
): string {
  const time = 1723161255000 + at;
  return `${time}000001 {"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":${time},"T":${time},"s":"BTCUSDT",` +
    `"U":${first},"u":${last},"pu":${before},${levels}}}`;
}

/** One ticker of it. */
export function ticker(at: number, u: number, quote: string): string {
  const time = 1723161255000 + at;
  return `${time}000001 {"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":${u},"s":"BTCUSDT",${quote},"T":${time},` +
    `"E":${time}}}`;
}
