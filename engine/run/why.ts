import { join } from "node:path";
import type { Closing } from "../core/journal_format.ts";
import { JournalReader, OUTPUT } from "../core/journal_reader.ts";
import { ACCOUNT_AFTER_FILL, ALERT } from "../core/recorder.ts";
import { StoppedError } from "./backtest.ts";
import { breathing } from "./breathing.ts";
import { loadStrategy } from "./load_strategy.ts";
import { findRun } from "./find_run.ts";
import { JournalComparison } from "./journal_comparison.ts";
import { scanJournal } from "./journal_scan.ts";
import { JournalSource } from "./journal_source.ts";
import { OrderProbe } from "./order_probe.ts";
import type { OrderStory } from "./order_story.ts";
import type { Prepared } from "./prepare.ts";
import { prepareAgain } from "./run_again.ts";
import { sha256 } from "./sha256.ts";
import type { VerifyOptions } from "./verify.ts";

/**
 * Tells an order's whole story, by making the run again from its journal up to the order's end: what the strategy saw, each
 * risk check, each leg's latency, its queue place over time, each fill with the market around it, slippage and fees.
 *
 * Nothing of it was kept by the run, which pays nothing for being asked later. What is made again is held against the
 * journal as by `verify`, and the story says whether it was equal.
 *
 * Throws RangeError where the run has no such order (with the ids it has), and for what `verify` throws for; StoryError where
 * the run made again broke off for an error that its journal does not end with.
 *
 * @example
 * ```ts
 * import { backtest } from "./backtest.ts";
 * import { journalFile } from "./journal_file.ts";
 * import { why } from "./why.ts";
 * import touchMaker from "../../strategies/touch_maker.ts";
 * Deno.mkdirSync("out/why_example", { recursive: true });
 * {
 *   using journal = journalFile("out/why_example/journal", { strategy: "strategies/touch_maker.ts" });
 *   backtest({ strategy: touchMaker, tape: "fixtures/data/market_l2.arrow", journal });
 * }
 * const story = await why("out/why_example", 7);
 * Deno.removeSync("out/why_example", { recursive: true });
 * if (story.from !== "onTimer 1" || !story.replay.equal) throw new Error("unexpected");
 * ```
 */
export async function why(folder: string, order: number, options: VerifyOptions = {}): Promise<OrderStory> {
  using source = new JournalSource(folder, "explain an order of");
  checkOrder(folder, source, order);
  const { journal: whole, inputs } = scanJournal(source);
  const { header, where, closing, from } = whole;
  if (from && from.outside > 0) {
    throw new RangeError(
      `Cannot run ${folder} again: ${from.outside} commands from outside were in files that were dropped`,
    );
  }
  using found = findRun({ folder, header, where, closing }, options);
  const strategy = await loadStrategy(found.strategy);
  const comparison = new JournalComparison(new JournalReader(source, sha256));
  const { onProgress } = options, again = { comparison, inputs, closing };
  const { run, given } = prepareAgain(folder, { header, found, strategy, again, onProgress });
  const probe = new OrderProbe(run.session, order, given.risk?.failClosed === true);
  await breathing(() => !probe.done && !comparison.over && run.loop.advance(SLICE), () => {
    if (options.stopped?.()) throw new StoppedError();
  });
  const { difference } = comparison;
  checkEnd(folder, order, run, comparison, closing);
  if (!probe.met) {
    const what = difference
      ? `: at record ${difference.record} ${difference.now}, where the journal has ${difference.journaled}`
      : "";
    throw new RangeError(
      `Cannot explain order ${order} of ${folder}: the run made again never came to it${what}; look at it with verify`,
    );
  }
  return {
    run: folder,
    strategy: header.strategy.name,
    ...probe.story(modelOf(run)),
    ...parentOf(run, order),
    ...linkOf(run, order),
    replay: {
      records: comparison.compared,
      equal: difference === undefined,
      ...difference &&
        { difference: `record ${difference.record}: ${difference.now}; journal: ${difference.journaled}` },
    },
    warnings: found.warnings,
  };
}

