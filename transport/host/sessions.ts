import { basename } from "node:path";
import type * as v from "valibot";
import { isoTime } from "../../engine/core/gap_error.ts";
import { type BacktestOptions, RunError } from "../../engine/run/backtest.ts";
import { folderOutputs, keepResult } from "../../engine/run/folder_outputs.ts";
import { recordedRun, type RunOutcome } from "../../engine/run/recorded_run.ts";
import { RunFolder } from "../../engine/run/run_folder.ts";
import type { RunJournal } from "../../engine/run/run_journal.ts";
import { serverNeed } from "../auth/mod.ts";
import type { Connection } from "../hub/mod.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { sessionInfo } from "../protocol/rest.ts";
import type { Pace } from "./driver.ts";
import type { ForkPlace, HostOptions } from "./host_options.ts";
import { HostedSession } from "./hosted_session.ts";
import { malformed } from "./session_options.ts";
import type { Server } from "./server.ts";
import type { StallWatch } from "./stall_watch.ts";

/** A session, as REST tells of it. */
export type SessionInfo = v.InferOutput<typeof sessionInfo>;

/** What a session is made of. */
export interface SessionPlan {
  /** Names of strategy and tapes, as clients know them. */
  readonly strategy: string;
  readonly tapes: readonly string[];
  readonly options: BacktestOptions;
  readonly pace: Pace;
  readonly speed: number;
  readonly paused?: boolean;
  /** How its journal names strategy and tapes; without it none is written. */
  readonly journal?: Omit<RunJournal, "sink">;
}

/** Where sessions are kept, and how many. */
export interface SessionsOptions {
  readonly server: Server;
  /** The folder that runs' folders go to; nothing is written where absent. */
  readonly out?: string;
  /** Sessions that run at one time; 8. */
  readonly runningMax?: number;
  /** Sessions there are at one time, those that have ended among them: the oldest of these goes for a new one; 16. Each holds what it
   * told its clients, some 40 MB, for those who come late. */
  readonly keptMax?: number;
  /** Ends the program where a strategy does not come back. */
  readonly watch?: StallWatch;
  /** Wall time, ms since 1970; the machine's. */
  readonly now?: () => number;
}

interface Kept {
  readonly session: HostedSession;
  readonly plan: SessionPlan;
  readonly folder: RunFolder | undefined;
  /** Where its files are. */
  readonly path: string | undefined;
  /** It was made elsewhere, and is only shown. */
  readonly shown?: true;
  readonly created: number;
  /** Its run, with all it puts out, is over. */
  over: Promise<void>;
  settled: boolean;
  digest: string | null;
  reason: string;
}

/** A session that has just been made. */
const RUNNING = { over: Promise.resolve(), settled: false, digest: null, reason: "" };
/** When clients come back to a session that was made again, in ms. */
const REWIND_MS = 50;

/** Files of a run that can be downloaded, once it is over. */
const FILES = [
  "result.json",
  "tearsheet.txt",
  "orders.arrow",
  "fills.arrow",
  "positions.arrow",
  "trades.arrow",
  "journal",
  "manifest.json",
];

