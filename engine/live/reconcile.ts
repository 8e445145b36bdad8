import type { Instrument } from "../core/instrument.ts";
import { readClientName } from "./client_names.ts";
import { compare, minus, plain, plus, times } from "./decimals.ts";
import { baseOf } from "./fill_report.ts";
import { lotsUp, sizeText } from "./grid_text.ts";
import { checkApart, heldAt, isSpot, openingPrice } from "./holdings.ts";
import type { LiveTools } from "./live_tools.ts";
import { type OrderBooks, sized } from "./order_books.ts";
import type { ExchangeAccount, ExchangeFill, ExchangeFunding, OrderEntry, OrderStatus } from "./order_entry.ts";
import type { LoggedPosition, OrderLog } from "./order_log.ts";
import { pause } from "./pause.ts";

/** What to do with what no rule settles. */
export interface ReconcileRules {
  /** Orders of others on our instruments: "stop" (unless said), or "leave" them. */
  readonly foreignOrders?: "stop" | "leave";
  /** Positions that our log does not explain: "stop" (unless said), or "adopt" the exchange's. */
  readonly positions?: "stop" | "adopt";
}

/** A difference between the exchange and the log, and what became of it. */
export interface ReconcileRow {
  readonly what: "order" | "fill" | "position";
  readonly symbol: string;
  /** What there is at the exchange, and in our log. */
  readonly exchange: string;
  readonly ours: string;
  /** The rule that settled it; stops: none did, and the run must not begin. */
  readonly rule: "cancelled" | "booked" | "adopted" | "left" | "stops";
  /** What to do about it. */
  readonly remedy?: string;
}

/** How a run begins. */
export interface Reconciled {
  /** Every difference that was found. */
  readonly rows: readonly ReconcileRow[];
  /** Whether the run may begin: every difference was settled by a rule. */
  readonly settled: boolean;
  /** By symbol: what the strategy begins with. */
  readonly positions: Readonly<Record<string, LoggedPosition>>;
  /** By symbol: what earlier runs hold of instruments that this one does not trade, for the runs after it. */
  readonly carried: Readonly<Record<string, LoggedPosition>>;
  /** By settlement currency: what there is to trade with. On spot what the positions cost counts as if it were still there. */
  readonly cash: Readonly<Record<string, string>>;
  /** By currency: what is there beside the positions. */
  readonly baseline: Readonly<Record<string, string>>;
  /** By base currency: fees that were kept of what was bought and are in no position; below 0 what is left of a lot that is out of it. */
  readonly keptFees: Readonly<Record<string, string>>;
  /** From when on executions were asked for: what happened before is in the positions. */
  readonly since: bigint;
  /** Executions that are in those positions, and that the exchange may tell of again: for the desk, so that it knows them. */
  readonly heard: readonly ExchangeFill[];
  /** Funding that is in that cash, likewise. */
  readonly funded: readonly ExchangeFunding[];
}

/** A request that left so long ago has arrived, or never will. */
const ARRIVED_NS = 10_000_000_000n;
/** Executions are asked for from this long before the last that is known, as clocks and lists differ. */
const MARGIN_NS = 600_000_000_000n;
/** How often, and how many times, it is looked whether orders that were cancelled are gone. */
const LOOK_MS = 250;
const LOOKS = 60;
/** How often an account is asked for while it is being funded. */
const FUNDED_LOOKS = 3;

/**
 * Compares the exchange with what our log says of earlier runs, before a run sends its first order.
 *
 * | difference | rule |
 * |---|---|
 * | an order of an earlier run is open, on whatever instrument | it is cancelled, and what it filled is booked |
 * | an execution of ours that the log does not have | it is booked |
 * | an order of somebody else on our instruments | stops the run; `foreignOrders: "leave"` lets it be |
 * | a position, or a balance of spot, that log and executions do not explain | stops the run; `positions: "adopt"` takes it over |
 * | funding that was paid while no run was there, or unheard | is in the account's cash, and told to no session |
 * | what the account held on spot before the first run | is not the strategy's: it begins with nothing |
 *
 * A request of a program that died may still be on its way: ten seconds after the last one left, it is not. Rejects with what the
 * entry rejects with: a run must not begin where the exchange cannot be asked; and with RangeError where instruments of spot share a
 * balance.
 */
