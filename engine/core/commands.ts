import type { Core } from "./core.ts";
import { codeName } from "./codes.ts";
import type { Command, CommandEntry, CommandKind, CommandResult, PlacedCommand, ScheduledCommand } from "./command.ts";
import { placeOf } from "./command.ts";
import { commandFields } from "./command_fields.ts";
import { commandTime, parseCommand, unknownKind } from "./command_text.ts";
import { isoTime } from "./gap_error.ts";
import type { Instrument } from "./instrument.ts";
import { isPlain } from "./plain_json.ts";
import type { Recorder } from "./recorder.ts";
import type { Service, Services } from "./services.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";
import { loadValue, saveValue } from "./plain_state.ts";

/** Ids whose answers are kept: one that was given so many commands ago is taken for a new one. */
const IDS_MAX = 10_000;
/** Notes about commands that a result has at most. */
const NOTES_MAX = 100;

/** What commands need of their session; a `Session` is one. */
export interface CommandHost {
  readonly core: Core;
  readonly services: Services;
  readonly context: { readonly instruments: readonly Instrument[] };
  /** Moves made so far, and parts of the end. */
  readonly steps: number;
  readonly ending: number;
  /** Whether that is known. */
  readonly ready: boolean;
  /** When the session's clock starts, ns since 1970-01-01 UTC. */
  readonly startsAt: bigint;
}

/**
 * The one way by which anything from outside changes a running session: kinds of commands by name, and who carries them out.
 *
 * - A command is checked whole before anything changes: a malformed one throws, a refused one is a result with a code.
 * - It is recorded in its exact place before it is carried out, so that a journal makes it again in the same place; what it
 *   does shows in the digest by its effects.
 * - An id that comes again gets its first answer again, and nothing is done or recorded.
 * - Commands of the run's own options come as timers of the session: at one time behind market data, answers and arrivals, and
 *   before the strategy's timers.
 *
 * | call | cost |
 * |---|---|
 * | `take` | constant, beside what the command does |
 * | memory | 10,000 ids with their answers |
 */
export class Commands implements Service {
  readonly name = "commands";
  readonly #host: CommandHost;
  readonly #recorder: Recorder;
  readonly #kinds = new Map<string, CommandKind>();
  readonly #answers = new Map<string, CommandResult>();
  /** Those that are to come, by the number of their timer once the session has started. */
  #waiting = new Map<number, { readonly at: bigint; readonly command: Command & { readonly id: string } }>();
  #scheduled: { readonly at: bigint; readonly command: Command & { readonly id: string } }[] = [];
  #count = 0;
  readonly #notes: string[] = [];
  #current: string | undefined;
  /** Those given before it was known when the session starts. */
  #early: (ScheduledCommand | PlacedCommand | string)[] = [];

  constructor(host: CommandHost, recorder: Recorder) {
    this.#host = host;
    this.#recorder = recorder;
  }

  /** All kinds by name. */
  get kinds(): ReadonlyMap<string, CommandKind> {
    return this.#kinds;
  }

  /** The id of the one that is being carried out; undefined where none is. */
  get current(): string | undefined {
    return this.#current;
  }

  /** Those that are kept for their times, before the session has started; each has its id. */
  get scheduled(): readonly ScheduledCommand[] {
    return this.#scheduled.map(({ at, command }) => ({ at: isoTime(at), command }));
  }

