import {
  CANCELLED,
  EXPIRED,
  isFinal,
  NEW,
  PENDING_CANCEL,
  PENDING_NEW,
  PENDING_REPLACE,
  REJECTED,
  REPLACED,
  STATE_NAMES,
  SUSPENDED,
  TRIGGERED,
} from "../oms/order_life.ts";
import { ERA } from "./clock.ts";
import { Code, codeName } from "./codes.ts";
import { type Decimal, POWERS_OF_TEN } from "./decimal.ts";
import { instrumentNames } from "./instrument_names.ts";
import type { ExecType, ExecutionReport } from "./execution_report.ts";
import { instrumentOfFill, ORDER_STATE, OWN_FILL, REFUSAL, stateOfFill } from "./recorder.ts";

/** What reports are worded with: instruments in the session's order. */
export interface ReportedInstrument {
  readonly symbol: string;
  readonly venue: string;
  readonly tick: Decimal;
  readonly lot: Decimal;
}

/** An order as far as the records have told of it. */
interface Told {
  state: number;
  instrument: number;
  side: number;
  size: number;
  price: number;
  filled: number;
  /** Σ price × lots of its fills. */
  value: number;
  /** A request of it was refused by the venue: the state that follows says how it stands. */
  refused: number;
}

/** A fill of which fee and liquidity are still to come. */
interface ToldFill {
  readonly era: number;
  readonly ns: number;
  readonly order: number;
  readonly price: number;
  readonly lots: number;
  commission: number | null;
  liquidity: "maker" | "taker" | "";
}

const TYPE_OF_STATE: Readonly<Record<number, ExecType>> = {
  [PENDING_NEW]: "PendingNew",
  [NEW]: "New",
  [CANCELLED]: "Cancelled",
  [REJECTED]: "Rejected",
  [EXPIRED]: "Expired",
  [PENDING_CANCEL]: "PendingCancel",
  [PENDING_REPLACE]: "PendingReplace",
  [REPLACED]: "Replaced",
  [SUSPENDED]: "Suspended",
  [TRIGGERED]: "Triggered",
};

/** Orders that have ended and are still known, for what may come late. */
const ENDED_MAX = 1024;

/**
 * Makes execution reports of a session's output records, as they come or as a journal has them: one for each event of an
 * order.
 *
 * A fill is one report: its record is put together with `trade`, which says fee and liquidity and must follow it. What comes
 * late about an order of which {@linkcode ENDED_MAX} others have ended since is told without its past.
 *
 * | call | cost |
 * |---|---|
 * | `output` | O(1), an object a report |
 * | memory | the orders that are open, and ENDED_MAX |
 */
export class ExecutionReports {
  readonly #instruments: readonly ReportedInstrument[];
  /** "symbol@venue" where several venues trade a symbol. */
  readonly #names: readonly string[];
  readonly #report: (report: ExecutionReport) => void;
  readonly #orders = new Map<number, Told>();
  readonly #ended: number[] = [];
  #count = 0;
  #fill: ToldFill | undefined;
  /** The state of its order before it. */
  #before = 0;

  constructor(instruments: readonly ReportedInstrument[], report: (report: ExecutionReport) => void) {
    this.#instruments = instruments;
    this.#names = instrumentNames(instruments);
    this.#report = report;
  }

  /** One output record, as recorders hear it. */
  output(tag: number, era: number, ns: number, order: number, x: number, y: number, z: number): void {
    const kind = tag & 15;
    if (kind === ORDER_STATE) this.#state(era, ns, order, x, y, z);
    else if (kind === OWN_FILL) {
      const lots = Math.abs(y);
      this.#fill = { era, ns, order, price: x, lots, commission: null, liquidity: "" };
      // An order of hindsight was never sent: its fill is the first that is heard of it.
      const told = this.#orders.get(order) ?? this.#open(order, { side: Math.sign(y), size: lots, price: NaN });
      this.#before = told.state;
      told.state = stateOfFill(tag);
      told.instrument = instrumentOfFill(tag);
      told.filled += lots;
      told.value += x * lots;
      told.refused = 0;
    } else if (kind === REFUSAL) this.#refusal(era, ns, order, x, y, z);
  }