export async function reconcile(
  { entry, instruments, books, tools, rules = {} }: {
    readonly entry: OrderEntry;
    readonly instruments: readonly Instrument[];
    readonly books: OrderBooks;
    readonly tools: LiveTools;
    readonly rules?: ReconcileRules;
  },
): Promise<Reconciled> {
  const rows: ReconcileRow[] = [], now = tools.wall(), age = now - books.sentAt, since = sinceOf(books, now);
  if (books.open.size > 0 && age < ARRIVED_NS) await pause(tools.timers, Number(ARRIVED_NS - age) / 1e6);
  const traded = instruments.map(({ symbol }) => symbol), others = openElsewhere(books, traded);
  for (const symbol of traded) rows.push(...await clearOrders(entry, symbol, tools, rules));
  for (const symbol of others) rows.push(...(await clearOrders(entry, symbol, tools, LEAVE)).filter(isOurRow));
  const heard: ExchangeFill[] = [];
  for (const symbol of [...traded, ...others]) {
    // Of a first run there is nothing to hear.
    const fills = books.baseline === undefined ? [] : await entry.fills(symbol, since);
    const missing = fills.filter((fill) => isMissing(fill, books));
    rows.push(...missing.map((fill) => book(fill, books)));
    heard.push(...fills);
  }
  const { account, funded } = await accountOf(entry, now), positions: Record<string, LoggedPosition> = {};
  if (isSpot(account)) checkApart(instruments);
  const carried = carriedBy(books, instruments), cash: Record<string, string> = {};
  const baseline = baselineOf(account, instruments, books, carried), keptFees = feesLeft(instruments, books, carried);
  for (const instrument of instruments) {
    const { currency } = instrument, found = positionOf(instrument, account, books, rules), base = baseOf(instrument);
    const spot = isSpot(account), fees = spot ? books.fees.get(base) ?? "0" : "0";
    const out = outOf(found.position, instrument, fees), rest = minus(fees, out);
    const position = sized(minus(found.position.size, out), found.position.cost), { size } = position;
    positions[instrument.symbol] = position;
    if (rest !== "0") keptFees[base] = rest;
    if (found.row) rows.push(found.row);
    // As much as the session takes off for it, whatever it cost beside the grid.
    const paid = spot && compare(size, "0") !== 0 ? times(openingPrice(position, instrument), size) : "0";
    cash[currency] = shortened(plus(cash[currency] ?? account.balances[currency] ?? "0", paid));
    if (spot && base in baseline) baseline[base] = minus(plus(baseline[base], rest), size);
  }
  const settled = rows.every(({ rule }) => rule !== "stops");
  return { rows, settled, positions, carried, cash, baseline, keptFees, since, heard, funded };
}

/** The account, and the funding that is in it: what is listed before it is asked for, and nothing since. */
async function accountOf(
  entry: OrderEntry,
  now: bigint,
): Promise<{ readonly account: ExchangeAccount; readonly funded: readonly ExchangeFunding[] }> {
  const list = async () => await entry.funding?.(now - MARGIN_NS) ?? [];
  let funded = await list();
  for (let looks = 1;; looks++) {
    const account = await entry.account(), after = await list();
    if (after.length === funded.length || looks === FUNDED_LOOKS) return { account, funded };
    funded = after;
  }
}

/**
 * Writes to a log of its own how a run begins, before its first order, where every difference was settled: what it must know of the
 * runs before is all in it.
 */
export function beginRun(log: OrderLog, run: string, at: bigint, reconciled: Reconciled): void {
  const { heard, since, baseline, keptFees } = reconciled,
    positions = { ...reconciled.carried, ...reconciled.positions };
  for (const fill of heard) log.write({ kind: "fill", ...fill, time: String(fill.time) });
  log.write({ kind: "run", run, at: String(at), since: String(since), positions, baseline, keptFees });
}

/** Instruments on which earlier runs may have left orders, and that this one does not trade. */
function openElsewhere(books: OrderBooks, traded: readonly string[]): string[] {
  const symbols = new Set([...books.open.values()].map(({ symbol }) => symbol));
  return [...symbols].filter((symbol) => !traded.includes(symbol));
}

/** Where a run does not trade, orders of others are no business of its own. */
const LEAVE: ReconcileRules = { foreignOrders: "leave" };

function isOurRow({ rule }: ReconcileRow): boolean {
  return rule !== "left";
}

/** Cancels what earlier runs left open, and waits until it is gone. */
async function clearOrders(
  entry: OrderEntry,
  symbol: string,
  { timers }: LiveTools,
  { foreignOrders = "stop" }: ReconcileRules,
): Promise<ReconcileRow[]> {
  const isOurs = ({ clientId }: OrderStatus) => readClientName(clientId) !== undefined;
  const found = await entry.openOrders(symbol), ours = found.filter(isOurs);
  for (const order of ours) entry.cancel(order);
  let left = ours;
  for (let looks = 0; left.length > 0; looks++) {
    if (looks === LOOKS) break;
    await pause(timers, LOOK_MS);
    left = (await entry.openOrders(symbol)).filter(isOurs);
  }
  const gone = new Set(ours.map(({ clientId }) => clientId));
  for (const { clientId } of left) gone.delete(clientId);
  return found.map((order) => ({
    what: "order",
    symbol,
    exchange: `${order.clientId || order.exchangeId}: ${order.side} ${order.size} at ${
      order.price ?? "market"
    }, ${order.filled} filled`,
    ours: isOurs(order) ? "left by an earlier run" : "unknown",
    ...(isOurs(order) ? cancelledRule(gone.has(order.clientId)) : foreignRule(foreignOrders)),
  }));
}

