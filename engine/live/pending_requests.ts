import type { Timers } from "./timers.ts";

/** Requests given up whose answers are still known for what they are. */
const LATE_MAX = 1024;

/**
 * Requests that wait for their answers, by the number under which they were sent.
 *
 * One that has none in time is given up, once; its answer is still taken where it comes later. None is ever sent again here.
 */
export class PendingRequests<Request> {
  readonly #waiting = new Map<
    string,
    { readonly request: Request; readonly by: number; readonly cancel: () => void }
  >();
  readonly #late = new Map<string, Request>();

  constructor(private readonly timers: Timers, private readonly onNoAnswer: (request: Request, why: string) => void) {}

  /** A request was sent over a line (`by`), and has so many ms. */
  add(id: string, request: Request, by: number, ms: number): void {
    const cancel = this.timers.after(ms, () => this.#giveUp(id, `none came in ${ms} ms`));
    this.#waiting.set(id, { request, by, cancel });
  }

  /** What was asked under a number, which is answered now; undefined for a number of ours not, or answered already. */
  take(id: string): Request | undefined {
    const found = this.#waiting.get(id), late = this.#late.get(id);
    found?.cancel();
    this.#waiting.delete(id);
    this.#late.delete(id);
    return found?.request ?? late;
  }

  /** Whether something that was sent over a line has no answer yet. */
  waitsFor(by: number): boolean {
    for (const { by: its } of this.#waiting.values()) if (its === by) return true;
    return false;
  }

  /** A line is over, or all are: what was sent over it has no answer. */
  end(by: number | undefined, why: string): void {
    for (const [id, { by: its }] of [...this.#waiting]) if (by === undefined || its === by) this.#giveUp(id, why);
  }

  #giveUp(id: string, why: string): void {
    const found = this.#waiting.get(id);
    if (found === undefined) return;
    found.cancel();
    this.#waiting.delete(id);
    this.#late.set(id, found.request);
    if (this.#late.size > LATE_MAX) this.#late.delete(this.#late.keys().next().value!);
    this.onNoAnswer(found.request, why);
  }
}
