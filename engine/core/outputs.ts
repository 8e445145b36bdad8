import type { Account } from "../account/account.ts";
import type { OrderTable } from "../oms/order_table.ts";
import { type Clock, ERA } from "./clock.ts";
import type { Code } from "./codes.ts";
import { Digest } from "./digest.ts";
import type { Amount } from "./money.ts";
import { ACCOUNT_AFTER_FILL, ALERT, fillTag, ORDER_STATE, type Recorder, REFUSAL } from "./recorder.ts";

/**
 * What a core puts out, as records of fixed width that the digest mixes and the recorder hears, with the clock's time.
 *
 * Each call is constant and allocates nothing.
 */
export class Outputs {
  readonly digest: Digest = new Digest();
  readonly #listener: Pick<Recorder, "output">;

  constructor(private readonly clock: Clock, recorder: Recorder) {
    this.#listener = recorder.listener ?? recorder;
  }

  /** An order as it stands after an event that is no fill; `code` says why, 0 where there is nothing to say. */
  orderState(orders: OrderTable, slot: number, code: number): void {
    const price = orders.price[slot];
    const x = orders.state[slot] + 16 * code + 65536 * orders.instrument[slot];
    this.#put(ORDER_STATE, orders.id[slot], x, price === price ? price : 0, orders.side[slot] * orders.size[slot]);
  }

  /** A fill of ours, and its order as it stands after it. */
  fill(orders: OrderTable, slot: number, price: number, lots: number, fee: Amount): void {
    const tag = fillTag(orders.state[slot], orders.instrument[slot]);
    this.#put(tag, orders.id[slot], price, orders.side[slot] * lots, fee.lo);
  }

  /** The account in one instrument, after a fill or a corporate event. */
  account(account: Account, instrument: number): void {
    const balance = account.balance(instrument), fees = account.fees(instrument);
    // The upper limbs are 0 or -1 but for sums beyond 2^52 units, and share the tag's word.
    const tag = ACCOUNT_AFTER_FILL | ((balance.hi & 0x1fff) << 6) | ((fees.hi & 0x1fff) << 19);
    this.#put(tag, instrument, account.position(instrument), balance.lo, fees.lo);
  }

  /** An order or request was refused. */
  refusal(orders: OrderTable, slot: number, code: Code): void {
    const price = Number.isSafeInteger(orders.price[slot]) ? orders.price[slot] : 0;
    this.#put(REFUSAL, orders.id[slot], code, price, orders.instrument[slot]);
  }

  /** An alert was raised: its code, severity (a number from 0) and instrument (-1 for the whole session). */
  alert(instrument: number, severity: number, code: Code): void {
    this.#put(ALERT, 0, code, severity, instrument);
  }

  #put(tag: number, order: number, x: number, y: number, z: number): void {
    const { clock } = this;
    let { era, now: ns } = clock;
    // Below 0, and beyond the era, as times may be before the clock has come to them.
    if (!(ns >= 0 && ns < ERA)) {
      const over = Math.floor(ns / ERA);
      era += over;
      ns -= over * ERA;
    }
    this.digest.record(tag, era, ns, order, x, y, z);
    this.#listener.output?.(tag, era, ns, order, x, y, z);
  }
}
