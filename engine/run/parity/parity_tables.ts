import { durationText } from "../../feed/duration_text.ts";
import { formatNs } from "../../feed/tape_text.ts";
import type { Shares } from "../order_difference.ts";
import type { CurrencyAmounts } from "./money.ts";
import type { OrderBySide, OrderSide, ParityReport } from "./parity_report.ts";

/** A table of a certificate: its first column is words, the others are numbers or words. */
export interface ParityTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Whether a cell of a table is a number, with or without a currency, or nothing. */
export function isNumber(cell: string): boolean {
  return /^[-+\d.,]*( [A-Z]+)?$/.test(cell);
}

/** All that a certificate has to show, in words. */
export interface ParityWords {
  /** "equal", or what is not. */
  readonly verdict: string;
  readonly facts: readonly (readonly [name: string, text: string])[];
  readonly tables: readonly ParityTable[];
}

/** A certificate as words and tables: for a terminal and for a page. */
export function parityWords(report: ParityReport): ParityWords {
  const { run, kind, header, decisions: { made, same, records, recordsSame, first } } = report;
  const tapes = header.tapes.map(({ name }) => name).join(", ");
  const facts: (readonly [string, string])[] = [
    ["run", `${run}: ${kind}, ${header.strategy.name}, seed ${header.seed}, on ${tapes}`],
    ["decisions", `${count(same)} of ${count(made)} came again (${count(recordsSame)} of ${count(records)} records)`],
  ];
  if (report.until !== undefined) {
    facts.splice(1, 0, ["unfinished", `it goes on, or was killed: certified up to ${formatNs(report.until)}`]);
  }
  if (first) {
    facts.push(["DIFFERENT", `record ${count(first.record)}, at ${formatNs(first.time)}`]);
    facts.push(["  journal", first.journaled], ["  now", first.now]);
  }
  for (const warning of report.warnings) facts.push(["WARNING", warning]);
  const tables = [sidesTable(report), sharesTable(report), causesTable(report), stepsTable(report)];
  if (report.worst.length > 0) tables.push(worstTable(report));
  return { verdict: verdictOf(report), facts, tables };
}

function verdictOf({ ok, decisions: { made, same }, causes }: ParityReport): string {
  if (ok) return "sound: all decisions match, and nothing is unexplained";
  if (same < made) return `not sound: ${count(made - same)} of ${count(made)} decisions did not come again`;
  const { money, orders, fills } = causes.find(({ cause }) => cause === "unexplained")!;
  return `not sound: ${amounts(money)} unexplained, in ${count(orders)} orders and ${count(fills)} fills`;
}

function sidesTable({ simulated, happened, difference }: ParityReport): ParityTable {
  const row = (name: string, a: number, b: number) => [name, count(a), count(b), signed(String(b - a))];
  return {
    title: "Backtest and what happened",
    head: ["", "backtest", "happened", "difference"],
    rows: [
      row("orders", simulated.orders, happened.orders),
      row("fills", simulated.fills, happened.fills),
      ...Object.keys(difference).map((currency) => [
        `P&L, ${currency}`,
        simulated.pnl[currency] ?? "0",
        happened.pnl[currency] ?? "0",
        signed(difference[currency]),
      ]),
    ],
  };
}

function sharesTable({ intents, orders, fills }: ParityReport): ParityTable {
  const row = (name: string, { both, onlyWas, onlyNow }: Shares) => [name, count(both), count(onlyWas), count(onlyNow)];
  return {
    title: "What both have, and one alone",
    head: ["", "in both", "only backtest", "only happened"],
    rows: [row("intents", intents), row("orders", orders), row("fills", fills)],
  };
}

function causesTable({ causes, difference }: ParityReport): ParityTable {
  const currencies = Object.keys(difference), sums = currencies.map((currency) => signed(difference[currency]));
  return {
    title: "By cause",
    head: ["cause", "cases", "orders", "fills", ...currencies.map((currency) => `P&L, ${currency}`)],
    rows: evened([
      ...causes.map(({ cause, cases, orders, fills, money }) => [
        cause,
        ...[cases, orders, fills].map(blank),
        ...currencies.map((currency) => money[currency] === "0" ? "" : signed(money[currency])),
      ]),
      ["in all", "", "", "", ...sums],
    ], 4),
  };
}

function stepsTable({ steps, simulated }: ParityReport): ParityTable {
  const currencies = Object.keys(simulated.pnl);
  return {
    title: "As it was switched on, from the backtest to what happened",
    head: ["switch", ...currencies.map((currency) => `P&L, ${currency}`)],
    rows: evened([
      ["backtest", ...currencies.map((currency) => simulated.pnl[currency])],
      ...steps.map(({ cause, switched, pnl }) => [
        `${cause}: ${switched}`,
        ...currencies.map((currency) => pnl[currency] ?? "0"),
      ]),
    ], 1),
  };
}

function worstTable({ worst }: ParityReport): ParityTable {
  return {
    title: "Orders that differ most: backtest | happened",
    head: ["order", "sent", "cause", "backtest", "worth", "happened", "worth", "difference"],
    rows: worst.map((order) => [
      orderWords(order),
      formatNs((order.happened ?? order.simulated)!.sent),
      order.cause ?? "",
      ...[order.simulated, order.happened].flatMap((side) => sideWords(side)),
      `${signed(String(order.difference))} ${order.currency}`,
    ]),
  };
}

function orderWords({ instrument, side, price, size, simulated, happened }: OrderBySide): string {
  const ids = [simulated, happened].map((each) => each === null ? "–" : `${each.id}`).join("|");
  return `${ids} ${instrument} ${side} ${size}${price === null ? "" : ` at ${price}`}`;
}

function sideWords(side: OrderSide | null): [what: string, worth: string] {
  if (side === null) return ["none", ""];
  const { state, code, filledLots, averagePrice, filledAt, sent, worth } = side;
  const how = code === "" ? state : `${state} (${code})`;
  if (averagePrice === null || filledAt === null) return [how, ""];
  return [`${how} ${filledLots} lots at ${averagePrice}, ${durationText(Number(filledAt - sent))}`, String(worth)];
}

/** Rows whose cells from a column on have as many decimals as the longest of their column. */
function evened(rows: readonly (readonly string[])[], from: number): string[][] {
  const decimals = (cell: string) => cell.includes(".") ? cell.length - cell.indexOf(".") - 1 : 0;
  const most = rows[0].map((_, column) => Math.max(...rows.map((row) => decimals(row[column]))));
  return rows.map((row) =>
    row.map((cell, column) => {
      const more = most[column] - decimals(cell);
      return column < from || cell === "" || more === 0
        ? cell
        : `${cell}${cell.includes(".") ? "" : "."}${"0".repeat(more)}`;
    })
  );
}

function amounts(money: CurrencyAmounts): string {
  return Object.entries(money).map(([currency, amount]) => `${amount} ${currency}`).join(", ") || "0";
}

function blank(value: number): string {
  return value === 0 ? "" : count(value);
}

function signed(amount: string): string {
  return Number(amount) > 0 ? `+${amount}` : amount;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
