import { Account } from "../account/account.ts";
import { Conservation } from "../account/conservation.ts";
import type { RoundTripSink } from "../account/round_trip_sink.ts";
import type { Valuation } from "../account/valuation.ts";
import { IN_HINDSIGHT, type OrderTable } from "../oms/order_table.ts";
import type { Execution, FeeModel } from "../venue/fee_model.ts";
import type { Clock } from "./clock.ts";
import { DIVIDEND, EXPIRY, FUNDING, SPLIT } from "./event.ts";
import type { Instrument } from "./instrument.ts";
import { type Amount, Money } from "./money.ts";
import type { Outputs } from "./outputs.ts";
import { loadKeeper, saveKeeper } from "./plain_state.ts";
import type { StateReader } from "./state_reader.ts";
import type { StateWriter } from "./state_writer.ts";

/** What a ledger is made of. */
export interface LedgerOptions {
  readonly instruments: readonly Instrument[];
  readonly cash: Readonly<Record<string, string>>;
  /** Made once the account knows what ticks and lots are worth. */
  readonly fees: (valuation: Valuation) => FeeModel;
  readonly roundTrips?: RoundTripSink;
}

/**
 * The core's books: takes fills and corporate events to the account, charges fees, and holds the account against a second
 * book after each of them, always.
 *
 * - Corporate events act when we learn of them, on the position of that moment.
 * - A fill that we hear of after its instrument has expired is settled at once, at the settlement price.
 * - A fill from before a split that we hear of after it counts as it stands, in lots and ticks of before.
 *
 * Throws {@linkcode ConservationError} where the books disagree: a bug.
 *
 * | call | cost |
 * |---|---|
 * | `fill`, `corporate`, `funded` | constant, nothing allocated |
 */
export class Ledger {
  readonly account: Account;
  /** By instrument: the price an expired one was settled at; NaN before. */
  readonly settledAt: Float64Array;
  /** What fills cost. */
  readonly fees: FeeModel;
  /** The last fill's fee. */
  readonly fee: Amount;
  readonly #conservation: Conservation;
  readonly #fee = new Money();
  readonly #value = new Money();
  readonly #execution: LedgerExecution;

  constructor(options: LedgerOptions, clock: Clock, private readonly outputs: Outputs) {
    this.account = new Account(options.instruments, { cash: options.cash, sink: options.roundTrips });
    this.#conservation = new Conservation(this.account);
    this.fees = options.fees(this.account.valuation);
    this.settledAt = new Float64Array(options.instruments.length).fill(NaN);
    this.fee = this.#fee;
    this.#execution = new LedgerExecution(clock);
  }

  /** An order of ours was filled; the order's own columns know of it already, its state among them. */
  fill(orders: OrderTable, slot: number, price: number, lots: number, liquidity: number): void {
    const { account } = this;
    const instrument = orders.instrument[slot], side = orders.side[slot];
    const execution = this.#execution;
    execution.instrument = instrument;
    execution.liquidity = liquidity;
    execution.price = price;
    execution.lots = lots;
    execution.filledBefore = orders.filled[slot] - lots;
    const notional = account.valuation.value(instrument, price, lots, this.#value).absolute();
    this.#fee.clear();
    if (!(orders.flags[slot] & IN_HINDSIGHT)) this.fees.fee(execution, notional, this.#fee);
    account.fill(instrument, side, price, lots, this.#fee);
    this.#conservation.fill(instrument, side, price, lots, this.#fee);
    this.outputs.fill(orders, slot, price, lots, this.#fee);
    this.outputs.account(account, instrument);
    const settlement = this.settledAt[instrument];
    if (settlement === settlement) this.#settle(instrument, settlement);
  }

  /** Funding, a dividend, a split or expiry, with the mark in half ticks; false where the kind is none of them. */
  corporate(instrument: number, kind: number, price: number, size: number, mark2: number): boolean {
    const { account } = this;
    if (kind === EXPIRY) {
      this.settledAt[instrument] = price;
      this.#settle(instrument, price);
      return true;
    }
    if (kind === FUNDING) {
      account.fund(instrument, price, mark2);
      this.#conservation.fund(instrument, price, mark2);
    } else if (kind === DIVIDEND) {
      account.dividend(instrument, price);
      this.#conservation.dividend(instrument, price);
    } else if (kind === SPLIT) {
      account.split(instrument, price, size, mark2);
      this.#conservation.split(instrument, price, size, mark2);
    } else return false;
    this.outputs.account(account, instrument);
    return true;
  }

  /** Funding as an exchange says it: received, or paid where it is below 0. */
  funded(instrument: number, received: Amount): void {
    this.account.funded(instrument, received);
    this.#conservation.funded(instrument, received);
    this.outputs.account(this.account, instrument);
  }

  /** Holds the whole account against the second book once more. */
  check(): void {
    this.#conservation.checkAll();
  }

  #settle(instrument: number, price: number): void {
    this.account.settle(instrument, price);
    this.#conservation.settle(instrument, price);
    this.outputs.account(this.account, instrument);
  }

  save(to: StateWriter): void {
    to.section("ledger", 1, () => {
      to.column(this.account.snapshot());
      to.column(this.settledAt);
      this.#conservation.save(to);
      saveKeeper(to, this.fees, "the fee model");
    });
  }

  load(from: StateReader): void {
    from.section("ledger", 1, () => {
      this.account.restore(from.column(new Float64Array(0)));
      from.into(this.settledAt);
      this.#conservation.load(from);
      loadKeeper(from, this.fees, "the fee model");
    });
  }
}

/** A fill as fee models see it. Few ask for the time, and it is not worked out for the others. */
class LedgerExecution implements Execution {
  instrument = 0;
  liquidity = 0;
  price = 0;
  lots = 0;
  filledBefore = 0;

  constructor(private readonly clock: Clock) {}

  get sec(): number {
    return Math.floor(this.clock.toEpochSeconds(this.clock.now));
  }
}
