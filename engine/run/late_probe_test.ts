import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import touchMaker from "../../strategies/touch_maker.ts";
import { backtest } from "./backtest.ts";
import { DiskFile } from "./disk_file.ts";
import { journalFile } from "./journal_file.ts";
import { openTape } from "./open_tape.ts";
import type { OrderStory } from "./order_story.ts";
import { playedPaper, type PlayedPaperOptions, tapeTime } from "./played_paper.ts";
import { why } from "./why.ts";
import { whyText } from "./why_text.ts";

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const MAKER = path("strategies/touch_maker.ts");
const MS = 1_000_000n;

type Options = Pick<PlayedPaperOptions, "latency" | "lateKnowledge" | "queue" | "fees">;

/** Has a fixture reach a paper session as it did, and tells orders of it beside those of the backtest on it. */
async function told(
  fixture: string,
  options: Options,
  test: (tell: (order: number) => Promise<[paper: OrderStory, plain: OrderStory]>) => Promise<void>,
): Promise<void> {
  const folder = Deno.makeTempDirSync(), strategy = touchMaker;
  const source = path(`fixtures/data/${fixture}.arrow`), { reader: tape, close } = openTape(source);
  try {
    for (const name of ["paper", "plain"]) Deno.mkdirSync(`${folder}/${name}`);
    const header = { strategy: MAKER };
    {
      using file = new DiskFile(`${folder}/paper/tape.arrow`);
      using journal = journalFile(`${folder}/paper/journal`, header);
      let ms = 0;
      const now = tapeTime([tape], { speed: 600, nowMs: () => ms });
      const { paper } = playedPaper({ ...options, strategy, tapes: [tape], files: [file], now, journal });
      while (paper.advance()) ms += 0.7;
      paper.finish();
    }
    {
      using journal = journalFile(`${folder}/plain/journal`, header);
      backtest({ ...options, lateKnowledge: undefined, strategy, tape: source, journal });
    }
    await test(async (order) => [await why(`${folder}/paper`, order), await why(`${folder}/plain`, order)]);
  } finally {
    close();
    Deno.removeSync(folder, { recursive: true });
  }
}

/** What does not tell one run from another. */
function life({ run: _run, replay: _replay, lateKnowledge: _late, ...rest }: OrderStory): unknown {
  return rest;
}

for (const fixture of ["market_l2", "market_l3"]) {
  Deno.test(`LateProbe: ${fixture}: where nothing is late, an order of a paper session has the backtest's story`, () =>
    told(fixture, { latency: "order=4ms,response=10ms", lateKnowledge: { silence: "10ms" } }, async (tell) => {
      let filled = 0;
      for (let order = 1; order < 12; order++) {
        const [paper, plain] = await tell(order);
        assertEquals([paper.replay.equal, paper.lateKnowledge, plain.lateKnowledge], [true, true, false]);
        assertEquals(life(paper), life(plain));
        filled += paper.fills.length;
      }
      assert(filled > 1);
    }));
}

Deno.test("LateProbe: modelled arrival, what the venue knew when, and when it was heard stand in an order that can be", () =>
  told("market_l2", { latency: "10ms" }, async (tell) => {
    const rows: [exchange: bigint, local: bigint][] = [];
    const { reader, close } = openTape(path("fixtures/data/market_l2.arrow"));
    const { exchange, local } = reader.batch(0);
    const time = (column: Int32Array, row: number) =>
      BigInt(column[2 * row + 1]) * 2n ** 32n + BigInt(column[2 * row] >>> 0);
    for (let row = 0; row < 400; row++) rows.push([time(exchange, row), time(local, row)]);
    close();
    let late = 0;
    for (let order = 1; order < 7; order++) {
      const [{ legs, fills, events, replay }] = await tell(order);
      assert(replay.equal);
      for (const { sent, arrived, answered, heard, late: known } of legs) {
        assertEquals([arrived! - sent, answered! - arrived!], [10n * MS, 0n]);
        // The first row that happened after it arrived tells the venue that nothing else came before.
        const next = rows.find(([exchange]) => exchange > arrived!)![1], modelled = answered! + 10n * MS;
        assertEquals(known, next > modelled ? { known: next, modelled } : undefined);
        assertEquals(heard, next > modelled ? next : modelled);
        late += known ? 1 : 0;
      }
      for (const { time, heard, late: known, cause } of fills) {
        assertEquals([time, heard], [rows[cause!.row - 1][0], known?.known ?? time + 10n * MS]);
      }
      assert(events.every(({ time }, i) => i === 0 || time >= events[i - 1].time));
      const heardAt = (at: string, word: string) => events.findIndex((each) => each.at === at && each.what === word);
      const steps = [
        heardAt("venue", "new arrived"),
        heardAt("venue", "Acknowledged"),
        heardAt("us", "Acknowledged"),
      ];
      assertEquals(steps, steps.toSorted((a, b) => a - b));
    }
    assert(late > 3, `${late}`);
  }));

Deno.test("whyText: of a paper session it says what is modelled, and what the venue knew when", () =>
  told("market_l2", { latency: "10ms" }, async (tell) => {
    const [paper, plain] = (await tell(1)).map(whyText);
    for (
      const part of [
        "Latency: out, venue and back as modelled; nothing is heard before the venue knew\n",
        "  new            +0     10ms        0     10ms +92.81ms  Acknowledged\n" +
        "          the venue knew only +92.81ms; by latency it would be heard +20ms\n",
        "In order of time; at the venue as modelled\n",
        "+10ms  venue Acknowledged\n      +92.81ms  venue Acknowledged known only now\n      +92.81ms  us    Acknowledged: New\n",
      ]
    ) assertStringIncludes(paper, part);
    assert(!/modelled|knew|only now/.test(plain), plain);
    assertEquals(paper.split("\n").filter((line) => line.length > 80), []);
  }));
