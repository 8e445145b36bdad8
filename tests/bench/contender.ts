import { BufferedLines } from "./lines.ts";

/**
 * A program that waits for questions, one line of JSON each, and answers each with one: so two can take turns.
 *
 * It must answer once, by itself, when it is ready.
 */
export class Contender implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #lines: BufferedLines;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#lines = new BufferedLines(process.stdout);
    this.#writer = process.stdin.getWriter();
  }

  /** Starts a program and waits until it is ready. */
  static async start(command: string, args: readonly string[]): Promise<Contender> {
    const process = new Deno.Command(command, { args: [...args], stdin: "piped", stdout: "piped", stderr: "piped" });
    const contender = new Contender(process.spawn());
    await contender.#answer();
    return contender;
  }

  /** Asks for one run. */
  async ask(question: Readonly<Record<string, unknown>>): Promise<Record<string, number>> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(question)}\n`));
    return await this.#answer();
  }

  async #answer(): Promise<Record<string, number>> {
    for (;;) {
      const line = await this.#lines.next();
      if (line === undefined) {
        const errors = await new Response(this.#process.stderr).text();
        throw new Error(`Cannot bench: a program ended early: ${errors.trim().split("\n").slice(-3).join("; ")}`);
      }
      // Rivals print what they like beside their answers.
      if (line.startsWith("{")) return JSON.parse(line);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#lines.drain();
    await this.#process.stderr.cancel().catch(() => {});
    await this.#process.status;
  }
}
