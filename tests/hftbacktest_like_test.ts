/** With `like: "hftbacktest"` our outcome is hftbacktest's also where without it it is another. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { AT_EXCHANGE, AT_LOCAL, BUY, CLEAR, DEPTH, LAST, NONE, SELL, TRADE } from "../engine/core/event.ts";
import { Rng } from "../engine/core/rng.ts";
import type { MadeRow } from "../engine/feed/_made_tape.ts";
import { JournalReader } from "../engine/core/journal_reader.ts";
import { backtest } from "../engine/run/backtest.ts";
import { FileSource } from "../engine/run/file_source.ts";
import { journalFile } from "../engine/run/journal_file.ts";
import { sha256 } from "../engine/run/sha256.ts";
import { verify } from "../engine/run/verify.ts";
import touchMaker from "../strategies/touch_maker.ts";
import {
  type Action,
  type Case,
  madeCase,
  ourOutcome,
  type Outcome,
  START,
  theirOutcomes,
} from "./hftbacktest_cases.ts";

/** A small case as a table, and what hftbacktest 2.4.4 and we without the option make of it. */
interface Table {
  readonly name: string;
  /** Time in ns, what, and where: "0 bid 100 2", "25 trade sell 100 3", "15 clear bid 98"; each is seen at once. */
  readonly rows: string;
  /** Step (every 10 ns), order, what: "1 a buy 1@100", "2 a cancel". It arrives 1 ns later. */
  readonly orders: string;
  /** What they record: "25 a 1@100 maker". */
  readonly theirs: string;
  readonly ours: string;
  /** Best bid and ask at each step. */
  readonly theirView: string;
  readonly ourView: string;
}

const TABLES: readonly Table[] = [
  {
    name: "two orders of ours at one price have a queue each",
    rows: "0 bid 100 2, 0 ask 103 2, 25 trade sell 100 3",
    orders: "1 a buy 1@100, 1 b buy 1@100",
    theirs: "25 a 1@100 maker, 25 b 1@100 maker",
    ours: "25 a 1@100 maker",
    theirView: "100/103 100/103 100/103",
    ourView: "100/103 100/103 100/103",
  },
  {
    name: "a trade without an aggressor does nothing",
    rows: "0 bid 100 1, 0 ask 103 1, 25 trade none 100 2, 27 trade none 103 2",
    orders: "1 a buy 1@101, 1 b sell 1@102",
    theirs: "",
    ours: "25 a 1@101 maker, 27 b 1@102 maker",
    theirView: "100/103 100/103 100/103",
    ourView: "100/103 100/103 100/103",
  },
  {
    name: "a level that was passed over survives a clear, and an order that joins it waits",
    rows: "0 bid 100 2, 0 bid 98 2, 5 ask 99 1, 15 clear bid 98, 25 ask 99 0, 25 ask 105 1, 45 trade sell 100 1",
    orders: "3 a buy 1@100",
    theirs: "",
    ours: "45 a 1@100 maker",
    theirView: "98/99 -/99 -/105 -/105 -/105",
    ourView: "98/99 -/99 -/105 -/105 -/105",
  },
  {
    name: "a level right behind the last one cleared is not found",
    rows: "0 bid 100 2, 0 bid 99 2, 0 bid 97 2, 0 ask 102 1, 15 clear bid 100, 35 trade buy 98 1",
    orders: "2 a sell 1@98 post",
    theirs: "35 a 1@98 maker",
    ours: "",
    theirView: "100/102 97/102 97/102 97/102",
    ourView: "100/102 99/102 99/102 99/102",
  },
  {
    name: "a best that improves in a clear fills nobody, and a short trade passes those behind it by",
    rows:
      "0 bid 100 2, 0 bid 95 2, 1 ask 99 1, 2 ask 99 0, 2 ask 105 1, 15 clear bid 102, 25 trade buy 101 5, 45 trade buy 103 5",
    orders: "1 a sell 1@98",
    theirs: "45 a 1@98 maker",
    ours: "25 a 1@98 maker",
    theirView: "95/105 100/105 100/105 100/105 100/105",
    ourView: "95/105 95/105 95/105 95/105 95/105",
  },
  {
    name: "a side that was empty does not find what still stands behind its new levels",
    rows:
      "0 bid 100 2, 0 bid 98 2, 1 ask 99 1, 2 bid 98 0, 3 ask 99 0, 3 ask 104 1, 4 bid 101 1, 5 bid 101 0, 25 trade buy 100 1",
    orders: "1 a sell 1@100 post",
    theirs: "25 a 1@100 maker",
    ours: "",
    theirView: "-/104 -/104 -/104",
    ourView: "100/104 100/104 100/104",
  },
];

for (const table of TABLES) {
  Deno.test(`like hftbacktest: ${table.name}`, () => {
    const made = caseOf(table);
    assertEquals(told(ourOutcome(made, "hftbacktest"), made), [table.theirs, table.theirView]);
    assertEquals(told(ourOutcome(made), made), [table.ours, table.ourView]);
  });
}

const { python, why } = await findPython();
const because = python === undefined ? ` (ignored: ${why})` : "";

Deno.test({
  name: `like hftbacktest: the tables say what hftbacktest does${because}`,
  ignore: python === undefined,
  fn: async () => {
    const cases = TABLES.map(caseOf);
    const outcomes = await theirOutcomes(python!, cases);
    assertEquals(outcomes.map((each, i) => told(each, cases[i])), TABLES.map((each) => [each.theirs, each.theirView]));
  },
});

