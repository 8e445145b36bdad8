/** A day of single orders, from a vendor's file to a session: what no test of a part can see. */
import { assert, assertEquals } from "@std/assert";
import { Conservation } from "../engine/account/conservation.ts";
import type { Core } from "../engine/core/core.ts";
import { ADD, BUY, CANCEL, EXECUTE, MODIFY, NONE, SELL, TRADE } from "../engine/core/event.ts";
import type { Amount } from "../engine/core/money.ts";
import type { Recorder } from "../engine/core/recorder.ts";
import { Rng } from "../engine/core/rng.ts";
import { FILL } from "../engine/oms/order_life.ts";
import { backtest } from "../engine/run/backtest.ts";
import { convert } from "../engine/run/convert.ts";
import { openTape } from "../engine/run/open_tape.ts";
import type { RunResult } from "../engine/stats/result.ts";
import { type Command, NaiveL3Venue } from "../engine/venue/_naive_l3_venue.ts";
import { Script } from "../engine/venue/_script.ts";
import { L3Venue } from "../engine/venue/l3_venue.ts";
import marketMaker from "../strategies/market_maker.ts";
import { sharedData } from "./shared_data.ts";

const source = sharedData("databento/ARL_20250717_mbo.csv.gz");
const missing = source ? "" : " (ignored: the ARL capture is not beside the project)";

/** Converts the capture, and gives the tape's path to `use`. */
async function withTape(use: (path: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await convert({ sources: [source!], format: "databento", out: `${folder}/arl.arrow` });
    use(`${folder}/arl.arrow`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Holds every fill against the second book, and the venue's position against ours. */
class Checks implements Recorder {
  core!: Core;
  fills = 0;
  makerLots = 0;
  #conservation!: Conservation;

  attach(core: Core): void {
    this.core = core;
    this.#conservation = new Conservation(core.account);
  }

  fill(...[orders, slot, , price, lots, liquidity, fee]: Parameters<NonNullable<Recorder["fill"]>>): void {
    this.fills++;
    if (liquidity === 0) this.makerLots += lots;
    this.#conservation.fill(orders.instrument[slot], orders.side[slot], price, lots, fee as Amount);
  }
}

/** Lots that the venue has filled and we have not heard of when the tape ends. */
function onTheWay({ queue, orders }: Core): number {
  let lots = 0;
  while (queue.length > 0) {
    queue.pop();
    if (queue.action === FILL) lots += orders.side[queue.slot] * queue.b;
  }
  return lots;
}

function run(tape: string, impact: "frozen" | "insert", fills: "partial" | "whole"): [RunResult, Checks] {
  const checks = new Checks();
  const result = backtest({
    strategy: marketMaker,
    set: { spread: 4, size: 40, limit: 200 },
    tape,
    impact,
    fills,
    latency: "200us",
    fees: "maker=-0.0001,taker=0.0003",
    recorders: [checks],
  });
  return [result, checks];
}

Deno.test({
  name: `session: a market maker on a day of single orders conserves, and gives one digest${missing}`,
  ignore: !source,
  fn: () =>
    withTape((tape) => {
      const digests = new Set<string>();
      for (const fills of ["partial", "whole"] as const) {
        for (const impact of ["frozen", "insert"] as const) {
          const [result, checks] = run(tape, impact, fills), [again] = run(tape, impact, fills);
          const { venue } = checks.core.feeds[0];
          assertEquals(again.digest, result.digest);
          assertEquals([venue.unknownOrders, checks.fills], [0, result.trades]);
          assertEquals((venue as L3Venue).position, result.position! + onTheWay(checks.core));
          assert(result.trades > 20 && checks.makerLots > 0, `${result.trades} trades`);
          digests.add(result.digest);
        }
      }
      assert(digests.size > 1, "whole and partial fills give one digest");
    }),
});

/** The rows of a tape as commands for venues, orders numbered as they appear. */
function commandsOf(path: string): Command[] {
  const { reader, close } = openTape(path);
  const names = new Map<string, number>(), commands: Command[] = [];
  const kinds: Readonly<Record<number, Command["does"]>> = {
    [ADD]: "add",
    [MODIFY]: "modify",
    [CANCEL]: "cancel",
    [EXECUTE]: "execute",
    [TRADE]: "trade",
  };
  for (let b = 0; b < reader.batches; b++) {
    const batch = reader.batch(b);
    for (let i = 0; i < batch.rows; i++) {
      const does = kinds[batch.kind[i]], key = `${batch.order![2 * i]} ${batch.order![2 * i + 1]}`;
      if (!does) continue;
      if (!names.has(key)) names.set(key, names.size + 1);
      const [price, size] = [batch.price[2 * i], batch.size[2 * i]];
      commands.push({ does, id: names.get(key)!, side: batch.side[i], price, size, display: 0, rests: true });
    }
  }
  close();
  return commands;
}

const WORDS: Readonly<Record<number, string>> = { [BUY]: "buy", [SELL]: "sell", [NONE]: "none" };

function lineOf({ does, id, side, price, size }: Command): string {
  if (does === "order") return `o${id}: ${WORDS[side]} ${size} @${price}`;
  if (does === "withdraw") return `o${id}: cancel`;
  if (does === "cancel") return `cancel ${id} ${size}`;
  return `${does} ${does === "trade" ? "" : `${id} `}${WORDS[side]} ${price} ${size}`;
}

Deno.test({
  name: `L3Venue: on a recorded day answers as with our orders really in one list${missing}`,
  ignore: !source,
  fn: () =>
    withTape((tape) => {
      const market = commandsOf(tape);
      for (const impact of ["frozen", "insert"] as const) {
        const script = new Script((...of) => new L3Venue(...of), { impact });
        const { book } = script.venue as L3Venue, twin = new NaiveL3Venue(impact === "insert"), rng = new Rng(7);
        let orders = 0, fills = 0;
        const play = (command: Command): void => {
          const answers = script.play(lineOf(command));
          assertEquals(answers, twin.play(command), lineOf(command));
          fills += answers.split(/makes|takes/).length - 1;
        };
        for (const row of market) {
          play(row);
          if (book.bestBid === -Infinity || book.bestAsk === Infinity || rng.int(4) > 0) continue;
          const side = rng.int(2) === 0 ? BUY : SELL;
          const [best, other] = side === BUY ? [book.bestBid, book.bestAsk] : [book.bestAsk, book.bestBid];
          const price = [best, best + side, best, other - side, other][rng.int(5)];
          const plain = { display: 0, rests: true, size: 1 + rng.int(30), side, price };
          if (orders > 9) play({ ...plain, does: "withdraw", id: orders - 9 });
          play({ ...plain, does: "order", id: ++orders });
        }
        assert(fills > 500, `${impact}: ${fills} fills of ${orders} orders`);
        assertEquals(script.venue.unknownOrders, 0);
      }
    }),
});
