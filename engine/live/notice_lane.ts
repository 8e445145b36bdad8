import { SEVERITIES } from "../core/alerts.ts";
import { Backoff } from "./backoff.ts";
import type { LiveTools } from "./live_tools.ts";
import type { HttpResponse } from "./network.ts";
import type { Notice } from "./notice.ts";
import type { NoticeTarget } from "./notice_target.ts";
import { plainLine } from "./plain_line.ts";

/** What a lane is made of. */
export interface LaneOptions {
  readonly target: NoticeTarget;
  /** What notices are about. */
  readonly run: string;
  readonly tools: Omit<LiveTools, "tell">;
  /** Hears in one line, without a secret, that notices do not arrive; once until they do again. */
  readonly tell: (line: string) => void;
}

/** Notices that wait. Where there are more, the oldest of the least severe is left out, and counted. */
const WAITING_MAX = 100;
/** Notices that leave together. */
const BATCH_MAX = 20;
/** Tries of one batch: two minutes or so. */
const BACKOFF = { baseMs: 1000, capMs: 60_000, attempts: 8 };
const TIMEOUT_MS = 10_000;

/**
 * The way of notices to one target: they wait here, leave together at the pace that the target allows, and are tried again where they
 * did not arrive. Whoever adds one never waits, and hears of no error.
 *
 * A request that was not answered may have arrived: then its notices come twice.
 *
 * Cost: constant for each notice, the 100 that wait where these are full.
 */
export class NoticeLane {
  readonly #options: LaneOptions;
  readonly #waiting: Notice[] = [];
  /** Those that are on their way. */
  #sending: readonly Notice[] = [];
  readonly #backoff: Backoff;
  #leftOut = 0;
  #busy = false;
  #told = false;
  #closed = false;
  #over = false;
  /** Not before, in ms of the timers. */
  #next = -Infinity;
  #cancel: (() => void) | undefined;
  #idle: (() => void) | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#backoff = new Backoff(BACKOFF, options.tools.random);
  }

  add(notice: Notice): void {
    if (this.#closed) return;
    this.#waiting.push(notice);
    if (this.#waiting.length > WAITING_MAX) this.#leaveOut();
    this.#later();
  }

  /** Takes nothing more; resolves once all that waits has left, or after so many ms. */
  async close(ms: number): Promise<void> {
    this.#closed = true;
    const { timers } = this.#options.tools;
    if (this.#busy || this.#waiting.length > 0) {
      await new Promise<void>((done) => {
        const cancel = timers.after(ms, done);
        this.#idle = () => {
          cancel();
          done();
        };
      });
    }
    this.#over = true;
    this.#cancel?.();
    const left = this.#waiting.length + this.#sending.length;
    if (left > 0) this.#options.tell(`${left} alerts did not reach ${this.#options.target.name}: the run is over`);
  }

  #leaveOut(): void {
    const least = Math.min(...this.#waiting.map(({ severity }) => SEVERITIES.indexOf(severity)));
    this.#waiting.splice(this.#waiting.findIndex(({ severity }) => SEVERITIES.indexOf(severity) === least), 1);
    this.#leftOut++;
  }

  /** Posts what waits, at the target's pace. */
  #later(): void {
    if (this.#over || this.#busy || this.#waiting.length === 0) return;
    this.#busy = true;
    const { timers } = this.#options.tools;
    this.#cancel = timers.after(Math.max(0, this.#next - timers.now()), () => void this.#post());
  }

  async #post(): Promise<void> {
    const { target, run, tools: { network, timers } } = this.#options;
    const notices = this.#sending = this.#waiting.splice(0, BATCH_MAX), leftOut = this.#leftOut;
    this.#leftOut = 0;
    this.#next = timers.now() + target.everyMs;
    let response: HttpResponse | undefined, failure = "";
    try {
      response = await network.request({ ...target.request({ run, notices, leftOut }), timeoutMs: TIMEOUT_MS });
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    this.#busy = false;
    this.#sending = [];
    if (this.#over) return;
    if (response !== undefined && response.status >= 200 && response.status < 300) this.#arrived();
    else this.#failed(notices, leftOut, response, failure);
    if (this.#waiting.length === 0) this.#idle?.();
    else this.#later();
  }

  #arrived(): void {
    this.#backoff.reset();
    this.#told = false;
  }

  /** They are tried again, where that may help. */
  #failed(notices: readonly Notice[], leftOut: number, response: HttpResponse | undefined, failure: string): void {
    const { target, tools: { timers } } = this.#options, { status = 0 } = response ?? {};
    const why = response === undefined ? failure : `it answered ${status} ${response.text.slice(0, 200)}`;
    const helps = response === undefined || status === 408 || status === 429 || status >= 500;
    const wait = helps ? this.#backoff.next(response && target.retryMs(response)) : undefined;
    if (!this.#told) {
      this.#told = true;
      const then = wait === undefined ? "they are lost" : "trying again";
      this.#options.tell(target.redact(`Cannot post alerts to ${target.name}: ${plainLine(why)}; ${then}`));
    }
    if (wait === undefined) {
      this.#backoff.reset();
      this.#leftOut += leftOut + notices.length;
      return;
    }
    this.#leftOut += leftOut;
    this.#waiting.unshift(...notices);
    while (this.#waiting.length > WAITING_MAX) this.#leaveOut();
    this.#next = timers.now() + Math.max(wait, target.everyMs);
  }
}
