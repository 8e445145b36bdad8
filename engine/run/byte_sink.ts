/** Takes bytes in order: a file, or whoever writes one for us. `write` is done with them when it returns. */
export interface ByteSink {
  write(bytes: Uint8Array): void;
  close(): void;
  /** Goes on in another file, where what is written may be several. */
  next?(): void;
}

/**
 * A new file as a byte sink; one of that name is an error.
 *
 * @example
 * ```ts
 * import { FileSink } from "./byte_sink.ts";
 * const path = `${Deno.makeTempDirSync()}/notes.txt`;
 * const sink = new FileSink(path);
 * sink.write(new TextEncoder().encode("hello"));
 * sink.close();
 * if (Deno.readTextFileSync(path) !== "hello") throw new Error("unexpected");
 * ```
 */
export class FileSink implements ByteSink {
  readonly #file: Deno.FsFile;

  /** `overwrite` takes what is there already, devices and pipes too. */
  constructor(path: string, options: { readonly overwrite?: boolean } = {}) {
    this.#file = Deno.openSync(
      path,
      options.overwrite ? { write: true, create: true, truncate: true } : { write: true, createNew: true },
    );
  }

  write(bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) done += this.#file.writeSync(done === 0 ? bytes : bytes.subarray(done));
  }

  close(): void {
    this.#file.close();
  }
}

/**
 * Passes bytes on until the sink fails: the error is kept in `failure`, and what comes later is dropped.
 *
 * A full disk must not end a run, nor look like an error of the strategy in whose call it shows.
 */
export class GuardedSink implements ByteSink {
  /** The first error of the sink. */
  failure: Error | undefined;
  #sink: ByteSink | undefined;

  /** Opens the sink, or keeps why it could not. */
  constructor(open: () => ByteSink) {
    this.#try(() => this.#sink = open());
  }

  write(bytes: Uint8Array): void {
    if (this.failure === undefined) this.#try(() => this.#sink!.write(bytes));
  }

  next(): void {
    if (this.failure === undefined) this.#try(() => this.#sink!.next!());
  }

  close(): void {
    this.#try(() => this.#sink?.close());
    this.#sink = undefined;
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }
}
