import { type BenchOptions, type BenchRow, beside, median, ratioNote, RUN, runsOf } from "./bench.ts";
import { Contender } from "./contender.ts";
import { baseTape, writeForHftbacktest } from "./tapes.ts";

const QUEUES = ["risk", "power3", "log"] as const;

interface Figures {
  readonly values: number[];
  last?: Record<string, number>;
}

/** One run each in turn, some times over; figures are millions of rows a second. */
async function inTurn(
  runs: number,
  turns: readonly { readonly who: Contender; readonly ask: Record<string, string> }[],
): Promise<Figures[]> {
  const figures = turns.map((): Figures => ({ values: [] }));
  for (let run = 0; run < runs; run++) {
    for (const [i, { who, ask }] of turns.entries()) {
      const answer = await who.ask(ask);
      figures[i].values.push(answer.rows / answer.seconds / 1e6);
      figures[i].last = answer;
    }
  }
  return figures;
}

/**
 * touch_maker on the recorded tape 20 times over, in turns with hftbacktest: the three queue models one after another in
 * one process, then all of them again in turns, with the tape streamed from disk among them.
 */
export async function* benchL2(options: BenchOptions): AsyncGenerator<BenchRow> {
  const { folder, python, quick } = options;
  const runs = runsOf(options), times = quick ? 4 : 20;
  const { path, name } = await baseTape(folder);
  await using ours = await Contender.start(Deno.execPath(), [...RUN, beside("l2_contender.ts"), path, `${times}`]);
  await using rival = python === undefined ? undefined : await startRival(python, path, folder, times);
  const unit = "M rows/s";
  const { rows } = await ours.ask({ queue: "risk", from: "memory" });
  const about = `${name}, ${(rows / 1e6).toFixed(2)}M rows, 10 ms, fees, whole fills, journal and digest on`;
  const inMemory: Record<string, number[]> = {};
  for (const queue of QUEUES) {
    const depths = rival ? (queue === "risk" ? ["roi", "hash"] : ["roi"]) : [];
    const [mine, ...theirs] = await inTurn(runs, [
      { who: ours, ask: { queue, from: "memory" } },
      ...depths.map((depth) => ({ who: rival!, ask: { queue, depth } })),
    ]);
    inMemory[queue] = mine.values;
    const note = queue === "risk" ? about : `after ${QUEUES.slice(0, QUEUES.indexOf(queue)).join(", ")}`;
    yield { what: `L2 touch_maker, ${queue}`, values: mine.values, unit, note };
    for (const [i, { values, last }] of theirs.entries()) {
      const same = last!.trades === mine.last!.trades && last!.position === mine.last!.position;
      yield {
        what: `  hftbacktest 2.4.4, ${depths[i] === "roi" ? "ROIVector" : "HashMap"}`,
        values,
        unit,
        note: `ours is ${ratioNote(mine.values, values, "this")} (bar 1, aim 1.5); ${last!.trades} trades, ` +
          (same ? "as ours" : `ours ${mine.last!.trades}`),
      };
    }
  }
  const again = await inTurn(runs, [
    ...QUEUES.map((queue) => ({ who: ours, ask: { queue, from: "memory" } })),
    { who: ours, ask: { queue: "risk", from: "disk" } },
    ...(rival ? [{ who: rival, ask: { queue: "risk", depth: "roi" } }] : []),
  ]);
  for (const [i, queue] of QUEUES.entries()) {
    const { values } = again[i];
    const note = rival ? `; ${ratioNote(values, again[4].values, "hftbacktest ROIVector, risk")}` : "";
    yield { what: `L2 again, ${queue}`, values, unit, note: `all three models in turn${note}` };
  }
  const streamed = again[3].values;
  const share = Math.round((100 * median(streamed)) / median(again[0].values));
  yield {
    what: "L2 streamed, risk",
    values: streamed,
    unit,
    note: `from an Arrow file, ${share} % of memory (bar 70 %)`,
  };
}

async function startRival(python: string, path: string, folder: string, times: number): Promise<Contender> {
  const raw = `${folder}/hftbacktest.rows`;
  const { tick, lot, highest } = writeForHftbacktest(path, raw);
  const args = [raw, times, tick, lot, highest].map(String);
  return await Contender.start(python, [beside("peers/hftbacktest_touch.py"), ...args]);
}