Deno.test({
  name: `like hftbacktest: fill by fill and view by view beside it on 500 made markets${because}`,
  ignore: python === undefined,
  fn: async () => {
    const cases = Array.from({ length: 500 }, (_, seed) => madeCase(new Rng(seed)));
    const theirs = await theirOutcomes(python!, cases);
    let fills = 0, others = 0;
    for (const [seed, made] of cases.entries()) {
      assertEquals(ourOutcome(made, "hftbacktest"), theirs[seed], `seed ${seed}`);
      fills += theirs[seed].fills.length;
      if (`${ourOutcome(made).fills}` !== `${theirs[seed].fills}`) others++;
    }
    assert(fills > 5000 && others > 200, `${fills} fills; without the option ${others} cases end otherwise`);
  },
});

Deno.test("like hftbacktest: a journal has it, and verify runs with it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    {
      using journal = journalFile(`${folder}/journal`, { strategy: "strategies/touch_maker.ts" });
      const tape = fileURLToPath(new URL("../fixtures/data/market_l2.arrow", import.meta.url));
      const { run, notes } = backtest({ strategy: touchMaker, tape, like: "hftbacktest", journal });
      assertEquals([run.models.fills, run.models.impact, run.models.like], ["whole", "frozen", "hftbacktest"]);
      assert(notes.some((note) => note.startsWith("Like hftbacktest 2.4.4")), `${notes}`);
    }
    using file = new FileSource(`${folder}/journal`);
    const source = { name: "journal", size: file.size, read: (at: number, into: Uint8Array) => file.read(at, into) };
    const { header } = new JournalReader(source, sha256);
    assertEquals([header.options.like, header.options.fills], ["hftbacktest", "whole"]);
    assert((await verify(folder)).equal);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("like hftbacktest: what it has not is refused, and the option that asks for it named", () => {
  const refused = (options: object, tape: string) => {
    const path = fileURLToPath(new URL(`../fixtures/data/${tape}.arrow`, import.meta.url));
    const run = () => backtest({ strategy: touchMaker, tape: path, like: "hftbacktest", ...options });
    return assertThrows(run, RangeError).message;
  };
  const start = "Cannot be like hftbacktest";
  const end = "leave one of the two out";
  assertEquals(refused({ fills: "partial" }, "market_l2"), `${start}: fills is partial, and there it is whole; ${end}`);
  assertEquals(
    refused({ impact: "insert" }, "market_l2"),
    `${start}: impact is insert, and there it is frozen; ${end}`,
  );
  assertEquals(
    refused({ selfTrade: "decrement" }, "market_l2"),
    `${start}: selfTrade is decrement, and there it is allow; ${end}`,
  );
  assertEquals(
    refused({}, "market_l3"),
    `${start} on market_l3.arrow: it holds l3, and only on levels (l2) do the two differ; leave it out`,
  );
  assertEquals(
    refused({ like: "hftbactest" }, "market_l2"),
    "Cannot be like hftbactest: there is no such outcome; did you mean hftbacktest?",
  );
});

/** LOCKSTEP_BENCH_PYTHON, else the virtual environment that the bench makes, where it has hftbacktest. */
async function findPython(): Promise<{ readonly python?: string; readonly why?: string }> {
  const made = fileURLToPath(new URL("../out/bench/venv/bin/python", import.meta.url));
  const python = Deno.env.get("LOCKSTEP_BENCH_PYTHON") ?? made;
  try {
    const args = [
      "-c",
      "import hftbacktest, numba; from importlib.metadata import version; print(version('hftbacktest'))",
    ];
    const { success, stdout } = await new Deno.Command(python, { args, stderr: "null" }).output();
    const version = new TextDecoder().decode(stdout).trim();
    if (success && version === "2.4.4") return { python };
  } catch {
    // There is no such program.
  }
  return { why: "LOCKSTEP_BENCH_PYTHON names no Python with hftbacktest 2.4.4, and the bench has made none" };
}

function caseOf({ rows, orders }: Table): Case {
  const flags = AT_EXCHANGE | AT_LOCAL | LAST,
    sides: Record<string, number> = { bid: BUY, ask: SELL, buy: BUY, sell: SELL };
  const made = rows.split(", ").map((text): MadeRow => {
    const [at, what, ...rest] = text.split(" ");
    const exchange = START + BigInt(at);
    if (what === "trade") {
      return { exchange, flags, kind: TRADE, side: sides[rest[0]] ?? NONE, price: +rest[1], size: +rest[2] };
    }
    if (what === "clear") return { exchange, flags, kind: CLEAR, side: sides[rest[0]], price: +rest[1] };
    return { exchange, flags, kind: DEPTH, side: sides[what], price: +rest[0], size: +rest[1] };
  });
  // A last row, by which all that was on its way has arrived.
  const end = made[made.length - 1].exchange as bigint + 9n;
  made.push({ exchange: end, flags, kind: DEPTH, side: SELL, price: 200, size: 1 });
  const actions = orders.split(", ").map((text): Action => {
    const [step, name, what, lots, post] = text.split(" ");
    const [size, price] = lots.split("@").map(Number);
    const tif = post === "post" ? "post" : "gtc";
    return { step: +step, what: "submit", order: numberOf(name), side: sides[what], price, size, tif };
  });
  return { rows: made, queue: "risk", latency: 1, interval: 10, actions };
}

const numberOf = (name: string) => name.charCodeAt(0) - 96;

/** An outcome as the tables have it, of the steps within the case's rows. */
function told({ fills, views }: Outcome, { rows }: Case): [fills: string, views: string] {
  const steps = Math.floor(Number(BigInt(rows[rows.length - 2].exchange) - START) / 10) + 1;
  return [
    fills.map(([at, order, price, lots, maker]) =>
      `${at} ${String.fromCharCode(96 + order)} ${lots}@${price} ${maker ? "maker" : "taker"}`
    ).join(", "),
    views.slice(0, steps).map((view) => view.map((best) => best ?? "-").join("/")).join(" "),
  ];
}
