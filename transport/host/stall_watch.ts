/** Does work of a strategy's under watch. */
export type Guard = <Result>(work: () => Result) => Result;

/** Whom the worker is told of: who a number is, or (without words) that it is no more. */
export interface Watched {
  readonly number: number;
  readonly words?: string;
}

/** What the worker is given first: beats and the number of who is at work, shared, and how many looks in vain are too many. */
export interface Watching {
  readonly shared: Int32Array;
  readonly looksMax: number;
}

/** Time between two beats, and between two looks, in ms. */
export const BEAT_MS = 250;

/**
 * Notices a strategy that does not come back from a callback. Sessions share this thread: no other goes on then, no client is
 * answered, and nothing here can end the callback. So a thread of its own looks on, names the strategy in the program's last line,
 * and kills the program (exit code 137). What other sessions had written by then stands, and `resume` goes on with them.
 *
 * It counts looks in which this thread gave no sign of life, and not time: a machine that slept has not stalled. What else keeps
 * this thread busy, with no strategy at work, is not its business.
 *
 * | call | cost |
 * |---|---|
 * | a guarded call | two stores |
 * | memory | a name for each session that is there |
 */
export class StallWatch implements Disposable {
  readonly #worker: Worker;
  readonly #shared = new Int32Array(new SharedArrayBuffer(8));
  readonly #beating: ReturnType<typeof setInterval>;
  #made = 0;

  /** `limitSec`: how long a callback may take. */
  constructor(limitSec: number) {
    this.#worker = new Worker(new URL("./stall_worker.ts", import.meta.url), { type: "module" });
    const watching: Watching = { shared: this.#shared, looksMax: Math.ceil(1000 * limitSec / BEAT_MS) };
    this.#worker.postMessage(watching);
    this.#beating = setInterval(() => Atomics.add(this.#shared, 0, 1), BEAT_MS);
  }

  /** The guard of one session; `words` name it where it stalls. Call `end` when it is over. */
  of(words: string): { readonly guard: Guard; readonly end: () => void } {
    const number = ++this.#made, shared = this.#shared, worker = this.#worker;
    worker.postMessage({ number, words } satisfies Watched);
    return {
      guard(work) {
        const before = Atomics.exchange(shared, 1, number);
        try {
          return work();
        } finally {
          Atomics.store(shared, 1, before);
        }
      },
      end: () => worker.postMessage({ number } satisfies Watched),
    };
  }

  /** Watches no more. */
  [Symbol.dispose](): void {
    clearInterval(this.#beating);
    this.#worker.terminate();
  }
}