function cancelledRule(gone: boolean): Pick<ReconcileRow, "rule" | "remedy"> {
  return gone ? { rule: "cancelled" } : { rule: "stops", remedy: "cancel it at the exchange" };
}

function foreignRule(rule: "stop" | "leave"): Pick<ReconcileRow, "rule" | "remedy"> {
  return rule === "leave"
    ? { rule: "left" }
    : { rule: "stops", remedy: "cancel it, or start with --foreign-orders leave" };
}

/** From when on executions may not have been heard of. */
function sinceOf({ lastAt, since, baseline }: OrderBooks, now: bigint): bigint {
  // What was before a first run is not its own.
  if (baseline === undefined) return now;
  // An exchange whose clock is ahead of ours has fills of a time to come, from which on it has none.
  const from = (lastAt < now ? lastAt : now) - MARGIN_NS;
  return from > since ? from : since;
}

function book(fill: ExchangeFill, books: OrderBooks): ReconcileRow {
  const { symbol, clientId, side, size, price, execution, time } = fill;
  books.fill({ ...fill, time: String(time) });
  const exchange = `${clientId}: ${side} ${size} at ${price}, execution ${execution}`;
  return { what: "fill", symbol, exchange, ours: "not heard of", rule: "booked" };
}

function isMissing(fill: ExchangeFill, books: OrderBooks): boolean {
  return readClientName(fill.clientId) !== undefined && !books.has(fill);
}

/** What is held of an instrument, and whether the log explains it. */
function positionOf(
  instrument: Instrument,
  account: ExchangeAccount,
  books: OrderBooks,
  { positions = "stop" }: ReconcileRules,
): { readonly position: LoggedPosition; readonly row?: ReconcileRow } {
  const { symbol } = instrument, ours = books.positionOf(symbol), base = baseOf(instrument);
  if (isSpot(account) && books.baseline === undefined) return { position: ours };
  const held = heldAt(account, instrument, { before: books.baseline?.[base], paid: books.fees.get(base) });
  if (compare(held, ours.size) === 0) return { position: ours };
  const row = { what: "position", symbol, exchange: held, ours: ours.size } as const;
  if (positions === "stop") {
    const remedy = "find out who traded, or start with --positions adopt to take it over";
    return { position: ours, row: { ...row, rule: "stops", remedy } };
  }
  const price = account.positions?.[symbol]?.entryPrice ?? averageOf(ours);
  return { position: { size: held, cost: costOf(held, price) }, row: { ...row, rule: "adopted" } };
}

/** How much of a position is not there, as the exchange kept it for its fees: in whole lots, as others cannot be sold. */
function outOf({ size }: LoggedPosition, instrument: Instrument, fees: string): string {
  const kept = plain(sizeText(instrument, lotsUp(instrument, fees)));
  if (compare(size, "0") <= 0) return "0";
  return compare(kept, size) < 0 ? kept : size;
}

/** Fees of what is held beside: they are settled once it is traded again. */
function feesLeft(
  instruments: readonly Instrument[],
  { fees }: OrderBooks,
  carried: Reconciled["carried"],
): Record<string, string> {
  if (Object.keys(carried).length === 0) return {};
  const traded = instruments.map(baseOf);
  return Object.fromEntries([...fees].filter(([currency]) => !traded.includes(currency)));
}

/** What is held of instruments that are not traded now. */
function carriedBy(books: OrderBooks, instruments: readonly Instrument[]): Readonly<Record<string, LoggedPosition>> {
  const traded = new Set(instruments.map(({ symbol }) => symbol));
  return Object.fromEntries(
    [...books.positions].filter(([symbol, { size }]) => !traded.has(symbol) && compare(size, "0") !== 0),
  );
}

/**
 * Balances, of which those are still to be taken that are positions now. Where others are held besides, their currencies stay as the
 * runs before had them: what is held would else count as having been there before.
 */
function baselineOf(
  account: ExchangeAccount,
  instruments: readonly Instrument[],
  books: OrderBooks,
  carried: Reconciled["carried"],
): Record<string, string> {
  if (!isSpot(account) || Object.keys(carried).length === 0) return { ...account.balances };
  const kept: Record<string, string> = { ...books.baseline };
  for (const base of instruments.map(baseOf)) {
    delete kept[base];
    if (base in account.balances) kept[base] = account.balances[base];
  }
  return kept;
}

/** A decimal with no more digits behind the point than money is kept with. */
function shortened(text: string): string {
  return text.replace(/(\.\d{8})\d+$/, "$1");
}

function averageOf({ size, cost }: LoggedPosition): string {
  return Number(size) === 0 ? "0" : (Number(cost) / Number(size)).toFixed(10);
}

function costOf(size: string, price: string): string {
  return (Number(size) * Number(price)).toFixed(10);
}
