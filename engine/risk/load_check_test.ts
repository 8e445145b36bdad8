import { assertEquals } from "@std/assert";
import { BTC, BTCUSD, Desk, ETH } from "./_desk.ts";

const MS = 1e6, SECOND = 1e9;

Deno.test("Risk: orders, amends and cancels have a rate each, in every scope", () => {
  const desk = new Desk({ orderRate: 2, cancelRate: 1 }, { session: { messageRate: 4 } });
  const said: string[] = [];
  const order = (ms: number, instrument = BTC): void => {
    desk.view.now = ms * MS;
    const says = desk.says({ instrument });
    said.push(`${ms} ${says}`);
    if (says === "approved") desk.risk.sent(instrument, false);
  };
  const cancel = (ms: number, instrument = BTC): void => {
    desk.view.now = ms * MS;
    desk.risk.sent(instrument, true);
  };
  order(0);
  order(100);
  order(200);
  cancel(300);
  order(1000);
  order(1200, ETH);
  order(1250, ETH);
  order(1299);
  cancel(1300);
  order(1500, ETH);
  order(2300);
  assertEquals(said, [
    "0 approved",
    "100 approved",
    "200 ORDER_RATE instruments.BTC 2 3",
    "1000 CANCEL_RATE instruments.BTC 1 2",
    "1200 approved",
    "1250 approved",
    "1299 CANCEL_RATE instruments.BTC 1 2",
    "1500 ORDER_RATE instruments.ETH 2 3",
    "2300 approved",
  ]);
});

Deno.test("Risk: the rate of the session counts what all instruments send", () => {
  const desk = new Desk({}, { session: { messageRate: 3 } });
  const said = [BTC, ETH, BTCUSD, BTC].map((instrument) => {
    const says = desk.says({ instrument });
    if (says === "approved") desk.risk.sent(instrument, instrument === ETH);
    return says;
  });
  assertEquals(said, ["approved", "approved", "approved", "MESSAGE_RATE session 3 4"]);
});

Deno.test("Risk: orders for each fill count once there were enough of them", () => {
  const desk = new Desk({ orderToTrade: 3, orderToTradeFrom: 5 });
  const send = (): string => {
    const says = desk.says({});
    if (says === "approved") desk.risk.sent(BTC, false);
    return says;
  };
  assertEquals([1, 2, 3, 4, 5].map(send), Array(5).fill("approved"));
  assertEquals(send(), "ORDER_TO_TRADE instruments.BTC 3 6");
  const slot = desk.leave({});
  desk.fill(slot, 1);
  assertEquals(send(), "ORDER_TO_TRADE instruments.BTC 3 6");
  desk.fill(slot, 1);
  assertEquals([send(), send()], ["approved", "ORDER_TO_TRADE instruments.BTC 3 3.5"]);
  desk.risk.sent(BTC, true);
  assertEquals(send(), "ORDER_TO_TRADE instruments.BTC 3 3.5");
});

Deno.test("Risk: the newest requests stay when a rate changes", () => {
  const desk = new Desk({ messageRate: 4 });
  for (const ms of [0, 300, 600, 900]) {
    desk.view.now = ms * MS;
    assertEquals(desk.check({}), "approved");
    desk.risk.sent(BTC, false);
  }
  desk.risk.set("instruments.BTC", "messageRate", 2);
  desk.view.now = 1599 * MS;
  assertEquals(desk.check({}), "MESSAGE_RATE");
  desk.view.now = 1600 * MS;
  assertEquals(desk.check({}), "approved");
  desk.risk.set("instruments.BTC", "messageRate", 3);
  desk.risk.sent(BTC, false);
  assertEquals(desk.check({}), "approved");
  desk.risk.sent(BTC, false);
  assertEquals(desk.check({}), "MESSAGE_RATE");
  desk.view.now = 900 * MS + SECOND;
  assertEquals(desk.check({}), "approved");
});