/** The run made again broke off, as its journal does not: an order's story would end there, for a reason that is not its own. */
export class StoryError extends Error {
  /** `cause` is what went wrong in it. */
  constructor(folder: string, order: number, override readonly cause: Error) {
    super(
      `Cannot explain order ${order} of ${folder}: the run made again broke off, as its journal does not: ${cause.message}; ` +
        "look at it with verify",
      { cause },
    );
    this.name = "StoryError";
  }
}

/** Throws StoryError where an error ended the run made again, and neither the journal's run nor a difference from it. */
function checkEnd(
  folder: string,
  order: number,
  { loop: { incomplete } }: Prepared,
  { over }: JournalComparison,
  closing: Closing | undefined,
): void {
  if (incomplete === undefined || over || incomplete.message === closing?.incomplete) return;
  throw new StoryError(folder, order, incomplete);
}

/** Steps between two looks. */
const SLICE = 16;

function modelOf({ names, tapes }: Prepared): string {
  return names.queue !== "" ? names.queue : tapes.some(({ layout }) => layout === "l3") ? "exact" : "";
}

/** The parent order that sent it, where one did. */
function parentOf({ session }: Prepared, order: number): Pick<OrderStory, "parent"> {
  const parents = session.context.parentsMade, id = parents?.parentOf(order) ?? 0;
  const view = id > 0 ? parents!.view(id) : undefined;
  return view === undefined ? {} : { parent: { id, algo: view.algo } };
}

/** The group of linked orders that sent it, where one did. */
function linkOf({ session }: Prepared, order: number): Pick<OrderStory, "link"> {
  const links = session.context.linksMade, id = links?.groupOf(order) ?? 0;
  const view = id > 0 ? links!.view(id) : undefined;
  return view === undefined ? {} : { link: { id, kind: view.kind, orders: view.orders } };
}

/** Throws RangeError where no record of the journal is of an order. */
function checkOrder(folder: string, source: JournalSource, order: number): void {
  const journal = new JournalReader(source, sha256);
  let first = Infinity, last = 0, below = 0, above = Infinity;
  for (let kind = journal.next(); kind !== 0; kind = journal.next()) {
    if (kind !== OUTPUT) continue;
    const tag = journal.tag & 15, id = journal.order;
    if (tag === ACCOUNT_AFTER_FILL || tag === ALERT || id <= 0) continue;
    if (id === order) return;
    first = Math.min(first, id);
    last = Math.max(last, id);
    if (id < order) below = Math.max(below, id);
    else above = Math.min(above, id);
  }
  if (last === 0) throw new RangeError(`Cannot explain order ${order} of ${folder}: the run sent no orders`);
  const near = order - below <= above - order && below > 0 ? below : above;
  throw new RangeError(
    `Cannot explain order ${order} of ${folder}: its orders are ${first} to ${last}; the nearest is ${near}`,
  );
}

/** The folder in `out` whose journal was written last. Throws RangeError where there is none. */
export function newestRun(out: string): string {
  let newest = "", at = -Infinity;
  try {
    for (const { name, isDirectory } of Deno.readDirSync(out)) {
      if (!isDirectory) continue;
      const folder = join(out, name), time = writtenAt(folder);
      if (time > at || (time === at && folder > newest)) [newest, at] = [folder, time];
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (newest === "") throw new RangeError(`Cannot find a run: there is none in ${out}; run one, or name it with --run`);
  return newest;
}

/** When a run's journal was last written; -Infinity where there is none. */
function writtenAt(folder: string): number {
  let last = -Infinity;
  for (const { name } of Deno.readDirSync(folder)) {
    if (!/^journal(\.\d{4,})?$/.test(name)) continue;
    last = Math.max(last, Deno.statSync(join(folder, name)).mtime?.getTime() ?? -Infinity);
  }
  return last;
}
