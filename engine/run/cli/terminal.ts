/** Where a command's words go. */
export interface Terminal {
  /** Results. */
  out(text: string): void;
  /** Messages, errors and progress. */
  err(text: string): void;
  /** Whether a person looks at `err`: a progress bar is drawn for nobody else. */
  readonly watched: boolean;
  /** Whether `out` may be coloured. */
  readonly color: boolean;
  /** Columns of `out`. */
  readonly width: number;
}

/** Narrower terminals scroll sideways. */
const WIDTH_MIN = 40;
const WIDTH_DEFAULT = 80;
/** A tearsheet on a very wide terminal would tear the eye. */
const WIDTH_MAX = 120;

/** The process's own terminal. A reader that has gone away ends the program quietly, as `| head` does. */
export function processTerminal(): Terminal {
  const encoder = new TextEncoder();
  const write = (to: { writeSync(bytes: Uint8Array): number }, name: string, text: string) => {
    const bytes = encoder.encode(text);
    try {
      for (let done = 0; done < bytes.length;) done += to.writeSync(bytes.subarray(done));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`Cannot write ${name}: ${why}; free some space, or send it elsewhere`, { cause: error });
    }
  };
  const seen = Deno.stdout.isTerminal();
  return {
    out: (text) => write(Deno.stdout, "standard output", text),
    err: (text) => write(Deno.stderr, "standard error", text),
    watched: Deno.stderr.isTerminal(),
    color: seen && !Deno.noColor,
    width: seen ? Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, columns())) : WIDTH_DEFAULT,
  };
}

function columns(): number {
  try {
    return Deno.consoleSize().columns || WIDTH_DEFAULT;
  } catch {
    return WIDTH_DEFAULT;
  }
}
