import { assert, assertEquals, assertRejects } from "@std/assert";
import { Code, codeName } from "../core/codes.ts";
import type { LiveEventName } from "./live_event.ts";
import type { NewOrder, OrderChange, OrderEntry, OrderReport } from "./order_entry.ts";
import { ExchangeError } from "./refusals.ts";
import { limit, type ScriptedExchange } from "./_scripted_exchange.ts";

const HOUR_MS = 3_600_000;

/** An entry that trades at a scripted exchange, and what was heard of it. */
export class Bench {
  readonly heard: string[] = [];
  readonly reports: OrderReport[] = [];
  readonly entry: OrderEntry;

  constructor(readonly exchange: ScriptedExchange) {
    this.entry = exchange.entry();
  }

  async open(): Promise<this> {
    const opened = this.entry.open({
      report: (report) => {
        this.reports.push(report);
        this.heard.push(written(report));
      },
      gap: () => this.heard.push("gap"),
    });
    opened.catch(() => {}); // whoever awaits it hears of it
    await this.pass(100);
    await opened;
    return this;
  }

  async pass(ms: number): Promise<void> {
    await this.exchange.timers.advance(ms);
  }

  /** What was heard since the last time. */
  async news(ms = 100): Promise<string[]> {
    await this.pass(ms);
    return this.heard.splice(0);
  }

  order(clientId: string, more: Partial<NewOrder> = {}): NewOrder {
    return limit(clientId, this.exchange.instrument.symbol, more);
  }

  /** Submits an order that is acknowledged. */
  async working(clientId: string, more: Partial<NewOrder> = {}): Promise<NewOrder> {
    const order = this.order(clientId, more);
    this.entry.submit(order);
    assertEquals(await this.news(), [`acknowledged ${clientId}`]);
    return order;
  }

  change(order: NewOrder, price: string, size: string, filled = "0"): OrderChange {
    const { clientId, symbol, side } = order;
    return { clientId, symbol, side, price, size, filled, nextClientId: `${clientId}n`, postOnly: false };
  }

  told(name: LiveEventName): number {
    return this.exchange.events.filter((event) => event.name === name).length;
  }

  /** Waits for what a question answers. */
  async answered<T>(question: Promise<T>, ms = 100): Promise<T> {
    question.catch(() => {});
    await this.pass(ms);
    return await question;
  }

  async close(): Promise<void> {
    await this.entry.close();
    await this.pass(100);
    this.exchange.cut();
    assertEquals(this.exchange.timers.waiting, 0, "timers are left after close");
    const secret = this.exchange.keys.secret;
    assert(!JSON.stringify(this.exchange.events).includes(secret), "a secret was told");
  }
}

/** Runs every case over a dialect: `make` makes the exchange that speaks it. */
export function orderConformance(name: string, make: () => ScriptedExchange): void {
  for (const [behaviour, run] of Object.entries(CASES)) {
    Deno.test(`${name}: ${behaviour}`, async () => {
      const bench = new Bench(make());
      await run(bench);
      await bench.close();
    });
  }
}