/**
 * The sessions that a server makes: each runs in this thread beside the others, records what any run records, and stays for its
 * clients when it has ended, until it is forgotten or makes room. What it wrote stays in its folder.
 *
 * Names are the server's own: that of the run's folder, strategy, tape and a count.
 *
 * A clock that is sought back has its session made again, from its start to there, with what was commanded till then. It keeps
 * its name, and has a folder of its own, whose journal is of one past, from the start to the end; the folder of what is left
 * stays, marked as a run that was stopped. Clients come back to another hub, whose epoch is new.
 *
 * | call | cost |
 * |---|---|
 * | `start` | opening its tapes |
 * | others | constant, or the sessions there are |
 */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #kept = new Map<string, Kept>();
  #made = 0;
  #closing = false;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** How many are there, and how many of them run. */
  get counts(): { readonly kept: number; readonly running: number } {
    let running = 0;
    for (const { settled } of this.#kept.values()) if (!settled) running++;
    return { kept: this.#kept.size, running };
  }

  /**
   * Makes a session and starts it; `forward` is where it goes first, hearing nobody. Throws ProtocolError OVERLOADED where enough
   * run, and MALFORMED for options that do not fit.
   */
  start(plan: SessionPlan, forward?: ForkPlace): SessionInfo {
    this.#makeRoom();
    return this.#launch(plan, forward);
  }

  /** Starts a session, in the place of another where there is one to be replaced. */
  #launch(plan: SessionPlan, forward?: ForkPlace, instead?: Kept): SessionInfo {
    const { server, out, now = Date.now } = this.#options;
    const folder = out === undefined ? undefined : new RunFolder(out, plan.strategy, plan.tapes);
    if (folder && folder.path === undefined) throw folder.failure;
    const id = instead?.session.id ?? (folder ? basename(folder.path!) : this.#name(plan.strategy));
    const watched = this.#options.watch?.of(`strategy ${plan.strategy} of session ${id}`), guard = watched?.guard;
    let session: HostedSession | undefined, refused: unknown;
    const outputs = folder && folderOutputs(folder, plan.journal && { journal: plan.journal });
    const made = (given: BacktestOptions) =>
      new HostedSession(given, { ...this.#hostOptions(id, plan, forward), guard });
    const run = recordedRun(plan.options, outputs ?? {}, (given) => {
      try {
        session = guard ? guard(() => made(given)) : made(given);
        server.add(session);
      } catch (error) {
        refused = error;
        throw error;
      }
      return session.run();
    });
    if (session === undefined) {
      run.catch(() => folder?.discard()).finally(watched?.end);
      throw malformed(refused);
    }
    const kept: Kept = { session, plan, folder, path: folder?.path, created: instead?.created ?? now(), ...RUNNING };
    kept.over = run.then((outcome) => this.#ended(kept, outcome), (error) => this.#failed(kept, error))
      // Whoever waits for the end of this one waits for that of the one before, too.
      .then(() => instead?.over).finally(watched?.end);
    this.#kept.set(id, kept);
    return this.info(id);
  }

  /**
   * Shows a session that was made elsewhere among its own; its files are in the folder `path`. Call what this returns when they
   * are written.
   */
  show(session: HostedSession, plan: SessionPlan, path: string | undefined): (digest: string) => void {
    const { now = Date.now } = this.#options;
    const kept: Kept = { session, plan, folder: undefined, path, shown: true, created: now(), ...RUNNING };
    this.#kept.set(session.id, kept);
    return (digest) => {
      kept.digest = digest;
      kept.settled = true;
    };
  }

  /** How sessions that are like `plan` are forked: for hosts that make sessions in other ways. */
  forking(
    plan: SessionPlan,
    clock: () => { readonly pace: Pace; readonly speed: number },
  ): NonNullable<HostOptions["fork"]> {
    return (place, by) => this.#fork({ ...plan, ...clock() }, place, by);
  }

  /** One as it stands. Throws ProtocolError SESSION_UNKNOWN. */
  info(id: string): SessionInfo {
    const { session, plan, created, settled, digest, reason } = this.#get(id), { driver, mode, live, begun } = session;
    const { state, pace, speed, time } = driver.clock, { rows, total } = session.progress;
    return {
      session: id,
      strategy: plan.strategy,
      tapes: [...plan.tapes],
      mode,
      live,
      // What it puts out is not whole before that.
      state: driver.over && !settled ? "running" : state,
      pace,
      speed,
      time: begun ? time : null,
      rows,
      total,
      created,
      digest,
      reason,
      files: this.files(id),
    };
  }

  /** Names of all, in the order in which they were made. */
  ids(): string[] {
    return [...this.#kept.keys()];
  }

  /** What can be downloaded of one: nothing while it runs. */
  files(id: string): string[] {
    const { path, settled } = this.#get(id);
    return settled && path !== undefined ? FILES.filter((name) => isFile(`${path}/${name}`)) : [];
  }

  /** The path of one of its files. Throws ProtocolError SESSION_UNKNOWN for a session or a file that is not there. */
  file(id: string, name: string): string {
    if (this.files(id).includes(name)) return `${this.#get(id).path}/${name}`;
    const why = this.#get(id).settled
      ? "it has no such file; see its files"
      : "it runs still; its files come at its end";
    throw new ProtocolError("SESSION_UNKNOWN", `Cannot read ${name} of ${id}: ${why}`);
  }

  /** Ends one where it stands, and forgets it; resolves when what it put out is kept. Throws ProtocolError SESSION_UNKNOWN. */
  async forget(id: string, why: string): Promise<void> {
    const { session, over, shown } = this.#get(id);
    if (shown) {
      throw new ProtocolError(
        "MODE_UNSUPPORTED",
        `Cannot delete ${id}: it is the run that this server shows; end that`,
      );
    }
    session.stop(new Error(why));
    await over;
    this.#drop(id);
  }

  /** Ends all, keeps what they put out, and takes no more. */
  async close(why = "The server stopped"): Promise<void> {
    this.#closing = true;
    for (const { session } of this.#kept.values()) session.stop(new Error(why));
    await Promise.all(Array.from(this.#kept.values(), ({ over }) => over));
  }

  #fork(plan: SessionPlan, place: ForkPlace, by: Connection): string {
    const { server } = this.#options;
    // It takes of the server what any new session does.
    server.permit(by.principal, serverNeed("session_create"));
    const { session } = this.start({ ...plan, paused: false }, place);
    const detail = { strategy: plan.strategy, steps: place.steps, until: place.until };
    const { principal, link } = by;
    server.record({ principal, address: link?.remote, session, action: "session_fork", outcome: "done", detail });
    return session;
  }

  /** Puts a session in its own place as it was, once whoever asked for that has its answer. */
  #rewind(id: string, place: ForkPlace): void {
    const kept = this.#get(id), { session, plan, settled } = kept, { server } = this.#options;
    if (this.#closing) throw new ProtocolError("DRAINING", "Cannot seek: the server is stopping");
    // One that has ended takes a place again among those that run.
    if (settled) this.#checkRunning();
    const { pace, speed } = session.driver.clock, why = `the session is as it was at ${isoTime(place.until!)}`;
    queueMicrotask(() => {
      session.hub.drain(REWIND_MS, why);
      server.remove(id);
      session.stop(new Error(`Stopped: ${why}`));
      try {
        this.#launch({ ...plan, pace, speed, paused: false }, place, kept);
      } catch (error) {
        this.#kept.delete(id);
        server.log.error("a session could not be made again", { session: id, error: `${error}` });
      }
    });
  }

  #hostOptions(id: string, plan: SessionPlan, forward: ForkPlace | undefined): HostOptions {
    const { pace, speed, paused } = plan;
    return {
      ...this.#options.server.hostOptions(id),
      pace,
      speed,
      paused,
      forward,
      rewind: (place) => this.#rewind(id, place),
      fork: this.forking(plan, () => this.#get(id).session.driver.clock),
    };
  }

  #get(id: string): Kept {
    const found = this.#kept.get(id);
    if (found !== undefined) return found;
    throw new ProtocolError("SESSION_UNKNOWN", `Cannot find session ${id}: there is none of that name`);
  }

  /** Throws where no more can run; forgets the oldest that has ended where no more can be kept. */
  #makeRoom(): void {
    const { keptMax = 16 } = this.#options;
    if (this.#closing) throw new ProtocolError("DRAINING", "Cannot make a session: the server is stopping");
    this.#checkRunning();
    for (const [id, { settled, shown }] of this.#kept) {
      if (this.#kept.size < keptMax) return;
      if (settled && !shown) this.#drop(id);
    }
  }

  #checkRunning(): void {
    const { runningMax = 8 } = this.#options;
    if (this.counts.running < runningMax) return;
    throw new ProtocolError("OVERLOADED", `Cannot make a session: ${runningMax} run already; stop one first`, 1000);
  }

  #drop(id: string): void {
    this.#options.server.remove(id);
    this.#kept.delete(id);
  }

  #name(strategy: string): string {
    return `${strategy.replace(/[^\w.-]+/g, "_").slice(0, 60)}-${++this.#made}`;
  }

  #ended(kept: Kept, { result, error }: RunOutcome): void {
    const { folder } = kept;
    if (folder) keepResult(folder, result);
    kept.digest = result.digest;
    this.#settle(kept, error?.message ?? "", folder?.failure);
  }

  #failed(kept: Kept, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    kept.folder?.endWithout(reason);
    this.#settle(kept, reason, error instanceof RunError ? undefined : error);
  }

  #settle(kept: Kept, reason: string, fault: unknown): void {
    kept.reason = reason.slice(0, 4096);
    kept.settled = true;
    if (fault === undefined) return;
    this.#options.server.log.error("a session's run could not be kept", {
      session: kept.session.id,
      error: `${fault}`,
    });
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
