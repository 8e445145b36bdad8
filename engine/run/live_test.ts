import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import touchMaker from "../../strategies/touch_maker.ts";
import { Rng } from "../core/rng.ts";
import type { StrategyDefinition } from "../core/strategy.ts";
import { FakeTimers } from "../live/_fake_timers.ts";
import { type Faults, MadeExchange, NO_FAULTS } from "../live/_made_exchange.ts";
import { NO_NETWORK } from "../live/_desk_world.ts";
import type { LiveEvent } from "../live/live_event.ts";
import { OrderBooks } from "../live/order_books.ts";
import { OrderLog } from "../live/order_log.ts";
import type { AwaySession } from "./away_session.ts";
import { RunError } from "./backtest.ts";
import { DiskFile } from "./disk_file.ts";
import { journalFile } from "./journal_file.ts";
import { LiveSession, ReconcileError } from "./live.ts";
import { loadStrategy } from "./load_strategy.ts";
import { openTape } from "./open_tape.ts";
import { RecordedFrames } from "./recorded_frames.ts";
import { parity } from "./parity/parity.ts";
import type { OrderStory } from "./order_story.ts";
import { verify } from "./verify.ts";
import { renderVerify } from "./verify_text.ts";
import { why } from "./why.ts";
import { whyText } from "./why_text.ts";

const STRATEGY = "strategies/touch_maker.ts";

/** A live session, and what moves it on. */
interface Played {
  readonly live: LiveSession;
  readonly session: AwaySession;
}

/** A live session on the rows of a tape as they arrive, with a made exchange that fills what rests at random. */
class Market {
  readonly timers = new FakeTimers();
  readonly events: LiveEvent[] = [];
  readonly exchange: MadeExchange;
  readonly rng: Rng;
  readonly #tape = openTape("fixtures/data/market_l2.arrow");
  readonly #begins: bigint;
  log = "";
  strategy: StrategyDefinition = touchMaker;
  /** The log's disk is full. */
  full = false;

  /** `faults` begin with the session: one that cannot be opened is not begun. */
  constructor(seed: number, private readonly faults: Faults = NO_FAULTS) {
    this.rng = new Rng(seed);
    this.#begins = BigInt(this.#tape.reader.meta.span!.localFirst) - 1n;
    this.exchange = new MadeExchange(this.timers, this.rng.child("exchange"), () => this.wall(), "ZERO");
  }

  wall(): bigint {
    return this.#begins + BigInt(Math.round(this.timers.now() * 1e6));
  }

