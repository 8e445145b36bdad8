import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { tableFromIPC } from "apache-arrow";
import { inFolder, lockstep, project, TAPE } from "./_lockstep.ts";
import { EXIT } from "./exit_codes.ts";

const MAKER = project("strategies/touch_maker.ts");

/** A run below `folder`, and its result. */
async function runIn(folder: string, ...more: readonly string[]) {
  const line = [
    "run",
    MAKER,
    "--tape",
    TAPE,
    "--out",
    folder,
    "--fees",
    "maker=0.0002,taker=0.0007",
    "--latency",
    "5ms",
  ];
  const { code, err, out } = await lockstep(...line, "--json", ...more);
  assertEquals([code, err], [EXIT.OK, ""]);
  return JSON.parse(out);
}

Deno.test("lockstep report: each report agrees with the run's result, to the cent", () =>
  inFolder(async (folder) => {
    const result = await runIn(folder);
    const rows = async (name: string) => JSON.parse((await lockstep("report", name, "--out", folder, "--json")).out);
    const sum = (list: Record<string, number>[], key: string) => list.reduce((total, row) => total + row[key], 0);
    const [orders, executions, trades, positions] = [
      await rows("orders"),
      await rows("executions"),
      await rows("trades"),
      await rows("positions"),
    ];
    assertEquals(orders.length, result.orders);
    assertEquals(sum(orders, "Commission").toFixed(6), result.fees.toFixed(6));
    const fills = executions.filter(({ ExecType }: { ExecType: string }) => ExecType === "Trade");
    assertEquals([fills.length, trades.length, positions.length], [result.trades, result.roundTrips, result.trades]);
    assertEquals(sum(fills, "Commission").toFixed(6), result.fees.toFixed(6));
    assertEquals(sum(orders, "CumQty"), sum(fills, "LastQty"));
    const last = positions.at(-1);
    assertEquals(last.LongQty - last.ShortQty, result.position);
    assertEquals([last.Balance.toFixed(6), last.Commission.toFixed(6)], [
      result.balance.toFixed(6),
      result.fees.toFixed(6),
    ]);
    assertEquals(
      executions.map(({ ExecID }: { ExecID: number }) => ExecID),
      executions.map((_: unknown, i: number) => i + 1),
    );
    // The last report of each order is how the list of orders has it.
    const ends = new Map(
      executions.map((each: { OrderID: number; OrdStatus: string }) => [each.OrderID, each.OrdStatus]),
    );
    for (const { OrderID, OrdStatus } of orders) assertEquals(ends.get(OrderID), OrdStatus);
  }));

Deno.test("lockstep report: as a table of a few rows, and as an Arrow file that other programs read", () =>
  inFolder(async (folder) => {
    const { roundTrips } = await runIn(folder);
    const run = `${folder}/touch_maker-market_l2-1`;
    const { out } = await lockstep("report", run, "trades", "--rows", "4");
    const lines = out.trimEnd().split("\n");
    assertMatch(lines[1], /^TradeID +OpenTime +CloseTime/);
    assertEquals(lines.length, 2 + 4 + 1);
    assertStringIncludes(lines[4], `… ${roundTrips - 4} more`);
    for (const name of ["orders", "executions", "trades", "positions"]) {
      const file = `${folder}/${name}.arrow`;
      assertEquals((await lockstep("report", run, name, "--arrow", file)).code, EXIT.OK);
      const json = JSON.parse((await lockstep("report", run, name, "--json")).out);
      const table = tableFromIPC(Deno.readFileSync(file));
      assertEquals(table.numRows, json.length);
      const arrow = table.get(table.numRows - 1)!.toJSON();
      for (const [key, value] of Object.entries(json.at(-1))) {
        if (value === null || /Time$/.test(key)) continue;
        assertEquals(String(arrow[key]), String(value), key);
      }
    }
  }));

Deno.test("lockstep report: a run in the sandbox has the same files, and verifies", () =>
  inFolder(async (folder) => {
    await runIn(folder);
    await runIn(folder, "--sandbox");
    for (const name of ["positions", "trades"]) {
      const [open, shut] = [1, 2].map((i) => Deno.readFileSync(`${folder}/touch_maker-market_l2-${i}/${name}.arrow`));
      assertEquals(open, shut);
    }
    const { code, out } = await lockstep("verify", `${folder}/touch_maker-market_l2-2`);
    assertEquals(code, EXIT.OK, out);
  }));

Deno.test("lockstep report: what is misspelt or missing says what is meant", () =>
  inFolder(async (folder) => {
    await runIn(folder);
    const run = `${folder}/touch_maker-market_l2-1`;
    const bad = async (code: number, what: string, ...args: readonly string[]) => {
      const said = await lockstep("report", ...args);
      assertEquals(said.code, code, said.err);
      assertStringIncludes(said.err, what);
    };
    await bad(EXIT.USAGE, "did you mean trades?", "tradez", "--out", folder);
    await bad(EXIT.USAGE, "did you mean executions?", run, "execution");
    await bad(EXIT.USAGE, "leave --json or --arrow out", run, "--json", "--arrow", "x.arrow");
    await bad(EXIT.INPUT, "did you mean", `${folder}/touch_maker-market_l2`);
    Deno.removeSync(`${run}/trades.arrow`);
    await bad(EXIT.INPUT, "it has no trades.arrow; run it again", run, "trades");
    assert((await lockstep("report", "--help")).out.includes("AvgPx 6"));
  }));

Deno.test("lockstep report: the table names instruments where there are several, and a stop's price where there is one", () =>
  inFolder(async (folder) => {
    const tapes = ["a", "b"].flatMap((name) => ["--tape", project(`fixtures/data/pair_${name}.arrow`)]);
    assertEquals((await lockstep("run", project("strategies/pairs.ts"), ...tapes, "--out", folder)).code, EXIT.OK);
    for (const name of ["orders", "executions", "trades"]) {
      const { out } = await lockstep("report", name, "--out", folder, "--rows", "4");
      assertMatch(out, /Symbol[^]*TWIN_A[^]*TWIN_B/);
    }
    const command = ["--command", "+10m submit sell 3 type=stop trigger=1900"];
    await runIn(folder, ...command);
    const { out } = await lockstep("report", `${folder}/touch_maker-market_l2-1`, "--rows", "0");
    assertMatch(out, /StopPx/);
    assertMatch(out, /sell +stop +95 /);
    assert(!/Symbol/.test(out));
  }));

Deno.test("lockstep report: of a run that broke off it says so, and that it can go on", () =>
  inFolder(async (folder) => {
    await runIn(folder);
    const run = `${folder}/touch_maker-market_l2-1`;
    Deno.truncateSync(`${run}/orders.arrow`, 1000);
    Deno.removeSync(`${run}/manifest.json`);
    const { code, err } = await lockstep("report", run);
    assertEquals(code, EXIT.INPUT);
    assertStringIncludes(err, `Cannot report ${run}: it broke off before orders.arrow was whole; \`resume\` it first`);
  }));
