/** The second book is held against the account in every run. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConservationError } from "../engine/account/conservation.ts";
import type { Core } from "../engine/core/core.ts";
import { BUY, DEPTH, FUNDING, SELL } from "../engine/core/event.ts";
import { Money } from "../engine/core/money.ts";
import type { Recorder } from "../engine/core/recorder.ts";
import { backtest, RunError } from "../engine/run/backtest.ts";
import { convert } from "../engine/run/convert.ts";
import { openTape } from "../engine/run/open_tape.ts";
import { plan, type ScriptedRow, scriptedTape, START_SEC } from "./scripted_tape.ts";
import { sharedData } from "./shared_data.ts";

const ROWS: readonly ScriptedRow[] = [
  { ms: 0, kind: DEPTH, side: BUY, price: 1000, size: 100, more: true },
  { ms: 0, kind: DEPTH, side: SELL, price: 1002, size: 100 },
  { ms: 1000, kind: FUNDING, price: 100_000 },
  { ms: 2000, kind: DEPTH, side: BUY, price: 1, size: 1 },
];

/** A fault of the kind the second book is for: money that moves behind the core's back, upon the first sample. */
class Thief implements Recorder {
  #core: Core | undefined;

  attach(core: Core): void {
    this.#core = core;
  }

  sample(): void {
    this.#core?.account.fill(0, SELL, 1000, 1, new Money());
    this.#core = undefined;
  }
}

Deno.test("session: money that moves by itself is found by the next fill, the next corporate event, or the end", () => {
  const buys: Parameters<typeof plan>[0] = [[500, (ctx) => void ctx.submit({ side: BUY, size: 5 })]];
  const quiet = ROWS.filter(({ kind }) => kind !== FUNDING);
  for (const [steps, rows, second] of [[buys, ROWS, 0.5], [[], ROWS, 1.001], [[], quiet, 2.001]] as const) {
    const run = () => backtest({ strategy: plan(steps), tape: scriptedTape(rows), recorders: [new Thief()] });
    const { cause, result } = assertThrows(run, RunError);
    assert(cause instanceof ConservationError, `${cause}`);
    assertEquals([result.incomplete, result.equity.time.at(-1)], [cause.message, START_SEC + second]);
  }
});

const usdm = sharedData("binance/usdm_btcusdt_20240808.gz");

Deno.test({
  name: `session: on a capture with funding joined in, a position pays it, is liquidated, and all comes again${
    usdm ? "" : " (ignored: the usdm capture is not beside the project)"
  }`,
  ignore: !usdm,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const events = `${folder}/funding.csv`, out = `${folder}/x.arrow`;
      await convert({ sources: [usdm!], format: "binance", out });
      const { reader, close } = openTape(out);
      const { exchangeFirst, localLast } = reader.meta.span!;
      close();
      const middle = (BigInt(exchangeFirst) + BigInt(localLast)) / 2n;
      await Deno.writeTextFile(events, `time,kind,value\n1600000000000000000,funding,0.5\n${middle},funding,0.0001\n`);
      const { eventsLeftOut } = await convert({ sources: [usdm!], format: "binance", events, out });
      assertEquals(eventsLeftOut, 1);
      // 0.1 BTC on the least cash that it can be bought with: what funding and the spread take is too much.
      const strategy = plan([[1000, (ctx) => void ctx.submit({ side: BUY, size: 100 })]]);
      const run = (cash: string, margin: string) => backtest({ strategy, tape: out, cash: { USDT: cash }, margin });
      const rich = run("10000", "cross:initial=0.1,maintenance=0.05");
      assertEquals([rich.position, rich.trades], [100, 1]);
      assert(Math.abs(rich.instruments.BTCUSDT.funding! / (rich.balance! * 0.0001) - 1) < 0.01);
      const [once, again] = [1, 2].map(() => run("620", "cross:initial=0.1,maintenance=0.0999"));
      assertEquals([once.position, once.trades > 1, once.roundTrips], [0, true, 1]);
      assertEquals(again.digest, once.digest);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
