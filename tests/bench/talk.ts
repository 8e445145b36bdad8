import { beside, RUN } from "./bench.ts";
import { BufferedLines } from "./lines.ts";

/**
 * Cores that programs can be kept to, by `taskset`. Two programs that talk over loopback are else moved to one core, and each write
 * of one lets the other run first: four times its cost, on the machine where this was measured.
 */
export const CORES: number = hasTaskset() ? navigator.hardwareConcurrency : 0;

/** A Deno program beside this one, in a process of its own, that answers each line with one of JSON, and ends with its input. */
export class Talk implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: BufferedLines;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #name: string;

  /**
   * It is run as users run programs, with flags of V8 beside theirs ("expose-gc"); on a core alone (see {@linkcode CORES}) where one
   * says so.
   */
  constructor(
    name: string,
    args: readonly string[],
    { v8 = "", core }: { readonly v8?: string; readonly core?: number } = {},
  ) {
    this.#name = name;
    const flags = RUN.map((flag) => flag.startsWith("--v8-flags=") && v8 !== "" ? `${flag},--${v8}` : flag);
    const deno = [Deno.execPath(), ...flags, "--no-check", beside(name), ...args];
    const [program, ...all] = core === undefined ? deno : ["taskset", "--cpu-list", String(core), ...deno];
    this.#child = new Deno.Command(program, { args: all, stdin: "piped", stdout: "piped" }).spawn();
    this.#lines = new BufferedLines(this.#child.stdout);
    this.#stdin = this.#child.stdin.getWriter();
  }

  /** The next line that it prints. Throws where it has ended. */
  async hear<Answer>(): Promise<Answer> {
    const line = await this.#lines.next();
    if (line === undefined) throw new Error(`Cannot go on: ${this.#name} has ended; what it said stands above`);
    return JSON.parse(line);
  }

  /** Sends a line, and hears the next. */
  async ask<Answer>(question: unknown): Promise<Answer> {
    const line = typeof question === "string" ? question : JSON.stringify(question);
    await this.#stdin.write(new TextEncoder().encode(`${line}\n`));
    return await this.hear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stdin.close();
    await this.#lines.drain();
    await this.#child.status;
  }
}

function hasTaskset(): boolean {
  try {
    return new Deno.Command("taskset", { args: ["--version"], stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