  /** Lines about what came of each, and which were never reached. */
  get notes(): readonly string[] {
    const late = [...this.#waiting.values(), ...this.#scheduled].map(({ at, command }) =>
      `Command ${command.id} (${command.kind}) for ${isoTime(at)} was not reached: the session ended before`
    );
    return [...this.#notes, ...late].slice(0, NOTES_MAX);
  }

  /** Adds a kind. Throws RangeError where there is one of that name. */
  handle(name: string, kind: CommandKind): void {
    if (this.#kinds.has(name)) throw new RangeError(`Cannot handle command ${name}: somebody does already`);
    this.#kinds.set(name, kind);
  }

  /** Carries out a command now, between two moves of the session. Throws TypeError or RangeError for a malformed one. */
  take(command: Command): CommandResult {
    const given = this.#copy(command);
    const before = given.id === undefined ? undefined : this.#answers.get(given.id);
    return before ?? this.#apply({ ...given, id: given.id ?? this.#newId() }, false);
  }

  /**
   * Keeps commands for their times, once, before the session starts: as objects, or as text (see {@linkcode parseCommand}).
   *
   * Throws TypeError or RangeError for a malformed one, and for a time before the session's start; the place of one that has
   * one is named. Where it is not known yet when the session starts, it is when it does that this throws.
   */
  schedule(commands: readonly (ScheduledCommand | PlacedCommand | string)[]): void {
    if (!this.#host.ready) return void this.#early.push(...commands);
    const ids = new Set<string>();
    for (const each of commands) {
      if (typeof each === "string" || !("given" in each)) this.#schedule(each, ids);
      else namingPlace(each.place, () => this.#schedule(each.given, ids));
    }
  }

  #schedule(each: ScheduledCommand | string, ids: Set<string>): void {
    const { startsAt } = this.#host;
    const { at, command } = typeof each === "string" ? parseCommand(each, this.#kinds) : each;
    if (typeof at !== "string") throw new TypeError(`Cannot schedule a command: at is ${at}; write "+90s"`);
    const given = this.#copy(command), time = commandTime(at, startsAt);
    if (time < startsAt) {
      throw new RangeError(`Cannot schedule ${given.kind} at ${at}: the session starts at ${isoTime(startsAt)}`);
    }
    const id = given.id ?? this.#newId();
    if (ids.has(id)) throw new RangeError(`Cannot schedule ${given.kind}: id ${id} is given twice`);
    ids.add(id);
    this.#scheduled.push({ at: time, command: { ...given, id } });
  }

  /** The session starts: its scheduled commands become timers. */
  begin(): void {
    const { core, services } = this.#host;
    this.schedule(this.#early);
    this.#early = [];
    for (const each of this.#scheduled) {
      this.#waiting.set(services.at(this, core.clock.farFromEpochNs(each.at)), each);
    }
    this.#scheduled = [];
  }

  timer(number: number): void {
    const { command } = this.#waiting.get(number)!;
    this.#waiting.delete(number);
    // Someone outside may have used the id before: then it has been done.
    if (!this.#answers.has(command.id)) this.#apply(command, true);
  }

  save(to: StateWriter): void {
    const waiting = Array.from(this.#waiting, ([number, { at, command }]) => [number, at, JSON.stringify(command)]);
    to.section("commands", 1, () => {
      to.number(this.#count);
      saveValue(to, [[...this.#answers.values()].map((each) => ({ ...each })), waiting, this.#notes], "commands");
    });
  }

  load(from: StateReader): void {
    from.section("commands", 1, () => {
      this.#count = from.number();
      const [answers, waiting, notes] = loadValue(from) as [CommandResult[], [number, bigint, string][], string[]];
      this.#answers.clear();
      for (const answer of answers) this.#answers.set(answer.id, answer);
      this.#waiting = new Map(waiting.map(([number, at, text]) => [number, { at, command: JSON.parse(text) }]));
      // What was given for later is in the queue by now, or done.
      this.#scheduled = [];
      this.#notes.splice(0, Infinity, ...notes);
    });
  }

  /** A copy of a command that is sound: its sender may change what it gave. */
  #copy(command: Command): Command {
    if (!isPlain(command) || typeof command !== "object" || command === null || Array.isArray(command)) {
      throw new TypeError("Cannot take a command: it is no plain object; give { kind: … } of texts, numbers and flags");
    }
    const kind = this.#kinds.get(command.kind);
    if (kind === undefined) throw unknownKind(`${command.kind}`, this.#kinds);
    if (command.id !== undefined && !(typeof command.id === "string" && /^\S{1,100}$/.test(command.id))) {
      throw new TypeError(
        `Cannot ${command.kind}: id is ${
          JSON.stringify(command.id)
        }; it is a text of up to 100 characters without spaces`,
      );
    }
    const copy: Command = JSON.parse(JSON.stringify(command));
    const fields = commandFields(copy, kind, this.#host.context.instruments);
    kind.check?.(fields);
    return copy;
  }

  #apply(command: Command & { readonly id: string }, scheduled: boolean): CommandResult {
    const { core, context: { instruments } } = this.#host;
    const kind = this.#kinds.get(command.kind)!;
    const at = core.clock.toEpochNs(core.now);
    const entry: CommandEntry = { ...placeOf(this.#host), at: `${at}`, scheduled, command };
    this.#recorder.commanded?.(entry);
    this.#current = command.id;
    const { code = 0, order = 0 } = kind.apply(commandFields(command, kind, instruments)) ?? {};
    this.#current = undefined;
    const result: CommandResult = { id: command.id, code, order };
    this.#answers.set(command.id, result);
    if (this.#answers.size > IDS_MAX) this.#answers.delete(this.#answers.keys().next().value!);
    if (this.#notes.length < NOTES_MAX) {
      const end = code === 0 ? "carried out" : `refused, ${codeName(code)}`;
      this.#notes.push(`Command ${command.id} (${command.kind}) at ${isoTime(at)}: ${end}`);
    }
    return result;
  }

  #newId(): string {
    for (;;) {
      const id = `c${++this.#count}`;
      if (!this.#answers.has(id)) return id;
    }
  }
}

/** Has what is wrong with a command say where it stands. */
function namingPlace(place: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    const message = `Cannot read commands from ${place}: ${error.message.replace(/^Cannot/, "cannot")}`;
    throw error instanceof TypeError
      ? new TypeError(message, { cause: error })
      : new RangeError(message, { cause: error });
  }
}
