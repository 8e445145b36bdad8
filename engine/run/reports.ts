import { join } from "node:path";
import { closest } from "../core/closest.ts";
import { instrument as makeInstrument } from "../core/instrument.ts";
import type { ExecutionReport } from "../core/execution_report.ts";
import { ExecutionReports } from "../core/execution_reports.ts";
import { JournalReader, OUTPUT } from "../core/journal_reader.ts";
import { OWN_FILL } from "../core/recorder.ts";
import { FileSource } from "./file_source.ts";
import { isFile } from "./find_run.ts";
import { JournalSource } from "./journal_source.ts";
import { nearName } from "./near_name.ts";
import { sha256 } from "./sha256.ts";
import { type Cell, type TableRow, tableRows } from "./table_reader.ts";

/** The reports of a run, by name. */
export const REPORTS = ["orders", "executions", "trades", "positions"] as const;
/** A report's name. */
export type ReportName = typeof REPORTS[number];

/** What a column of a report holds: "time" is ns since 1970-01-01 UTC; "price", "size" and "money" are floats. */
export type ReportType = "time" | "int" | "price" | "size" | "money" | "text";

/** Columns of each report in order, in the field's standard names (FIX 5.0 SP2 where it has one); see `lockstep report --help`. */
export const REPORT_COLUMNS: Readonly<Record<ReportName, Readonly<Record<string, ReportType>>>> = {
  orders: {
    OrderID: "int",
    Symbol: "text",
    Side: "text",
    OrdType: "text",
    TimeInForce: "text",
    OrdStatus: "text",
    Price: "price",
    StopPx: "price",
    OrderQty: "size",
    CumQty: "size",
    LeavesQty: "size",
    AvgPx: "price",
    Commission: "money",
    TransactTime: "time",
    EndTime: "time",
    Text: "text",
  },
  executions: {
    ExecID: "int",
    TransactTime: "time",
    MsgType: "text",
    ExecType: "text",
    OrdStatus: "text",
    OrderID: "int",
    Symbol: "text",
    Side: "text",
    OrderQty: "size",
    Price: "price",
    LastPx: "price",
    LastQty: "size",
    CumQty: "size",
    LeavesQty: "size",
    AvgPx: "price",
    Commission: "money",
    LastLiquidityInd: "text",
    Text: "text",
  },
  trades: {
    TradeID: "int",
    Symbol: "text",
    Side: "text",
    OpenTime: "time",
    CloseTime: "time",
    Quantity: "size",
    OpenPx: "price",
    ClosePx: "price",
    GrossPnL: "money",
    Commission: "money",
    Income: "money",
    NetPnL: "money",
  },
  positions: {
    TransactTime: "time",
    Symbol: "text",
    LongQty: "size",
    ShortQty: "size",
    AvgPx: "price",
    Balance: "money",
    RealizedPnL: "money",
    Commission: "money",
  },
};

/**
 * The rows of one report of a run, from the run's files: orders, trades and positions from the tables of those names, fills
 * from `fills.arrow`, and executions from the journal, which has each event of each order.
 *
 * Throws RangeError for a folder without the files (those of runs of before have no trades and positions), and for a journal
 * of which the beginning was dropped.
 *
 * @example
 * ```ts
 * import { report } from "./reports.ts";
 * try {
 *   report("out/no_such_run", "orders").next();
 *   throw new Error("not reached");
 * } catch (error) {
 *   if (!(error as Error).message.startsWith("Cannot report out/no_such_run")) throw error;
 * }
 * ```
 */
export function report(folder: string, name: ReportName): Generator<TableRow> {
  checkFolder(folder);
  if (name === "executions") return executions(folder);
  return name === "orders" ? orders(folder) : name === "trades" ? trades(folder) : positions(folder);
}

/** The report of a name; RangeError with the near one for what is none. */
export function reportName(name: string): ReportName {
  const found = REPORTS.find((each) => each === name);
  if (found !== undefined) return found;
  const near = closest(name, REPORTS);
  throw new RangeError(
    `Cannot report ${name}: it is none of ${REPORTS.join(", ")}${near.startsWith("did") ? `; ${near}` : ""}`,
  );
}

function checkFolder(folder: string): void {
  const remedy = "name the folder of a run, as out/touch_maker-market_l2-1";
  try {
    if (Deno.statSync(folder).isDirectory) return;
  } catch {
    throw new RangeError(
      `Cannot report ${folder}: there is no such folder; ${nearName(folder, { folders: true, otherwise: remedy })}`,
    );
  }
  throw new RangeError(`Cannot report ${folder}: it is a file; ${remedy}`);
}

