/**
 * Bad days: what goes wrong at an exchange, on the way to it and on our own disk, each through the adapter of Binance spot, from frame
 * to session. Each has its coded event, a safe state meanwhile, a line that says what happened, and nothing lost when it is over.
 */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { LiveEventName } from "../engine/live/live_event.ts";
import { clientName } from "../engine/live/client_names.ts";
import type { StrategyDefinition } from "../engine/core/strategy.ts";
import { type KillAnswer, KillFile } from "../engine/run/kill_file.ts";
import remote from "../strategies/remote.ts";
import { BadDay } from "./bad_day.ts";

/** One of them. */
interface Scenario {
  /** One that does nothing, unless said. */
  readonly strategy?: StrategyDefinition;
  /** What happens, beginning with an order that rests; and what is seen to be safe meanwhile. */
  readonly happens: (day: BadDay, resting: string) => Promise<void>;
  /** What is told, in any order, among other things. */
  readonly events: readonly LiveEventName[];
  /** A line that says what happened. */
  readonly line: RegExp;
  /** Why the session is killed by it; it goes on where absent. */
  readonly killed?: RegExp;
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "the exchange closes its sockets": {
    async happens(day) {
      day.cut();
      assertEquals([await day.submit(), day.far.arrived.length], ["", 1]);
    },
    events: ["RECONNECTING", "MARKET_GAP", "USER_GAP", "CONNECTED", "MARKET_WHOLE"],
    line: /^orders ended \(1006\); it is made again in \d+\.\d s$/,
  },
  "the exchange closes its sockets with an order on its way, and fills it": {
    async happens(day) {
      const name = await day.submitAndCut();
      day.far.fill(name, "0.010", "800");
    },
    events: ["RECONNECTING", "USER_GAP", "UNANSWERED"],
    line: /the connection ended/,
  },
  "the exchange answers an order 418": {
    async happens(day) {
      day.far.next.submit.push("418");
      await day.submit();
      await day.submit();
    },
    events: ["THROTTLED", "REQUEST_REFUSED"],
    line: /^it answered 418: nothing is sent for \d+ s$/,
  },
  "the exchange answers a snapshot 429": {
    async happens(day) {
      day.answer = ({ url }) => url.includes("/depth") ? { status: 429, text: "{}" } : undefined;
      day.cut();
      await day.pass(10_000);
      assertEquals(await day.submit(), "STALE_BOOK");
    },
    events: ["THROTTLED", "MARKET_GAP", "MARKET_WHOLE"],
    line: /^it answered 429: nothing is asked for 60 s; weight/,
  },
  "the exchange answers 5xx": {
    async happens(day) {
      day.far.next.submit.push("5xx");
      await day.submit();
      day.answer = () => ({ status: 503, text: "busy" });
      day.cut();
      await day.pass(20_000);
    },
    events: ["UNANSWERED", "REQUEST_REFUSED", "MARKET_GAP"],
    line: /503/,
  },
  "the exchange sends malformed JSON": {
    async happens(day, resting) {
      day.far.garbage();
      day.say('{"stream":"btcusdt@depth@100ms","data":{"e":"depthUp');
      day.say("<html>");
      day.far.fill(resting, "0.004", "800");
      await day.pass(1000);
    },
    events: ["FRAME_REFUSED", "USER_GAP"],
    line: /<html>/,
  },
  "the exchange changes the tick size": {
    async happens(day) {
      const { market } = day;
      day.answer = (request) => {
        if (!request.url.includes("/exchangeInfo")) return undefined;
        const { status, text } = market.request(request);
        return { status, text: text.replace("0.10000000", "0.01000000") };
      };
      day.edit = (text) => text.replaceAll(/"(9\d\d\.\d)"/g, '"$15"');
      await day.pass(1000);
      assertEquals(await day.submit(), "STALE_BOOK");
    },
    events: ["INSTRUMENT_CHANGED", "MARKET_GAP"],
    line: /tick was 0\.1 and is 0\.01; its book stays stale, start again/,
  },
  "the exchange changes the form of its updates": {
    async happens(day) {
      day.edit = (text) => text.replace('"b":[', '"bids":{"new":[').replace("]]}", "]]}}");
      day.answer = ({ url }) => url.includes("/depth") ? { status: 200, text: '{"levels":[]}' } : undefined;
      await day.pass(5000);
      assertEquals(await day.submit(), "STALE_BOOK");
      day.edit = (text) => text;
    },
    events: ["FRAME_REFUSED", "MARKET_GAP", "MARKET_WHOLE"],
    line: /^its updates make no sense; the book is stale$/,
  },
  "the exchange rejects with a code that nobody knows": {
    async happens(day) {
      day.far.next.submit.push("new words");
      await day.submit();
    },
    events: ["REQUEST_REFUSED"],
    line: /-9876: words of tomorrow/,
  },
  "the exchange fills more than was asked": {
    async happens(day, resting) {
      day.far.fill(resting, "0.015", "800");
      await day.pass(1000);
      assertEquals(day.position, "0.015");
    },
    events: ["OVERFILLED"],
    line: /^order \S+ of 0\.010 is filled 0\.015$/,
  },
  "the exchange reports a fill of an order that nobody knows": {
    async happens(day) {
      day.far.fill("web_1", "0.005", "800");
      await day.pass(90_000);
    },
    events: ["FOREIGN_ORDER", "UNRECONCILED"],
    line: /web_1 is none of ours/,
    killed: /^BTCUSDT: the exchange has 0\.005, we have 0\.000$/,
  },
  "the exchange reports a fill of an order of ours that this run never sent": {
    async happens(day) {
      day.far.fill(clientName({ run: day.live.run, order: 99 }), "0.005", "800");
      await day.pass(90_000);
      assertEquals(day.position, "0.005");
    },
    events: ["FOREIGN_ORDER"],
    line: /was not sent here/,
  },
  "our clock is 5 s off": {
    async happens(day) {
      day.far.clockOffMs = -5000;
      await day.submit();
      await day.pass(61_000);
    },
    events: ["CLOCK_OFF", "REQUEST_REFUSED"],
    line: /^our clock is 5\.000 s ahead of the exchange's; set it right \(NTP\)$/,
  },
  "its name is not found": {
    async happens(day) {
      day.unreachable = "dns error: failed to lookup address information";
      day.cut();
      await day.pass(30_000);
      assertEquals(await day.submit(), "STALE_BOOK");
    },
    events: ["RECONNECTING", "MARKET_GAP", "USER_GAP"],
    line: /failed to lookup address/,
  },
  "its certificate is not trusted": {
    async happens(day) {
      day.unreachable = "invalid peer certificate: Expired";
      day.cut();
      await day.pass(30_000);
      assertEquals(await day.submit(), "STALE_BOOK");
    },
    events: ["RECONNECTING", "MARKET_GAP", "USER_GAP"],
    line: /invalid peer certificate: Expired/,
  },
  "our key loses its permission to trade": {
    async happens(day) {
      day.far.next.submit.push("not permitted");
      await day.submit();
    },
    events: ["NOT_PERMITTED"],
    line: /was rejected: -2015: Invalid API-key/,
  },
  "our balance is too small": {
    async happens(day) {
      day.far.next.submit.push("cash");
      await day.submit();
    },
    events: ["REQUEST_REFUSED"],
    line: /-2010: Account has insufficient balance/,
  },
  "the disk is full while what leaves is written down": {
    async happens(day) {
      day.logFull = true;
      await day.submit();
      assertEquals(await day.submit(), "KILLED");
    },
    events: ["JOURNAL_FAILED"],
    line: /the order log cannot be written: No space left on device/,
    killed: /^the order log cannot be written: No space left on device/,
  },
  "the disk is full while the journal is written": {
    async happens(day, resting) {
      day.journalFull = true;
      for (let i = 0; i < 2000; i++) day.live.session.command({ kind: "hold", state: "open" });
      assertEquals(await day.submit(), "CLOSED");
      day.far.fill(resting, "0.004", "800");
      await day.pass(1000);
      assertEquals(day.far.orders.get(resting)?.state, "cancelled");
    },
    events: ["JOURNAL_FAILED"],
    line: /^the session is over: Cannot write the journal: No space left on device/,
    killed: /^Cannot write the journal/,
  },
  "the strategy throws": {
    strategy: { ...remote, create: () => ({ onFill: () => fail("no such level") }) },
    async happens(day, resting) {
      day.far.fill(resting, "0.004", "800");
      await day.pass(1000);
      assertEquals([day.far.orders.get(resting)?.state, await day.submit()], ["cancelled", "CLOSED"]);
    },
    events: ["STRATEGY_FAILED"],
    line: /^the session is over: Cannot go on: the strategy threw in onFill at \d+ ns: no such level$/,
    killed: /no such level/,
  },
};

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  Deno.test(`bad days: ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const day = await new BadDay(folder, scenario.strategy).open(), resting = await day.submit();
      assert(day.far.orders.get(resting)?.state === "open", resting);
      await scenario.happens(day, resting);
      day.unreachable = undefined;
      day.answer = () => undefined;
      day.far.clockOffMs = 0;
      await day.pass(60_000);
      const told: readonly string[] = day.told.map(({ name }) => name), lines = day.told.map(({ message }) => message);
      for (const event of scenario.events) assert(told.includes(event), `${event} is not among ${told}`);
      assert(lines.some((line) => scenario.line.test(line)), `${scenario.line} is not in\n${lines.join("\n")}`);
      const ofOrders = lines.filter((line) => / order \S+ (was|has)|^order /.test(line));
      assertEquals(ofOrders.length, new Set(ofOrders).size, "what became of an order is told once");
      assert(told.filter((event) => event === "USER_GAP").length <= 1, "a gap is told once");
      if (scenario.killed) assertMatch(day.live.halted ?? "", scenario.killed);
      else assertEquals(day.live.halted, undefined);
      await day.end();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

function fail(message: string): never {
  throw new Error(message);
}

/** What is wrong before a session begins: the line that it ends with, and whether an event tells of it. */
const STARTS: Readonly<
  Record<string, { readonly wrong: (day: BadDay) => void; readonly line: RegExp; readonly event: LiveEventName }>
> = {
  "its name is not found": {
    wrong: (day) => day.unreachable = "dns error: failed to lookup address information",
    line: /rest\.test.*dns error: failed to lookup address information/,
    event: "NOT_REACHED",
  },
  "its certificate is not trusted": {
    wrong: (day) => day.unreachable = "invalid peer certificate: UnknownIssuer",
    line: /rest\.test.*invalid peer certificate: UnknownIssuer/,
    event: "NOT_REACHED",
  },
  "our key may not trade": {
    wrong: (day) => day.far.mayTrade = false,
    line: /Keys\(our-key\) may not place orders .*; permit it there$/,
    event: "NOT_PERMITTED",
  },
};

for (const [name, { wrong, line, event }] of Object.entries(STARTS)) {
  Deno.test(`bad days, at the start: ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const day = new BadDay(folder);
      wrong(day);
      const { message } = await assertRejects(() => day.open(), Error);
      assertMatch(message, line);
      assert(day.told.some(({ name }) => name === event), day.told.map(({ name }) => name).join());
      assertEquals([day.far.arrived, day.log, day.far.timers.waiting], [[], "", 0]);
      assert(![message, ...day.told.map(({ message }) => message)].join().includes(day.far.keys.secret));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("bad days: a kill file cancels what rests at the exchange, and its answer says what is open until it is not", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const day = await new BadDay(folder).open(), resting = await day.submit(), { timers, tools: { wall } } = day.far;
    const answers: string[] = [], files = new Map<string, string>();
    const write = (_: string, text: string) => void answers.push(text);
    using _switch = new KillFile({
      ...{ session: day.live.session, paths: ["KILL"], answer: "KILLED", timers, wall, tell: () => {} },
      files: { read: (path) => files.get(path), write },
    });
    day.far.fill(resting, "0.004", "800");
    await day.pass(1000);
    files.set("KILL", "fat finger");
    await day.pass(1000);
    assertEquals(day.far.orders.get(resting)?.state, "cancelled");
    assertEquals([await day.submit(), day.far.arrived.length], ["KILLED", 2]);
    const open = answers.map((text) => JSON.parse(text) as KillAnswer);
    assertEquals(open.map(({ cause, orders, positions }) => [cause, orders.map(({ left }) => left), positions]), [
      ["fat finger", ["0.006"], { BTCUSDT: "0.004" }],
      ["fat finger", [], { BTCUSDT: "0.004" }],
    ]);
    _switch[Symbol.dispose]();
    await day.end();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
