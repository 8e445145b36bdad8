import type { Command } from "commander";
import { closest } from "../../core/closest.ts";
import { isoTime } from "../../core/gap_error.ts";
import { number } from "../../stats/_format.ts";
import type { ReportName } from "../reports.ts";
import type { Cell, TableRow } from "../table_reader.ts";
import type { Cli } from "./cli.ts";
import { aligned } from "./aligned.ts";
import { EXIT } from "./exit_codes.ts";
import { Failure, reasonOf } from "./failure.ts";
import { examples, wholeNumber } from "./flags.ts";

interface ReportFlags {
  readonly out: string;
  readonly json?: boolean;
  readonly arrow?: string;
  readonly rows: number;
}

const FIELDS = `
Fields have the standard names of FIX 5.0 SP2: OrderID 37, ExecID 17, ExecType 150, OrdStatus 39, OrdType 40,
TimeInForce 59, Side 54, Symbol 55, OrderQty 38, CumQty 14, LeavesQty 151, Price 44, StopPx 99, LastPx 31, LastQty 32,
AvgPx 6, Commission 12, LastLiquidityInd 851, TransactTime 60, Text 58, LongQty 704, ShortQty 705. Values are in words,
prices and sizes in the instrument's units, money in its currency. Beside them:
  orders      EndTime: when we learnt that it had ended, empty of one that stands open
  executions  each event of each order, from the journal; a cancel or amend that was refused is an OrderCancelReject
  trades      round trips from flat to flat: OpenPx, ClosePx, GrossPnL, Income (funding, dividends), NetPnL
  positions   after each change: Balance (−Σ price × signed size), RealizedPnL and Commission until then`;

/** Columns that a terminal has room for; a symbol where there are several, and a stop's price where there is one. */
const SHOWN: Readonly<Record<ReportName, readonly string[]>> = {
  orders: [
    "OrderID",
    "TransactTime",
    "Symbol",
    "Side",
    "OrdType",
    "StopPx",
    "Price",
    "OrderQty",
    "CumQty",
    "AvgPx",
    "OrdStatus",
    "Text",
  ],
  executions: [
    "ExecID",
    "TransactTime",
    "OrderID",
    "ExecType",
    "OrdStatus",
    "Symbol",
    "Side",
    "LastQty",
    "LastPx",
    "CumQty",
    "LeavesQty",
    "Text",
  ],
  trades: [
    "TradeID",
    "OpenTime",
    "CloseTime",
    "Symbol",
    "Side",
    "Quantity",
    "OpenPx",
    "ClosePx",
    "Commission",
    "NetPnL",
  ],
  positions: ["TransactTime", "Symbol", "LongQty", "ShortQty", "AvgPx", "RealizedPnL", "Commission"],
};

/** Adds `report`: orders, executions, trades and positions of a run. */
export function addReport(program: Command, cli: Cli): void {
  program.command("report").summary("print a run's orders, executions, trades or positions")
    .description("Prints one of a run's reports from its files: as a table, as JSON, or into an Arrow file.")
    .argument("[run]", "the folder of a run, as out/touch_maker-market_l2-1 (the newest in --out)")
    .argument("[report]", "orders, executions, trades or positions (orders)")
    .option("--json", "print all rows as JSON, one a line; times in ns since 1970 as text")
    .option("--arrow <file>", "write all rows and fields as an Arrow table")
    .option("--rows <n>", "rows that the table shows, the first and the last (40); 0 for all", wholeNumber, 40)
    .option("--out <folder>", "where runs are", "out")
    .addHelpText(
      "after",
      `${FIELDS}\n${
        examples(
          "report",
          "report executions --json",
          "report out/touch_maker-market_l2-1 trades --arrow trades.arrow",
        )
      }`,
    )
    .action((run: string | undefined, report: string | undefined, flags: ReportFlags) =>
      print(cli, run, report, flags)
    );
}

