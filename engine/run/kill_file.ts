import type { Command, CommandResult } from "../core/command.ts";
import { Code } from "../core/codes.ts";
import { isoTime } from "../core/gap_error.ts";
import type { Session } from "../core/session.ts";
import type { Timers } from "../live/timers.ts";
import { type StillOpen, stillOpen } from "./still_open.ts";

/** A session on wall time, as a kill switch has it: paper or live. */
export interface KillableSession {
  /** Carries out a command at wall time. */
  command(command: Command): CommandResult;
  /** Ends it where it stands. */
  stop(reason: Error): unknown;
  readonly run: { readonly session: Session };
}

/** The files that a kill is asked for and answered by. */
export interface KillFiles {
  /** The beginning of a file's text; undefined where there is no such file. Throws what keeps it from being read. */
  read(path: string): string | undefined;
  /** Writes a file whole: who reads it finds what was there, or all of what is. */
  write(path: string, text: string): void;
}

/** What is written where a session was killed, as JSON. */
export interface KillAnswer extends StillOpen {
  /** When it was killed, and when this was written: in UTC. */
  readonly at: string;
  readonly written: string;
  readonly cause: string;
  /** How positions are closed: "none" leaves them. */
  readonly flatten: string;
}

/** What a kill file is made of. */
export interface KillFileOptions {
  readonly session: KillableSession;
  /** Any of these throws the switch. */
  readonly paths: readonly string[];
  /** Where a {@linkcode KillAnswer} goes; nowhere where absent. */
  readonly answer?: string;
  readonly files: KillFiles;
  readonly timers: Timers;
  /** Wall time, ns since 1970-01-01 UTC. */
  readonly wall: () => bigint;
  /** Hears in one line what people must know. */
  readonly tell: (line: string) => void;
}

/** Between two looks, in ms. */
const LOOK_MS = 250;
const CAUSE_MAX = 200;

/**
 * The kill switch as a file, for where neither terminal nor protocol is at hand: `touch out/RUN/KILL` is the command `kill`.
 *
 * - Its first line is the cause. A second line `flatten=market` closes positions, too.
 * - It is the command of the protocol, journalled in its place. To take the file away resets nothing; a session that is reset
 *   while the file is there is killed again.
 * - A file that cannot be read kills: nobody knows what it says. So does one that comes before the session has begun, which then
 *   never does.
 * - What is still open is written to the answer as it changes, until the session is over.
 *
 * Cost: a look at each file four times a second.
 */
export class KillFile implements Disposable {
  readonly #options: KillFileOptions;
  /** What each file said when it was acted on. */
  readonly #acted = new Map<string, string>();
  #answered = "";
  #failed = false;
  #ended = false;
  #cancel: (() => void) | undefined;

  constructor(options: KillFileOptions) {
    this.#options = options;
    this.#look();
  }

  /** Throws the switch by another way than a file. */
  kill(cause: string, flatten = false): void {
    const { session, tell } = this.#options, state = this.#state;
    const { code } = session.command({ kind: "kill", cause, ...(flatten ? { flatten: "market" } : {}) });
    if (code === Code.CLOSED) this.#end(cause);
    else if (!state?.killed) tell(`Killed: ${cause}; no orders leave, all that rest are cancelled`);
    this.#answer();
  }

  /** Looks no more; the answer says how it ended. */
  [Symbol.dispose](): void {
    this.#cancel?.();
    this.#answer();
  }

  get #state() {
    return this.#options.session.run.session.guardsMade?.killSwitch.state;
  }

  #look(): void {
    for (const path of this.#options.paths) {
      const text = this.#read(path);
      if (text === undefined || (text === this.#acted.get(path) && this.#state?.killed)) continue;
      this.#acted.set(path, text);
      const [first, second = ""] = text.split(/\r?\n/);
      this.kill(plain(first) || `by the file ${path}`, /^\s*flatten(=market)?\s*$/.test(second));
    }
    this.#answer();
    this.#cancel = this.#options.timers.after(LOOK_MS, () => this.#look());
  }

  /** A session that takes no commands has not begun, or is over. */
  #end(cause: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.tell(`Killed: ${cause}; the session ends where it stands`);
    this.#options.session.stop(new Error(`it was killed: ${cause}`));
  }

  #read(path: string): string | undefined {
    try {
      return this.#options.files.read(path);
    } catch (error) {
      return `its kill file ${path} cannot be read (${error instanceof Error ? error.message : error})`;
    }
  }

  #answer(): void {
    const { answer, session, files, wall, tell } = this.#options, state = this.#state;
    if (answer === undefined || !state?.killed) return;
    const { at, cause, flatten } = state, open = stillOpen(session.run.session);
    const known = JSON.stringify({ at, cause, flatten, open });
    if (known === this.#answered) return;
    this.#answered = known;
    const text: KillAnswer = { at: at ?? "", written: isoTime(wall()), cause, flatten, ...open };
    try {
      files.write(answer, `${JSON.stringify(text, null, 2)}\n`);
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) tell(`Cannot write ${answer}: ${error instanceof Error ? error.message : error}`);
      this.#failed = true;
      this.#answered = "";
    }
  }
}

/** One line, of a length that a journal may hold. */
function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").trim().slice(0, CAUSE_MAX);
}