const CASES: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  "an order is acknowledged, filled in parts, and each fill said once": async (bench) => {
    const { exchange } = await bench.open();
    assert(bench.entry.ready);
    await bench.working("c1");
    const first = exchange.fill("c1", "0.25", "99.5"), second = exchange.fill("c1", "0.75");
    assert(second.execution > first.execution);
    assertEquals(await bench.news(5000), ["fill c1 0.25 @ 99.5", "fill c1 0.75 @ 100"]);
  },
  "a report said twice is heard once": async (bench) => {
    const { exchange } = await bench.open();
    await bench.working("c1");
    exchange.again();
    exchange.fill("c1", "0.5");
    exchange.again();
    exchange.again();
    assertEquals(await bench.news(5000), ["fill c1 0.5 @ 100"]);
    bench.entry.cancel(bench.order("c1"));
    await bench.pass(100);
    exchange.again();
    assertEquals(await bench.news(5000), ["cancelled c1"]);
  },
  "reports that come before the answer say it all": async (bench) => {
    const { exchange, entry } = await bench.open();
    for (const kind of ["submit", "cancel", "amend"] as const) exchange.next[kind].push("first");
    const order = await bench.working("c1");
    entry.amend(bench.change(order, "101", "0.5"));
    assertEquals(await bench.news(), [`amended ${exchange.replaces ? "c1n" : "c1"} 101 0.5`]);
    entry.cancel(bench.order(exchange.replaces ? "c1n" : "c1"));
    assertEquals(await bench.news(5000), [`cancelled ${exchange.replaces ? "c1n" : "c1"}`]);
  },
  "a cancel ends an order after the fills that it counts": async (bench) => {
    const { exchange, entry } = await bench.open();
    await bench.working("c1");
    exchange.fill("c1", "0.5");
    entry.cancel(bench.order("c1"));
    assertEquals(await bench.news(5000), ["fill c1 0.5 @ 100", "cancelled c1"]);
  },
  "an amend changes price and size, and the order goes on": async (bench) => {
    const { exchange, entry } = await bench.open();
    const order = await bench.working("c1"), name = exchange.replaces ? "c1n" : "c1";
    entry.amend(bench.change(order, "101", "2"));
    assertEquals(await bench.news(), [`amended ${name} 101 2`]);
    exchange.fill(name, "1.5", "101");
    assertEquals(await bench.news(5000), [`fill ${name} 1.5 @ 101`]);
    entry.cancel(bench.order(name));
    assertEquals(await bench.news(5000), [`cancelled ${name}`]);
    assertEquals(bench.told("FOREIGN_ORDER") + bench.told("OVERFILLED"), 0);
  },
  "an amend of a partly filled order asks for what is left of it": async (bench) => {
    const { exchange, entry } = await bench.open();
    const order = await bench.working("c1"), name = exchange.replaces ? "c1n" : "c1";
    exchange.fill("c1", "0.25");
    await bench.news(5000);
    entry.amend(bench.change(order, "101", "2", "0.25"));
    if (!exchange.partAmends) return assertEquals(await bench.news(), ["refused amend c1 ORDER_FORM"]);
    assertEquals(await bench.news(), [`amended ${name} 101 2`]);
    assertEquals(exchange.orders.get(name)!.size, exchange.replaces ? "1.75" : "2");
  },
  "a cancel and an amend of a filled order are too late": async (bench) => {
    const { exchange, entry } = await bench.open();
    const order = await bench.working("c1");
    exchange.fill("c1", "1");
    assertEquals(await bench.news(5000), ["fill c1 1 @ 100"]);
    entry.cancel(order);
    entry.amend(bench.change(order, "101", "2", "1"));
    assertEquals((await bench.news(5000)).toSorted(), ["refused amend c1 TOO_LATE", "refused cancel c1 TOO_LATE"]);
  },
  "a rejection has our code, and the exchange's words where we have none": async (bench) => {
    const { exchange, entry } = await bench.open();
    exchange.next.submit.push("cash", "new words");
    entry.submit(bench.order("c1"));
    assertEquals(await bench.news(), ["rejected c1 CASH"]);
    entry.submit(bench.order("c2"));
    assertEquals(await bench.news(), ["rejected c2 VENUE_REFUSED"]);
    assert(exchange.events.some(({ message }) => message.includes("words of tomorrow")));
    await bench.working("c3");
  },
  "no answer is unanswered, is not sent again, and is looked up": async (bench) => {
    const { exchange, entry } = await bench.open();
    exchange.next.submit.push("silence");
    const order = bench.order("c1");
    entry.submit(order);
    assertEquals(await bench.news(30_000), ["unanswered submit c1"]);
    assertEquals(await bench.answered(entry.lookup(order), 20_000), undefined);
    await bench.working("c2");
    exchange.next.cancel.push("silence");
    entry.cancel(bench.order("c2"));
    assertEquals(await bench.news(30_000), ["unanswered cancel c2"]);
    const found = await bench.answered(entry.lookup(bench.order("c2")), 20_000);
    assertEquals([found?.state, found?.size, found?.filled, found?.side], ["open", "1", "0", "buy"]);
    assertEquals(exchange.arrived, ["submit c1", "submit c2", "cancel c2"]);
  },
  "an answer after its time is heard, once": async (bench) => {
    const { exchange, entry } = await bench.open();
    await bench.working("c1");
    exchange.next.cancel.push("late");
    entry.cancel(bench.order("c1"));
    const heard = await bench.news(90_000);
    assertEquals(heard.filter((what) => what === "cancelled c1").length, 1, heard.join());
    assertEquals(exchange.arrived, ["submit c1", "cancel c1"]);
  },
  "what is not known to be refused is unanswered": async (bench) => {
    const { exchange, entry } = await bench.open();
    exchange.next.submit.push("5xx");
    entry.submit(bench.order("c1"));
    assertEquals(await bench.news(), ["unanswered submit c1"]);
    assertEquals(exchange.arrived, ["submit c1"]);
  },
  "an exchange that asks for less is left alone": async (bench) => {
    const { exchange, entry } = await bench.open();
    for (const refusal of ["429", "418"] as const) {
      if (!exchange.refusals.includes(refusal)) continue;
      exchange.next.submit.push(refusal);
      entry.submit(bench.order(`c${refusal}`));
      assertEquals(await bench.news(), [`rejected c${refusal} THROTTLED`]);
      assert(!entry.ready);
      entry.submit(bench.order(`d${refusal}`));
      assertEquals(await bench.news(), [`rejected d${refusal} THROTTLED`]);
      assert(bench.told("THROTTLED") > 0);
      await bench.pass(2 * HOUR_MS);
      assert(entry.ready);
    }
    bench.heard.length = 0;
    await bench.working("e");
    assert(!exchange.arrived.some((what) => what.startsWith("submit d")));
  },
  "garbage is told and may have been a report": async (bench) => {
    const { exchange } = await bench.open();
    exchange.garbage();
    assertEquals(await bench.news(10_000), ["gap"]);
    assert(bench.told("FRAME_REFUSED") > 0);
    await bench.working("c1");
  },
  "a connection that ends with a submit on its way: unanswered, a gap once it is back, and not sent again": async (
    bench,
  ) => {
    const { exchange, entry } = await bench.open();
    exchange.next.submit.push("cut");
    entry.submit(bench.order("c1"));
    const heard = await bench.news(60_000);
    assertEquals(heard.toSorted(), ["gap", "unanswered submit c1"]);
    assert(entry.ready);
    assertEquals(exchange.arrived, ["submit c1"]);
    await bench.working("c2");
  },
  "nothing leaves while there is no connection": async (bench) => {
    const { exchange, entry } = await bench.open();
    if (!exchange.connected) return;
    await bench.working("c1");
    exchange.cut();
    await bench.pass(1);
    assert(!entry.ready);
    entry.submit(bench.order("c2"));
    entry.cancel(bench.order("c1"));
    assertEquals(bench.heard, ["rejected c2 NOT_CONNECTED", "refused cancel c1 NOT_CONNECTED"]);
    await bench.pass(60_000);
    assertEquals(exchange.arrived, ["submit c1"]);
  },
  "a key that may not trade does not open": async (bench) => {
    if (!bench.exchange.saysPermission) return;
    bench.exchange.mayTrade = false;
    const error = await assertRejects(() => bench.open(), ExchangeError);
    assertEquals(codeName(error.code), codeName(Code.NOT_PERMITTED));
    assert(!error.message.includes(bench.exchange.keys.secret));
    assertEquals(bench.told("NOT_PERMITTED"), 1);
    assert(!bench.entry.ready);
  },
  "a clock that is 5 s off is measured": async (bench) => {
    bench.exchange.clockOffMs = 5000;
    await bench.open();
    assertEquals(bench.told("CLOCK_OFF"), 1);
    await bench.working("c1");
  },
  "a clock that jumps costs one refusal": async (bench) => {
    const { exchange, entry } = await bench.open();
    if (!exchange.refusals.includes("clock")) return;
    exchange.clockOffMs = 20_000;
    entry.submit(bench.order("c1"));
    assertEquals(await bench.news(), ["rejected c1 CLOCK_OFF"]);
    await bench.working("c2");
  },
  "more filled than asked is said as it is, and told": async (bench) => {
    const { exchange } = await bench.open();
    await bench.working("c1");
    exchange.fill("c1", "1.5");
    assertEquals(await bench.news(5000), ["fill c1 1.5 @ 100"]);
    assertEquals(bench.told("OVERFILLED"), 1);
  },
  "a fill of an order that is not ours is said, and told": async (bench) => {
    const { exchange } = await bench.open();
    exchange.fill("stranger", "0.5");
    assertEquals(await bench.news(5000), ["fill stranger 0.5 @ 100"]);
    assertEquals(bench.told("FOREIGN_ORDER"), 1);
  },
  "a connection is renewed before its day is over, and nothing is missed": async (bench) => {
    const { exchange, entry } = await bench.open();
    await bench.working("c1");
    const before = exchange.sockets.length;
    for (let hour = 0; hour < 25; hour++) await bench.pass(HOUR_MS);
    assertEquals(exchange.sockets.length > before, exchange.renews);
    exchange.fill("c1", "0.5");
    assertEquals(await bench.news(5000), ["fill c1 0.5 @ 100"]);
    assert(entry.ready);
  },
  "what the exchange knows can be asked": async (bench) => {
    const { exchange, entry } = await bench.open(), { symbol } = exchange.instrument;
    const since = BigInt(exchange.theirMs) * 1_000_000n;
    await bench.working("c1");
    await bench.working("c2", { side: "sell", price: "110" });
    exchange.fill("c1", "0.5", "99");
    exchange.fill("c2", "1", "110");
    const heard = await bench.news(5000);
    assertEquals(heard.length, 2);
    const open = await bench.answered(entry.openOrders(symbol));
    assertEquals(open.map(({ clientId, filled, size, state }) => [clientId, filled, size, state]), [[
      "c1",
      "0.5",
      "1",
      "open",
    ]]);
    const fills = await bench.answered(entry.fills(symbol, since), 5000);
    assertEquals(fills.map(({ clientId, price, size, side }) => [clientId, price, size, side]), [
      ["c1", "99", "0.5", "buy"],
      ["c2", "110", "1", "sell"],
    ]);
    assert(fills[1].execution !== fills[0].execution && fills.every((fill) => Number.isSafeInteger(fill.execution)));
    const done = await bench.answered(entry.lookup(bench.order("c2")), 20_000);
    assertEquals(done?.state, "filled");
    const { balances } = await bench.answered(entry.account());
    assertEquals(balances, { BTC: "1.5", USDT: "1000" });
    await bench.answered(entry.cancelAll(symbol));
    assertEquals(await bench.news(5000), ["cancelled c1"]);
  },
  "the dead man's switch is set where there is one": async (bench) => {
    const { exchange, entry } = await bench.open();
    if (entry.deadMan === undefined) return;
    await bench.answered(entry.deadMan(30_000));
    assertEquals(exchange.deadManMs, 30_000);
  },
};

function written(report: OrderReport): string {
  if (report.kind === "funding") return `funding ${report.funding.symbol} ${report.funding.amount}`;
  const name = report.order.clientId;
  if (report.kind === "fill") return `fill ${name} ${report.fill.size} @ ${report.fill.price}`;
  if (report.kind === "amended") return `amended ${name} ${report.price} ${report.size}`;
  if (report.kind === "rejected") return `rejected ${name} ${codeName(report.code)}`;
  if (report.kind === "refused") return `refused ${report.request} ${name} ${codeName(report.code)}`;
  if (report.kind === "unanswered") return `unanswered ${report.request} ${name}`;
  return `${report.kind} ${name}`;
}
