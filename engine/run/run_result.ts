import type { RoundTripSink } from "../account/round_trip_sink.ts";
import type { CommandEntry } from "../core/command.ts";
import { instrumentNames } from "../core/instrument_names.ts";
import type { Alert } from "../core/alerts.ts";
import type { Core } from "../core/core.ts";
import type { Amount } from "../core/money.ts";
import { Money } from "../core/money.ts";
import { formatDecimal } from "../core/decimal.ts";
import type { Recorder } from "../core/recorder.ts";
import type { Session } from "../core/session.ts";
import type { OrderTable } from "../oms/order_table.ts";
import { unknownOrdersWarning } from "../feed/tape_warnings.ts";
import { firstUnknownOrder } from "../feed/unknown_orders.ts";
import { figures } from "../stats/figures.ts";
import type { InstrumentResult, RunResult, Totals } from "../stats/result.ts";
import { RoundTrips } from "../stats/round_trips.ts";
import { CurveSamples } from "./curve_samples.ts";
import type { BacktestOptions, Prepared } from "./prepare.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";

/** Collects what a result is made of while a session runs, and passes all of it on to the caller's own recorders. */
export class ResultRecorder implements Recorder, RoundTripSink {
  readonly samplesTaken = new CurveSamples();
  readonly trips = new RoundTrips();
  /** The mark of the first instrument at the first sample, in half ticks: for the buy and hold return. */
  firstMark2 = NaN;
  /** Absent where nobody listens: it is called too often to be called for nothing. */
  readonly listener: Recorder["listener"];
  /** Likewise. */
  readonly heard: Recorder["heard"];
  readonly #others: readonly Recorder[];
  readonly #onOrder: readonly Recorder[];
  readonly #onFill: readonly Recorder[];
  readonly #onOpen: readonly Recorder[];
  readonly #onRoundTrip: readonly Recorder[];
  readonly #onProgress: BacktestOptions["onProgress"];
  readonly #rows: number;
  #core!: Core;
  #opened: Float64Array = new Float64Array(0);

  constructor(options: BacktestOptions, rows: number) {
    const others = options.recorders ?? [], listening = others.filter((other) => other.output);
    this.#others = others;
    this.#onOrder = others.filter((other) => other.order);
    this.#onFill = others.filter((other) => other.fill);
    this.#onOpen = others.filter((other) => other.onOpen);
    this.#onRoundTrip = others.filter((other) => other.onRoundTrip);
    if (listening.length === 1) this.listener = listening[0];
    else if (listening.length > 1) {
      this.listener = {
        output: (tag, era, ns, order, x, y, z) => {
          for (const other of listening) other.output!(tag, era, ns, order, x, y, z);
        },
      };
    }
    const hearing = others.filter((other) => other.heard);
    if (hearing.length > 0) this.heard = (feed) => hearing.forEach((other) => other.heard!(feed));
    this.#onProgress = options.onProgress;
    this.#rows = rows;
  }