  /** Of the fill whose record came last: its fee in whole currency, and MAKER (0) or TAKER (1); null where they are not known. */
  trade(commission: number | null, liquidity: number | null): void {
    const fill = this.#fill;
    if (fill === undefined) return;
    this.#fill = undefined;
    fill.commission = commission;
    fill.liquidity = liquidity === null ? "" : liquidity === 0 ? "maker" : "taker";
    const { era, ns, order } = fill, told = this.#orders.get(order)!;
    this.#put(era, ns, order, told, "Trade", 0, fill);
    if (isFinal(told.state) && !isFinal(this.#before)) this.#end(order);
  }

  #open(order: number, { side, size, price }: Pick<Told, "side" | "size" | "price">): Told {
    const told = { state: 0, instrument: 0, side, size, price, filled: 0, value: 0, refused: 0 };
    this.#orders.set(order, told);
    return told;
  }

  #state(era: number, ns: number, order: number, x: number, price: number, signed: number): void {
    const state = x & 15, code = Math.floor(x / 16) % 4096;
    let told = this.#orders.get(order);
    const before = told?.state ?? 0;
    const resized = told !== undefined && Math.abs(signed) !== told.size;
    told ??= this.#open(order, { side: Math.sign(signed), size: 0, price });
    told.instrument = Math.floor(x / 65536);
    told.state = state;
    told.size = Math.abs(signed);
    // A record has no room for the lack of a price: those of the session's own and of markets stand as 0.
    told.price = price;
    if (signed !== 0) told.side = Math.sign(signed);
    const rejected = told.refused !== 0 || code === Code.TOO_LATE;
    told.refused = 0;
    const type = rejected
      ? "CancelReject"
      : state !== before
      ? typeOf(state, before)
      : resized
      ? "Restated"
      : "OrderStatus";
    this.#put(era, ns, order, told, type, code, undefined);
    if (isFinal(state) && !isFinal(before)) this.#end(order);
  }

  #refusal(era: number, ns: number, order: number, code: number, price: number, instrument: number): void {
    const told = this.#orders.get(order);
    if (told === undefined) {
      const never = { state: REJECTED, instrument, side: 0, size: 0, price, filled: 0, value: 0, refused: 0 };
      this.#put(era, ns, order, never, "Rejected", code, undefined);
    } else if (told.state === PENDING_CANCEL || told.state === PENDING_REPLACE) told.refused = code;
    else this.#put(era, ns, order, told, "CancelReject", code, undefined);
  }

  #put(
    era: number,
    ns: number,
    order: number,
    told: Told,
    type: ExecType,
    code: number,
    fill: ToldFill | undefined,
  ): void {
    const { tick, lot } = this.#instruments[told.instrument] ?? this.#instruments[0];
    const ended = isFinal(told.state);
    this.#report({
      MsgType: type === "CancelReject" ? "OrderCancelReject" : "ExecutionReport",
      ExecID: ++this.#count,
      OrderID: order,
      TransactTime: BigInt(era) * BigInt(ERA) + BigInt(ns),
      ExecType: type,
      OrdStatus: STATE_NAMES[told.state],
      Symbol: this.#names[told.instrument] ?? this.#names[0],
      Side: told.side < 0 ? "sell" : "buy",
      OrderQty: decimal(told.size, lot),
      Price: told.price === told.price && told.price !== 0 ? decimal(told.price, tick) : null,
      LastPx: fill ? decimal(fill.price, tick) : null,
      LastQty: fill ? decimal(fill.lots, lot) : 0,
      CumQty: decimal(told.filled, lot),
      LeavesQty: ended ? 0 : decimal(Math.max(0, told.size - told.filled), lot),
      AvgPx: told.filled > 0 ? decimal(told.value, tick) / told.filled : null,
      Commission: fill ? fill.commission : null,
      LastLiquidityInd: fill ? fill.liquidity : "",
      Text: code === 0 ? "" : codeName(code),
    });
  }

  /** Keeps an order that has ended for a while. */
  #end(order: number): void {
    if (this.#ended.push(order) <= ENDED_MAX) return;
    for (const old of this.#ended.splice(0, ENDED_MAX / 2)) this.#orders.delete(old);
  }
}

function decimal(units: number, { mantissa, decimals }: Decimal): number {
  return units * mantissa / POWERS_OF_TEN[decimals];
}

/** What a change of state is called; one that says nothing new of its own, as to what it was before, is a status. */
function typeOf(state: number, before: number): ExecType {
  if (state === NEW && before !== PENDING_NEW) return "OrderStatus";
  return TYPE_OF_STATE[state] ?? "OrderStatus";
}