/** The rows of one of the run's tables. */
function* table(folder: string, name: string): Generator<TableRow> {
  if (!isFile(join(folder, name))) {
    throw new RangeError(`Cannot report ${folder}: it has no ${name}; run it again, and it will be there`);
  }
  const file = new FileSource(join(folder, name));
  try {
    yield* tableRows(file);
  } catch (error) {
    // What a run writes last.
    if (!(error instanceof RangeError) || isFile(join(folder, "manifest.json"))) throw error;
    throw new RangeError(`Cannot report ${folder}: it broke off before ${name} was whole; \`resume\` it first`);
  } finally {
    file.close();
  }
}

const number = (cell: Cell) => typeof cell === "number" ? cell : NaN;
const given = (cell: Cell) => number(cell) === number(cell) ? cell : null;

/** Orders that have ended and those that stand open, with what their fills came to. */
function* orders(folder: string): Generator<TableRow> {
  const fills = new Map<number, { lots: number; value: number; fees: number }>();
  for (const { order, price, lots, fee } of table(folder, "fills.arrow")) {
    const sum = fills.get(number(order)) ?? { lots: 0, value: 0, fees: 0 };
    sum.lots += number(lots);
    sum.value += number(price) * number(lots);
    sum.fees += number(fee);
    fills.set(number(order), sum);
  }
  for (const row of table(folder, "orders.arrow")) {
    const sum = fills.get(number(row.order)), open = row.ended === null;
    yield {
      OrderID: row.order,
      Symbol: row.instrument,
      Side: row.side,
      OrdType: row.type,
      TimeInForce: row.tif,
      OrdStatus: row.state,
      Price: given(row.price),
      StopPx: given(row.trigger),
      OrderQty: row.size,
      CumQty: row.filled,
      LeavesQty: open ? Math.max(0, number(row.size) - number(row.filled)) : 0,
      AvgPx: sum ? sum.value / sum.lots : null,
      Commission: sum ? sum.fees : 0,
      TransactTime: row.submitted,
      EndTime: row.ended,
      Text: row.reason,
    };
  }
}

function* trades(folder: string): Generator<TableRow> {
  for (const row of table(folder, "trades.arrow")) {
    yield {
      TradeID: row.trade,
      Symbol: row.instrument,
      Side: row.side,
      OpenTime: row.opened,
      CloseTime: row.closed,
      Quantity: row.size,
      OpenPx: row.entry,
      ClosePx: row.exit,
      GrossPnL: row.pnl,
      Commission: row.fees,
      Income: row.income,
      NetPnL: row.net,
    };
  }
}

function* positions(folder: string): Generator<TableRow> {
  for (const row of table(folder, "positions.arrow")) {
    const size = number(row.size);
    yield {
      TransactTime: row.time,
      Symbol: row.instrument,
      LongQty: Math.max(0, size),
      ShortQty: Math.max(0, -size),
      AvgPx: given(row.average_price),
      Balance: row.balance,
      RealizedPnL: row.realised,
      Commission: row.fees,
    };
  }
}

/** Each event of each order, as the journal has it; fee and liquidity stand in the list of fills. */
function* executions(folder: string): Generator<TableRow> {
  using source = new JournalSource(folder, "report");
  const journal = new JournalReader(source, sha256);
  if (journal.from) {
    throw new RangeError(
      `Cannot report executions of ${folder}: the first ${journal.from.records} records of its journal were dropped; ` +
        `keep all files (--journal-files without keep)`,
    );
  }
  const fills = table(folder, "fills.arrow");
  const instruments = journal.header.tapes.map(({ instrument }) => makeInstrument(instrument));
  let ready: ExecutionReport[] = [];
  const reports = new ExecutionReports(instruments, (each) => void ready.push(each));
  for (let kind = journal.next(); kind !== 0; kind = journal.next()) {
    if (kind !== OUTPUT) continue;
    const { tag, era, ns, order, x, y, z } = journal;
    reports.output(tag, era, ns, order, x, y, z);
    if ((tag & 15) === OWN_FILL) {
      const { value } = fills.next();
      if (value) reports.trade(number(value.fee), value.liquidity === "maker" ? 0 : 1);
      else reports.trade(null, null);
    }
    if (ready.length === 0) continue;
    for (const each of ready) yield { ...each };
    ready = [];
  }
}
