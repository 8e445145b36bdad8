import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { BUY, SELL } from "../core/event.ts";
import { FOK, GTC, IOC, POST_ONLY } from "../oms/order_table.ts";
import { Market } from "./market.ts";
import type { SelfTradePolicy } from "./venue_options.ts";

const ACCOUNTS = 4;

interface Order {
  readonly id: number;
  readonly account: number;
  readonly side: number;
  price: number;
  left: number;
  readonly postOnly: boolean;
}

/** The slow, obvious twin of {@linkcode Market}: one list of orders, searched anew for every trade. */
class NaiveMarket {
  resting: Order[] = [];
  trades: string[] = [];
  positions: number[] = Array(ACCOUNTS).fill(0);
  #ids = 0;

  constructor(readonly policy: SelfTradePolicy) {}

  submit(account: number, side: number, price: number, size: number, timeInForce: number, flags: number): boolean {
    const id = ++this.#ids;
    if (timeInForce === FOK && this.#fillable(account, side, price) < size) return false;
    if (flags === POST_ONLY && this.#opposite(side, price).length > 0) return false;
    this.#work({ id, account, side, price, left: size, postOnly: flags === POST_ONLY }, timeInForce === GTC);
    return true;
  }

  cancel(account: number, id: number): boolean {
    const order = this.#own(account, id);
    this.#drop(order);
    return order !== undefined;
  }

  amend(account: number, id: number, price: number, size: number): boolean {
    const order = this.#own(account, id);
    if (!order || (order.postOnly && this.#opposite(order.side, price).length > 0)) return false;
    if (order.price === price && size <= order.left) {
      order.left = size;
      return true;
    }
    this.#drop(order);
    this.#work({ ...order, price, left: size }, true);
    return true;
  }

  #work(order: Order, mayRest: boolean): void {
    while (order.left > 0) {
      const maker = this.#opposite(order.side, order.price)[0];
      if (!maker) break;
      if (maker.account === order.account && this.policy !== "allow") {
        const less = this.policy === "decrement" ? Math.min(maker.left, order.left) : 0;
        order.left -= less;
        maker.left -= less;
        if (this.policy === "cancel_oldest" || this.policy === "cancel_both" || maker.left === 0) this.#drop(maker);
        if (this.policy === "cancel_newest" || this.policy === "cancel_both") return;
        continue;
      }
      const lots = Math.min(maker.left, order.left);
      maker.left -= lots;
      order.left -= lots;
      this.positions[order.account] += order.side * lots;
      this.positions[maker.account] -= order.side * lots;
      this.trades.push(`${maker.id} ${order.id} ${maker.price} ${lots}`);
      if (maker.left === 0) this.#drop(maker);
    }
    if (order.left > 0 && mayRest) this.resting.push(order);
  }

  /** What an order could trade with, in priority order. */
  #opposite(side: number, limit: number): Order[] {
    const orders = this.resting.filter((order) => order.side === -side && side * order.price <= side * limit);
    return orders.sort((a, b) => side * (a.price - b.price));
  }

  #fillable(account: number, side: number, limit: number): number {
    let lots = 0;
    for (const order of this.#opposite(side, limit)) {
      if (order.account !== account || this.policy === "allow") lots += order.left;
      else if (this.policy !== "cancel_oldest") break;
    }
    return lots;
  }

  #own(account: number, id: number): Order | undefined {
    return this.resting.find((order) => order.id === id && order.account === account);
  }

  #drop(order: Order | undefined): void {
    this.resting = this.resting.filter((other) => other !== order);
  }
}

const step = fc.record({
  verb: fc.constantFrom("submit", "submit", "submit", "submit", "cancel", "amend"),
  account: fc.nat(ACCOUNTS - 1),
  side: fc.constantFrom(BUY, SELL),
  price: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 95, max: 105 }) },
    { weight: 1, arbitrary: fc.constantFrom(-100_000, 100_000) },
  ),
  size: fc.integer({ min: 1, max: 6 }),
  form: fc.constantFrom([GTC, 0], [GTC, 0], [GTC, 0], [GTC, POST_ONLY], [IOC, 0], [FOK, 0]),
  back: fc.nat(20),
});

Deno.test("Market: after every step it equals a slow twin, under every self-trade policy, and lots conserve", () => {
  const policies: SelfTradePolicy[] = ["allow", "cancel_newest", "cancel_oldest", "cancel_both", "decrement"];
  fc.assert(
    fc.property(fc.constantFrom(...policies), fc.array(step, { maxLength: 80, size: "max" }), (selfTrade, steps) => {
      generated(steps.length);
      const trades: string[] = [];
      const sink = {
        onTrade: (maker: number, taker: number, _m: number, _t: number, _side: number, price: number, size: number) => {
          trades.push(`${maker} ${taker} ${price} ${size}`);
        },
      };
      const market = new Market({ accounts: ACCOUNTS, selfTrade, sink }), naive = new NaiveMarket(selfTrade);
      for (const { verb, account, side, price, size, form, back } of steps) {
        const id = market.orders - back;
        if (verb === "submit") {
          const accepted = market.submit(account, side, price, size, form[0], form[1]) > 0;
          assertEquals(accepted, naive.submit(account, side, price, size, form[0], form[1]));
        } else if (verb === "cancel") {
          assertEquals(market.cancel(account, id) === 0, naive.cancel(account, id));
        } else {
          assertEquals(market.amend(account, id, price, size) === 0, naive.amend(account, id, price, size));
        }
        assertEquals(trades, naive.trades);
        assertEquals(market.resting, naive.resting.length);
        for (const order of naive.resting) {
          assertEquals([market.orderSize(order.id), market.orderPrice(order.id)], [order.left, order.price]);
        }
        const positions = naive.positions.map((_, each) => market.position(each));
        assertEquals(positions, naive.positions);
        assertEquals(positions.reduce((sum, lots) => sum + lots, 0), 0);
      }
    }),
    { numRuns: fuzzRuns(200) },
  );
});
