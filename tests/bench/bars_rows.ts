import { type BenchOptions, type BenchRow, beside, ratioNote, RUN, runsOf } from "./bench.ts";
import { Contender } from "./contender.ts";

/** Rivals take their time: they get fewer bars, which are the first of ours. */
const RIVALS = [
  { name: "backtesting.py 0.6.6", program: "peers/backtesting_bars.py" },
  { name: "NautilusTrader 1.221", program: "peers/nautilus_bars.py" },
] as const;
const STRATEGIES = [
  { name: "empty", what: "empty strategy", bar: 12 },
  { name: "sma", what: "sma_cross 10/30", bar: 8 },
] as const;

/** An empty strategy and sma_cross over bars in memory, each in a process of its own, in turns with rivals. */
export async function* benchBarRows(options: BenchOptions): AsyncGenerator<BenchRow> {
  const { folder, python, quick } = options;
  const runs = runsOf(options), bars = quick ? 200_000 : 2_000_000, few = quick ? 10_000 : 50_000;
  const path = `${folder}/bars.f64`;
  await using stack = new AsyncDisposableStack();
  const args = [...RUN, beside("bars_contender.ts"), `${bars}`, path, `${few}`];
  const ours = new Map<string, Contender>();
  for (const { name } of STRATEGIES) ours.set(name, stack.use(await Contender.start(Deno.execPath(), args)));
  const rivals: { name: string; who: Contender }[] = [];
  for (const { name, program } of python === undefined ? [] : RIVALS) {
    rivals.push({ name, who: stack.use(await Contender.start(python!, [beside(program), path])) });
  }
  for (const { name: strategy, what, bar } of STRATEGIES) {
    const all = [{ name: "", who: ours.get(strategy)! }, ...rivals];
    const speeds = all.map((): number[] => []);
    const answers: Record<string, number>[] = [];
    for (let run = 0; run < runs; run++) {
      for (const [i, { who }] of all.entries()) {
        const answer = answers[i] = await who.ask({ strategy });
        speeds[i].push(answer.rows / answer.seconds / 1e6);
      }
    }
    const note = `${bars / 1e6}M bars in memory, ${answers[0].trades} trades, risk, account, curve and digest on`;
    yield { what: `bars, ${what}`, values: speeds[0], unit: "M bars/s", bar, note };
    for (let i = 1; i < all.length; i++) {
      const ratio = `${ratioNote(speeds[0], speeds[i], "this")}, which had ${few} bars`;
      yield { what: `  ${all[i].name}`, values: speeds[i], unit: "M bars/s", note: `ours is ${ratio}` };
    }
  }
}
