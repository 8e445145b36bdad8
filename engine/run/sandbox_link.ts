import type { ByteSink } from "./byte_sink.ts";

/** Bytes that one exchange may carry. */
const CHUNK = 1 << 20;
const HEAD = 64;

/** Words of control. */
const STATE = 0, OP = 1, WHICH = 2, LENGTH = 3, FAILED = 4, STOP = 5, BEATS = 6;
const ASKED = 1, ANSWERED = 2;
/** Numbers behind them. */
const OFFSET = 0, ROWS = 1;
/** What can be asked for. */
const READ = 1, WRITE = 2, CLOSE = 3, NEXT = 4;

/** Taken hold of before the sandbox takes them away. */
const { wait, store, notify } = Atomics;

/** Memory that a sandboxed session and its host share: one exchange at a time, so that it is bounded. */
export function sandboxMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD + CHUNK);
}

class Views {
  readonly control: Int32Array;
  readonly numbers: Float64Array;
  readonly data: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.control = new Int32Array(memory, 0, 8);
    this.numbers = new Float64Array(memory, 32, 2);
    this.data = new Uint8Array(memory, HEAD);
  }
}

/** The session's end: asks its host for the tape's bytes, hands over what it puts out, and waits for each answer. */
export class SandboxLink {
  readonly #views: Views;
  readonly #ask: () => void;

  /** `ask` wakes the host. */
  constructor(memory: SharedArrayBuffer, ask: () => void) {
    this.#views = new Views(memory);
    this.#ask = ask;
  }

  /** Fills `into` with the bytes of tape `which` from `offset` on. */
  read(which: number, offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length;) {
      const length = Math.min(CHUNK, into.length - done);
      this.#exchange(READ, which, length, offset + done);
      into.set(this.#views.data.subarray(0, length), done);
      done += length;
    }
  }

  /** Hands bytes to output `which`. Throws what the host met with. */
  write(which: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; done += CHUNK) {
      const piece = bytes.subarray(done, done + CHUNK);
      this.#views.data.set(piece);
      this.#exchange(WRITE, which, piece.length, 0);
    }
  }

  close(which: number): void {
    this.#exchange(CLOSE, which, 0, 0);
  }

  /** Lets output `which` go on in another file. */
  next(which: number): void {
    this.#exchange(NEXT, which, 0, 0);
  }

  /** Says that the session is alive, and how far it is; true when the host wants it to stop. */
  beat(rows: number): boolean {
    const { control, numbers } = this.#views;
    numbers[ROWS] = rows;
    control[BEATS]++;
    return control[STOP] === 1;
  }

  #exchange(op: number, which: number, length: number, offset: number): void {
    const { control, numbers, data } = this.#views;
    control[OP] = op;
    control[WHICH] = which;
    control[LENGTH] = length;
    numbers[OFFSET] = offset;
    store(control, STATE, ASKED);
    this.#ask();
    wait(control, STATE, ASKED);
    if (control[FAILED] === 1) throw new Error(new TextDecoder().decode(data.slice(0, control[LENGTH])));
  }
}

/** What a host has for a session: the bytes of its tapes, and places for what it puts out; nothing else can be asked for. */
export interface SandboxFiles {
  readonly tapes: readonly { readonly size: number; read(offset: number, into: Uint8Array): void }[];
  readonly sinks: readonly ByteSink[];
}

/** The host's end. */
export class SandboxHost {
  readonly #views: Views;
  readonly #files: SandboxFiles;

  constructor(memory: SharedArrayBuffer, files: SandboxFiles) {
    this.#views = new Views(memory);
    this.#files = files;
  }

  /** Tape rows the session has passed, and a count that moves while it lives. */
  get rows(): number {
    return this.#views.numbers[ROWS];
  }

  get beats(): number {
    return this.#views.control[BEATS];
  }

  /** Lets the session stop where it stands. */
  stop(): void {
    this.#views.control[STOP] = 1;
  }

  /** Answers what was asked. */
  answer(): void {
    const { control, data } = this.#views;
    try {
      this.#serve();
      control[FAILED] = 0;
    } catch (error) {
      const text = new TextEncoder().encode(error instanceof Error ? error.message : String(error)).subarray(0, CHUNK);
      data.set(text);
      control[LENGTH] = text.length;
      control[FAILED] = 1;
    }
    store(control, STATE, ANSWERED);
    notify(control, STATE);
  }

  #serve(): void {
    const { control, numbers, data } = this.#views;
    const op = control[OP], which = control[WHICH], length = control[LENGTH];
    if (!(length >= 0 && length <= CHUNK)) throw new RangeError(`Cannot exchange ${length} bytes`);
    if (op === READ) {
      const tape = this.#files.tapes[which], offset = numbers[OFFSET];
      if (!(offset >= 0 && offset + length <= tape.size)) {
        throw new RangeError(`Cannot read at ${offset}: outside the tape`);
      }
      // Files are read into memory of one's own: shared memory may change while the system looks at it.
      const bytes = new Uint8Array(length);
      tape.read(offset, bytes);
      data.set(bytes);
    } else if (op === WRITE) this.#files.sinks[which].write(data.slice(0, length));
    else if (op === CLOSE) this.#files.sinks[which].close();
    else if (op === NEXT) this.#files.sinks[which].next!();
    else throw new RangeError(`Cannot do ${op}`);
  }
}
