import { assertEquals } from "@std/assert";
import type { CommandEntry } from "../../engine/core/command.ts";
import { COMMAND } from "../../engine/core/journal_format.ts";
import { JournalReader } from "../../engine/core/journal_reader.ts";
import { Rng } from "../../engine/core/rng.ts";
import type { Recorder } from "../../engine/core/recorder.ts";
import { StateReader } from "../../engine/core/state_reader.ts";
import { StateWriter } from "../../engine/core/state_writer.ts";
import { strategy } from "../../engine/core/strategy.ts";
import { BytesSource } from "../../engine/feed/byte_source.ts";
import { MemoryFile } from "../../engine/feed/memory_file.ts";
import { WildVenue } from "../../engine/oms/_wild_venue.ts";
import { JournalComparison } from "../../engine/run/journal_comparison.ts";
import { type BacktestOptions, prepare, type Prepared } from "../../engine/run/prepare.ts";
import { optionsOf } from "../../engine/run/run_journal.ts";
import { sha256 } from "../../engine/run/sha256.ts";
import { Bookkeeper } from "./bookkeeper.ts";
import { Desk } from "./desk.ts";
import { GroupWatch } from "./group_watch.ts";
import { LimitWatch } from "./limit_watch.ts";
import { Outside } from "./outside.ts";
import type { Plan } from "./plan.ts";

/** Rows of a wild tape at which its venue is wild. */
const WILD_ROWS = 350;

/** A session of a plan, and the desk that acts in it. */
interface Made extends Prepared {
  readonly desk: Desk;
}

/** Makes the session of a plan; nothing has happened in it yet. */
function make(
  plan: Plan,
  more: Partial<BacktestOptions> = {},
  given: Omit<BacktestOptions, "strategy" | "tape"> = plan.options,
): Made {
  const desk = new Desk(plan);
  const definition = strategy({
    name: "desk",
    about: "Does all there is.",
    warmup: `${plan.warmupSec}s`,
    create: () => desk,
  });
  const run = prepare({ ...given, ...more, strategy: definition, tape: plan.tapes }, plan.tapes);
  if (plan.wild) WildVenue.into(run.session.core, new Rng(plan.seed).child("venue"), WILD_ROWS);
  return { ...run, desk };
}

/** What came of a session: all that must be the same when it is run again. */
interface Ending {
  readonly lines: readonly string[];
  readonly digest: string;
  readonly account: readonly number[];
}

/** What it puts out, as lines. */
class Lines implements Recorder {
  readonly lines: string[] = [];

  output(...record: number[]): void {
    this.lines.push(record.join(" "));
  }
}

function endOf({ session }: Prepared, lines: readonly string[]): Ending {
  const { core } = session;
  return { lines, digest: core.digest.hex(), account: [...core.account.snapshot()] };
}

/** What a watched run found and did. */
export interface Watched {
  readonly ending: Ending;
  readonly books: Bookkeeper;
  readonly limits: LimitWatch;
  readonly desk: Desk;
  /** Decisions of the strategy, commands, and answers of venues. */
  readonly steps: number;
  readonly commands: number;
  readonly moves: number;
  readonly journal: Uint8Array<ArrayBuffer>;
  /** The session as it stood before the move `snapshotAt`, and what had been put out; absent where it ended before. */
  readonly snapshot?: { readonly state: Uint8Array; readonly at: number; readonly lines: number };
}

/** Runs a plan with all that watches it. */
export function watched(plan: Plan, snapshotAt = -1): Watched {
  const heard: Recorder[] = [], file = new MemoryFile("journal"), lines = new Lines();
  const all: Recorder = {
    output: (...of) => heard.forEach((each) => each.output?.(...of)),
    order: (...of) => heard.forEach((each) => each.order?.(...of)),
    fill: (...of) => heard.forEach((each) => each.fill?.(...of)),
    commanded: (entry) => heard.forEach((each) => each.commanded?.(entry)),
  };
  const journal = { sink: { write: (bytes: Uint8Array) => file.append(bytes) }, hasher: sha256 };
  const run = make(plan, { recorders: [all], journal });
  const { session, desk } = run, outside = new Outside(plan);
  const books = new Bookkeeper(session.core), limits = new LimitWatch(books, plan);
  const groups = new GroupWatch(books, session, desk, plan);
  heard.push(books, limits, lines);
  session.start();
  let snapshot: Watched["snapshot"];
  for (;;) {
    if (session.steps === snapshotAt) snapshot = { state: saved(run), at: snapshotAt, lines: lines.lines.length };
    outside.look(session, desk);
    if (!session.step()) break;
    groups.look();
    if (session.steps % 16 === 0) { for (let i = 0; i < plan.tapes.length; i++) books.look(i); }
  }
  session.finish();
  groups.look();
  books.end();
  run.journal?.close({ steps: session.steps, finished: true, incomplete: null });
  return {
    ending: endOf(run, lines.lines),
    books,
    limits,
    desk,
    steps: desk.acts + outside.given + books.answers,
    commands: outside.given,
    moves: session.steps,
    journal: file.bytes.slice(),
    snapshot,
  };
}

/** Runs a plan once more, with nobody watching; from a snapshot where one is given. */
export function again(plan: Plan, snapshot?: Watched["snapshot"]): Ending {
  const lines = new Lines(), run = make(plan, { recorders: [lines] }), { session, desk } = run;
  const outside = new Outside(plan);
  if (snapshot) {
    session.load(new StateReader(snapshot.state));
    // What was loaded is, saved once more, the same to the byte.
    assertEquals(saved(run), snapshot.state);
  } else session.start();
  do outside.look(session, desk); while (session.step());
  session.finish();
  return endOf(run, lines.lines);
}

/** Runs a plan from its journal alone, and compares; undefined where all came again. */
export function verified(plan: Plan, journal: Uint8Array<ArrayBuffer>): unknown {
  const inputs: CommandEntry[] = [], reader = new JournalReader(new BytesSource(journal), sha256);
  for (let kind = reader.next(); kind !== 0; kind = reader.next()) if (kind === COMMAND) inputs.push(reader.entry);
  if (reader.damage) return reader.damage;
  const comparison = new JournalComparison(new JournalReader(new BytesSource(journal), sha256));
  const { loop } = make(plan, { inputs, recorders: [comparison] }, optionsOf(reader.header));
  while (loop.advance(1024));
  comparison.end();
  if (loop.incomplete) return loop.incomplete;
  return comparison.difference;
}

function saved({ session }: Prepared): Uint8Array {
  const to = new StateWriter();
  session.save(to);
  return to.bytes();
}