  attach(core: Core): void {
    this.#core = core;
    this.#opened = new Float64Array(core.feeds.length);
    for (const other of this.#others) other.attach?.(core);
  }

  order(orders: OrderTable, slot: number, ns: number, code: number): void {
    const all = this.#onOrder;
    for (let i = 0; i < all.length; i++) all[i].order!(orders, slot, ns, code);
  }

  fill(
    orders: OrderTable,
    slot: number,
    ns: number,
    price: number,
    lots: number,
    liquidity: number,
    fee: Amount,
  ): void {
    const all = this.#onFill;
    for (let i = 0; i < all.length; i++) all[i].fill!(orders, slot, ns, price, lots, liquidity, fee);
  }

  commanded(entry: CommandEntry): void {
    for (const other of this.#others) other.commanded?.(entry);
  }

  alert(alert: Alert): void {
    for (const other of this.#others) other.alert?.(alert);
  }

  signal(ns: number, name: string, values: Readonly<Record<string, number>>): void {
    for (const other of this.#others) other.signal?.(ns, name, values);
  }

  step(ns: number): void {
    for (const other of this.#others) other.step?.(ns);
  }

  sample(ns: number, equity: number): void {
    const core = this.#core;
    if (Number.isNaN(this.firstMark2)) this.firstMark2 = core.marks.values[0];
    this.samplesTaken.add(core.clock.toEpochSeconds(ns), equity, this.#held());
    for (const other of this.#others) other.sample?.(ns, equity);
  }

  samples(ns: Float64Array, equity: Float64Array, from: number, to: number): void {
    this.samplesTaken.addAll(this.#core.clock, ns, equity, from, to, this.#held());
    for (const other of this.#others) {
      if (other.samples) other.samples(ns, equity, from, to);
      else if (other.sample) { for (let i = from; i < to; i++) other.sample(ns[i], equity[i]); }
    }
  }

  progress(rows: number): void {
    this.#onProgress?.(rows, this.#rows);
  }

  onOpen(instrument: number, side: number): void {
    const core = this.#core;
    this.#opened[instrument] = core.clock.toEpochSeconds(core.now);
    const all = this.#onOpen;
    for (let i = 0; i < all.length; i++) all[i].onOpen!(instrument, side);
  }

  onRoundTrip(
    instrument: number,
    side: number,
    lots: number,
    entryValue: number,
    exitValue: number,
    pnl: number,
    fees: number,
    income: number,
  ): void {
    const core = this.#core;
    const { lotSize, contract, kind } = core.account.valuation.instruments[instrument];
    const size = lots * lotSize * contract;
    // A linear value is price × size, an inverse one size ÷ price.
    const price = (value: number) => kind === "inverse" ? size / value : value / size;
    const net = pnl - fees + income;
    this.trips.add(
      this.#opened[instrument],
      core.clock.toEpochSeconds(core.now),
      side,
      lots,
      price(entryValue),
      price(exitValue),
      net,
      entryValue === 0 ? 0 : net / Math.abs(entryValue),
      instrument,
    );
    const all = this.#onRoundTrip;
    for (let i = 0; i < all.length; i++) {
      all[i].onRoundTrip!(instrument, side, lots, entryValue, exitValue, pnl, fees, income);
    }
  }

  /** What the result has so far; other recorders hear of what is to come alone. */
  save(to: StateWriter): void {
    to.section("result", 1, () => {
      to.number(this.firstMark2);
      to.column(this.#opened);
      this.samplesTaken.save(to);
      this.trips.save(to);
    });
  }

  load(from: StateReader): void {
    from.section("result", 1, () => {
      this.firstMark2 = from.number();
      from.into(this.#opened);
      this.samplesTaken.load(from);
      this.trips.load(from);
    });
  }

  #held(): boolean {
    const { account, feeds } = this.#core;
    for (let i = 0; i < feeds.length; i++) if (account.position(i) !== 0) return true;
    return false;
  }
}

/** The result of a run as it stands; `incomplete` says why where it ended before its tapes. */
export function resultOf(run: Prepared, options: BacktestOptions, seconds: number, incomplete?: string): RunResult {
  const { session, recorder, tapes } = run;
  const { core } = session;
  const { curve } = recorder.samplesTaken;
  const instruments: Record<string, InstrumentResult> = {};
  const names = instrumentNames(session.context.instruments);
  for (const { index } of core.feeds) {
    instruments[names[index]] = instrumentResult(session, index);
  }
  const totals = totalsOf(session, Object.values(instruments));
  const { growth } = core.marks;
  const last = core.marks.refresh(core.feeds)[0] * growth[0];
  const hold = recorder.firstMark2 > 0 && last > 0 ? { first: recorder.firstMark2, last } : undefined;
  const { currencies } = core.account.valuation;
  const notes = [...run.notes, ...core.liquidation?.notes ?? [], ...session.commands.notes, ...session.context.notes];
  if (currencies.length > 1) {
    notes.unshift(`Equity and figures are of ${currencies[0]} alone: the run settles in ${currencies.join(", ")}`);
  }
  notes.push(...unknownNotes(run), ...parentNotes(session));
  notes.push(...core.risk.notes.map((note) => `Refused: ${note}`));
  return {
    run: {
      strategy: options.strategy.name,
      parameters: run.parameters,
      seed: options.seed ?? 1,
      tapes: tapes.map(({ name, meta }) => ({ name, hash: meta.sha256, rows: meta.rows })),
      models: run.names,
      limits: run.limits,
      currency: currencies.length === 1 ? currencies[0] : null,
    },
    ...totals,
    instruments,
    digest: core.digest.hex(),
    seconds,
    eventsPerSecond: seconds > 0 ? Math.round(totals.events / seconds) : 0,
    figures: figures(curve, recorder.trips, { hold }),
    equity: curve.points(),
    roundTripList: recorder.trips.list(),
    ...parentsOf(session),
    ...guardsOf(session),
    ...(session.late === undefined ? {} : { late: session.late.figures }),
    ...(incomplete === undefined ? {} : { incomplete }),
    notes,
  };
}

/** Alerts, and the kill switch where it is thrown. */
function guardsOf({ core, guardsMade }: Session): Pick<RunResult, "alerts" | "kill"> {
  const alerts = core.alerts.summary();
  return {
    ...(alerts === undefined ? {} : { alerts }),
    ...(guardsMade?.killSwitch.thrown ? { kill: guardsMade.killSwitch.state } : {}),
  };
}

/** The parent orders, where there were any. */
function parentsOf({ context }: Session): Pick<RunResult, "parents"> {
  const made = context.parentsMade;
  return made === undefined || made.count === 0 ? {} : { parents: made.list() };
}

const PARENT_NOTES_MAX = 5;

/** What parent orders have to say, the first few; and how many there were beside those listed. */
function parentNotes({ context }: Session): string[] {
  const made = context.parentsMade;
  if (made === undefined) return [];
  const said = made.list().flatMap(({ id, algo, notes }) => notes.map((note) => `Parent ${id}, ${algo}: ${note}`));
  const left = made.forgotten > 0 ? [`Parent orders that ended longest ago are not listed: ${made.forgotten}`] : [];
  return [...said.slice(0, PARENT_NOTES_MAX), ...left];
}

/** What rows about orders that nobody added came to, by instrument; the first is looked up where the tape does not say. */
function unknownNotes({ session, tapes }: Prepared): string[] {
  const { feeds } = session.core, names = instrumentNames(feeds.map(({ instrument }) => instrument));
  return feeds.flatMap(({ instrument: { symbol, spec }, venue }, i) => {
    if (venue.unknownOrders === 0) return [];
    const tape = tapes.find(({ meta }) => meta.instrument.symbol === symbol && meta.instrument.venue === spec.venue);
    const first = tape && (tape.meta.unknownOrders?.first ?? firstUnknownOrder(tape));
    return `${names[i]}: ${unknownOrdersWarning(venue.unknownOrders, first)}`;
  });
}

function instrumentResult(session: Session, index: number): InstrumentResult {
  const { core } = session;
  const { account, feeds } = core;
  const scale = account.valuation.scales[index];
  const pnl = account.pnl(index, core.marks.refresh(feeds)[index], new Money());
  const text = (amount: Amount) => trimmed(formatDecimal(amount.toBigInt(), scale));
  return {
    events: feeds[index].row,
    orders: core.flow.approved[index],
    trades: core.flow.trades[index],
    roundTrips: account.roundTrips(index),
    position: account.position(index),
    balance: account.balance(index).toNumber(scale),
    fees: account.fees(index).toNumber(scale),
    pnl: pnl.toNumber(scale),
    exact: { balance: text(account.balance(index)), fees: text(account.fees(index)), pnl: text(pnl) },
    refusals: Object.fromEntries(core.flow.refusals[index]),
    ...(account.funding(index).isZero() ? {} : { funding: account.funding(index).toNumber(scale) }),
    ...(account.dividends(index).isZero() ? {} : { dividends: account.dividends(index).toNumber(scale) }),
    currency: account.valuation.instruments[index].currency,
  };
}

function totalsOf(session: Session, parts: readonly InstrumentResult[]): Totals {
  const sum = (pick: (part: InstrumentResult) => number) => parts.reduce((total, part) => total + pick(part), 0);
  const refusals: Record<string, number> = {};
  for (const part of parts) {
    for (const [code, count] of Object.entries(part.refusals)) refusals[code] = (refusals[code] ?? 0) + count;
  }
  const one = parts.length === 1 ? parts[0] : undefined;
  const oneCurrency = session.core.account.valuation.currencies.length === 1;
  return {
    events: sum((part) => part.events),
    orders: sum((part) => part.orders),
    trades: sum((part) => part.trades),
    roundTrips: sum((part) => part.roundTrips),
    position: one ? one.position : null,
    balance: oneCurrency ? sum((part) => part.balance) : null,
    fees: oneCurrency ? sum((part) => part.fees) : null,
    pnl: oneCurrency ? sum((part) => part.pnl) : null,
    exact: one ? one.exact : null,
    refusals,
  };
}

/** Without trailing zeros after the point. */
function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