  /** Opens a session that is recorded and journalled in a folder, and plays so many ms of the tape to it. */
  async play(folder: string, ms: number, each: (played: Played) => void = () => {}): Promise<Played> {
    const { reader: tape } = this.#tape, { timers } = this, { instrument } = tape.meta;
    const options = {
      entry: this.exchange.entry(),
      instruments: [instrument],
      books: OrderBooks.read(this.log),
      log: new OrderLog({ line: (text) => this.#write(text) }),
      tools: {
        ...{ network: NO_NETWORK, timers, wall: () => this.wall(), random: () => this.rng.float() },
        tell: (event: LiveEvent) => void this.events.push(event),
      },
    };
    let live: LiveSession | undefined;
    const opened = LiveSession.open(options).then((session) => live = session);
    opened.catch(() => {});
    for (let i = 0; i < 300 && live === undefined; i++) await timers.advance(50);
    live = await opened;
    this.exchange.faults = this.faults;
    const session = live.begin({
      strategy: this.strategy,
      latency: "10ms",
      feeds: [{ instrument, file: new DiskFile(`${folder}/seen.arrow`), path: `${folder}/seen.arrow` }],
      journal: journalFile(`${folder}/journal`, { strategy: STRATEGY }),
      wall: () => this.wall(),
    });
    const frames = new RecordedFrames([{ tape, into: [...session.feeds.values()][0] }]);
    const until = timers.now() + ms;
    while (timers.now() < until) {
      await timers.advance(this.rng.int(60));
      frames.push(this.wall());
      if (!session.advance()) break;
      const { open } = this.exchange;
      if (open.length > 0 && this.rng.int(4) === 0) this.exchange.fill(open[this.rng.int(open.length)], "1");
      each({ live, session });
    }
    return { live, session };
  }

  /** What was told that stops a session, in order. */
  get causes(): string[] {
    const stopping = ["JOURNAL_FAILED", "INSTRUMENT_CHANGED", "UNRECONCILED"];
    return this.events.filter(({ name }) => stopping.includes(name)).map(({ name, symbol, message }) =>
      `${name}${symbol === undefined ? "" : ` ${symbol}`}: ${message}`
    );
  }

  #write(text: string): void {
    if (this.full) throw new Error("no space left on device");
    this.log += `${text}\n`;
  }

  [Symbol.dispose](): void {
    this.#tape.close();
  }
}

/** Does work with a folder that is gone afterwards. */
async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const ROUGH: Faults = { lostRequest: 0.05, lostReport: 0.1, twice: 0.2, noAnswer: 0.2, delayMs: 300 };

for (const [how, faults] of [["a network to be trusted", NO_FAULTS], ["one that is not", ROUGH]] as const) {
  Deno.test(`LiveSession: over ${how}, its journal makes the same decisions again, and books are equal`, async () => {
    await inFolder(async (folder) => {
      using market = new Market(1, faults);
      const { live, session } = await market.play(folder, 40_000), { exchange, timers } = market;
      exchange.faults = NO_FAULTS;
      const quiet = live.quiet("enough");
      await timers.advance(20_000);
      assertEquals([await quiet, exchange.open, exchange.doubled, live.halted], [[], [], 0, undefined]);
      session.end();
      while (session.advance()) await timers.advance(100);
      await live.close();
      const result = session.finish();
      assert(result.trades > 20 && result.position !== null, `${result.trades} trades`);
      assertEquals(String(session.run.session.core.position(0)), exchange.position);
      const report = await verify(folder);
      assertEquals([report.equal, report.difference, report.digest], [true, undefined, result.digest]);
      // What ended it is a command, and nothing that the exchange said is one.
      assert(report.commands === 1 && report.reports > 40, `${report.commands} commands, ${report.reports} reports`);
      assertMatch(renderVerify(report), /, 1 command, \d+ reports of the exchange, sha256 /);
      // Whatever the exchange did, and the network to it, is found.
      const { ok, decisions } = await parity(folder);
      assertEquals([ok, decisions.same], [true, decisions.made]);
      // Of an order it is told what was heard of it, in the run that is made again.
      const stories: OrderStory[] = [];
      for (let id = 1; id <= 8; id++) stories.push(await why(folder, id));
      assert(stories.every(({ replay, end }) => replay.equal && end.time !== null));
      const [filled] = stories.filter((story) => story.filled > 0);
      assert(filled.fills[0].heard !== null && filled.legs[0].heard !== null);
      assertStringIncludes(whyText(filled), "caused by  what only the exchange knows");
    });
  });
}

Deno.test("LiveSession: a run after one that was killed has its position, and what both held is equal to the exchange's", async () => {
  await inFolder(async (folder) => {
    using market = new Market(2);
    await market.play(folder, 20_000);
    // It is killed: nothing is finished, and its orders rest.
    market.exchange.listener = undefined;
    assert(market.exchange.position !== "0");
    Deno.mkdirSync(`${folder}/next`);
    const { live, session } = await market.play(`${folder}/next`, 20_000);
    assertEquals(live.reconciled.settled, true);
    assertEquals(String(session.run.session.core.position(0)), market.exchange.position);
    assertEquals(market.exchange.doubled, 0);
  });
});

Deno.test("LiveSession.open: books that do not agree stop it, with what differs", async () => {
  await inFolder(async (folder) => {
    using market = new Market(3);
    market.exchange.orders.set("web_1", {
      ...{ clientId: "web_1", symbol: "ZEROUSD", exchangeId: "9", side: "buy", price: "1", size: "1", filled: "0" },
      state: "open",
    });
    const error = await assertRejects(() => market.play(folder, 100), ReconcileError, "1 difference between");
    assertEquals(error.found.rows[0].rule, "stops");
  });
});

Deno.test("LiveSession: what cannot be written down kills it, and nothing new leaves", async () => {
  await inFolder(async (folder) => {
    using market = new Market(4);
    const { live, session } = await market.play(
      folder,
      30_000,
      () => void (market.full = market.timers.now() > 10_000),
    );
    const halted = "the order log cannot be written: no space left on device";
    assertEquals([live.halted, market.exchange.open], [halted, []]);
    assertEquals(market.causes, [`JOURNAL_FAILED: ${halted}; the session is killed`]);
    assertEquals(String(session.run.session.core.position(0)), market.exchange.position);
  });
});

Deno.test("LiveSession: a strategy that throws leaves nothing at the exchange, and the journal makes the same again", async () => {
  for (const [seed, faults] of [[1, NO_FAULTS], [2, ROUGH], [3, ROUGH]] as const) {
    await inFolder(async (folder) => {
      using market = new Market(seed, faults);
      const { exchange, timers } = market,
        path = `${folder}/throws.ts`,
        { href } = new URL(`../../${STRATEGY}`, import.meta.url);
      // Behind its own requests, which are on their way then.
      Deno.writeTextFileSync(
        path,
        `import maker from ${JSON.stringify(href)};
export default { ...maker, create(params) {
  const made = maker.create(params);
  let looks = 0;
  const onBook = () => { if (++looks === ${300 + 37 * seed}) throw new Error("out of ink"); };
  return { ...made, onBook };
} };
`,
      );
      market.strategy = await loadStrategy(path);
      const { live, session } = await market.play(folder, 40_000);
      exchange.faults = NO_FAULTS;
      const quiet = live.quiet("it is over");
      await timers.advance(20_000);
      assertEquals([await quiet, exchange.open, exchange.doubled], [[], [], 0]);
      assertStringIncludes(live.halted!, "the strategy threw in onBook");
      await live.close();
      assertThrows(() => session.finish(), RunError, "out of ink");
      const { equal, difference } = await verify(folder, { strategy: path });
      assertEquals([equal, difference], [true, undefined]);
    });
  }
});

Deno.test("LiveSession: an instrument that has changed kills it and is told as that, once, however often it shows", async () => {
  await inFolder(async (folder) => {
    using market = new Market(5);
    const { exchange, timers } = market;
    const off = (price: string) => price.endsWith(".123456789");
    const { live } = await market.play(folder, 20_000, () => {
      if (timers.now() < 5000 || exchange.open.length < 2) return;
      for (const name of exchange.open) {
        const order = exchange.orders.get(name)!;
        order.price = `${Math.floor(Number(order.price))}.123456789`;
        exchange.fill(name, "1");
      }
    });
    assert(exchange.fills.filter(({ price }) => off(price)).length > 1);
    assertMatch(live.halted!, /^ZEROUSD: \d+\.123456789 × 1 is off its grid of /);
    assertEquals(market.causes.length, 1);
    assertMatch(market.causes[0], /^INSTRUMENT_CHANGED ZEROUSD: .*; the session is killed$/);
  });
});

Deno.test("LiveSession: an execution that cannot be is in no book, and kills it", async () => {
  for (
    const [size, price, fee] of [["-5", "100", "0"], ["1e30", "100", "0"], ["1", "100", "1e70"]]
  ) {
    await inFolder(async (folder) => {
      using market = new Market(7);
      const { exchange } = market;
      let before: number | undefined;
      const { live, session } = await market.play(folder, 4000, ({ live, session }) => {
        if (before !== undefined || exchange.open.length === 0) return;
        before = session.run.session.core.position(0);
        const order = { clientId: exchange.open[0], symbol: "ZEROUSD", exchangeId: "1" },
          side = "buy",
          liquidity = "maker";
        const fill = {
          ...order,
          side,
          liquidity,
          price,
          size,
          fee,
          feeCurrency: "USD",
          execution: 999,
          time: 1n,
        } as const;
        live.desk.report({ kind: "fill", order, fill });
        assertEquals(session.run.session.core.position(0), before);
      });
      assertMatch(live.halted!, /^Fill 999 of order \d+ is not booked: Cannot /);
      assertMatch(market.causes[0], /^UNRECONCILED: Fill 999 .*; the session is killed$/);
      assertEquals(String(session.run.session.core.position(0)), exchange.position);
    });
  }
});

Deno.test("LiveSession: books that go on to differ are told when they begin to, and when they kill it", async () => {
  await inFolder(async (folder) => {
    using market = new Market(6);
    const { exchange, timers } = market;
    let foreign = false;
    const { live } = await market.play(folder, 150_000, () => {
      if (foreign || timers.now() < 5000) return;
      foreign = true;
      const name = { clientId: "web_1", symbol: "ZEROUSD", exchangeId: "9" };
      exchange.orders.set("web_1", { ...name, side: "buy", price: "1", size: "7", filled: "0", state: "open" });
      exchange.fill("web_1", "7");
    });
    assertMatch(live.halted!, /^ZEROUSD: the exchange has \S+, we have \S+$/);
    assertEquals(market.causes.map((cause) => cause.replace(/has \S+, we have [^:;]+/, "differs")), [
      "UNRECONCILED ZEROUSD: the exchange differs: it may be on its way",
      "UNRECONCILED ZEROUSD: the exchange differs; the session is killed",
    ]);
  });
});