async function print(cli: Cli, run: string | undefined, named: string | undefined, flags: ReportFlags): Promise<void> {
  const { report, reportName, REPORTS } = await import("../reports.ts");
  const { newestRun } = await import("../why.ts");
  if (flags.json && flags.arrow !== undefined) {
    throw new Failure(EXIT.USAGE, "Cannot print JSON and write Arrow at once; leave --json or --arrow out");
  }
  // A report's name alone is of the newest run.
  const alone = named === undefined && run !== undefined && (REPORTS as readonly string[]).includes(run);
  // What is no folder, and near a report's name, is meant as one.
  if (named === undefined && run !== undefined && !alone && !isFolder(run) && closest(run, REPORTS).startsWith("did")) {
    nameOf(() => reportName(run));
  }
  const name = nameOf(() => reportName(alone ? run! : named ?? "orders"));
  const folder = alone || run === undefined ? newestRun(flags.out) : run;
  const rows = report(folder, name);
  if (flags.arrow !== undefined) await writeArrow(cli, { name, rows, file: flags.arrow });
  else if (flags.json) printJson(cli, rows);
  else printTable(cli, { folder, name, rows, most: flags.rows });
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** A report that is none is the command line's mistake. */
function nameOf(find: () => ReportName): ReportName {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Failure(EXIT.USAGE, error.message, { cause: error });
  }
}

async function writeArrow(
  cli: Cli,
  { name, rows, file }: { readonly name: ReportName; readonly rows: Iterable<TableRow>; readonly file: string },
): Promise<void> {
  const { FileSink, GuardedSink } = await import("../byte_sink.ts");
  const { writeReport } = await import("../report_table.ts");
  const sink = new GuardedSink(() => new FileSink(file, { overwrite: true }));
  const count = writeReport(name, rows, sink);
  if (sink.failure) {
    const remedy =
      "it is cut short or missing: free some space, or give --arrow a file in a folder that can be written";
    throw new Failure(EXIT.OUTPUT, `Cannot write ${file}: ${reasonOf(sink.failure)}; ${remedy}`, {
      cause: sink.failure,
    });
  }
  cli.say(`Wrote ${file}: ${number(count)} rows of ${name}`);
}

function printJson(cli: Cli, rows: Iterable<TableRow>): void {
  const value = (_key: string, cell: unknown) => typeof cell === "bigint" ? cell.toString() : cell;
  let open = "[";
  for (const row of rows) {
    cli.terminal.out(`${open}${open === "[" ? "\n" : ",\n"}${JSON.stringify(row, value)}`);
    open = "";
  }
  cli.terminal.out(open === "[" ? "[]\n" : "\n]\n");
}

function printTable(
  cli: Cli,
  { folder, name, rows, most }: {
    readonly folder: string;
    readonly name: ReportName;
    readonly rows: Iterable<TableRow>;
    readonly most: number;
  },
): void {
  const head: TableRow[] = [], tail: TableRow[] = [];
  const half = most === 0 ? Infinity : Math.ceil(most / 2);
  const symbols = new Set<Cell>();
  let count = 0, stops = false;
  for (const row of rows) {
    count++;
    symbols.add(row.Symbol);
    stops ||= typeof row.StopPx === "number";
    if (head.length < half) head.push(row);
    else {
      tail.push(row);
      if (tail.length > most - half) tail.shift();
    }
  }
  const several = symbols.size > 1 || name === "positions";
  const keys = SHOWN[name].filter((key) => (key !== "Symbol" || several) && (key !== "StopPx" || stops));
  const cells = [...head, ...tail].map((row) => keys.map((key) => shown(row[key], key)));
  const [title, ...lines] = aligned([keys, ...cells]);
  cli.say(`${name} of ${folder}: ${number(count)} rows`);
  cli.say(title);
  lines.forEach((line, i) => {
    if (i === head.length && count > head.length + tail.length) {
      cli.say(`… ${number(count - head.length - tail.length)} more (--rows 0 for all) …`);
    }
    cli.say(line);
  });
}

/** A cell for people: times to the millisecond, floats to twelve digits. */
function shown(cell: Cell, key: string): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "bigint") return isoTime(cell).slice(0, 23);
  if (typeof cell === "string") return cell;
  return key.endsWith("ID") ? String(cell) : String(Number(cell.toPrecision(12)));
}
