import { assertEquals, assertThrows } from "@std/assert";
import { madeTape } from "../feed/_made_tape.ts";
import { ToldFees } from "../venue/told_fees.ts";
import type { AwayOrders } from "../venue/away_venue.ts";
import { feeModel, parseFees } from "../venue/fees.ts";
import { rig, type RigOptions } from "./_rig.ts";
import type { CommandEntry } from "./command.ts";
import { BUY, SELL } from "./event.ts";
import type { Session } from "./session.ts";
import type { Strategy } from "./strategy.ts";

const START = 1_700_000_000_000_000_000n;
const TAPE = madeTape([0, 100, 200, 300].map((exchange) => ({
  exchange: START + BigInt(exchange),
  local: START + BigInt(exchange + 5),
  side: SELL,
  price: 12,
  size: 9,
})));

/** Buys once; cancels what is left when something of it is filled. */
const buyer = (heard: string[]): Strategy => ({
  onBook: (ctx) => void (ctx.now === START + 5n && ctx.submit({ side: BUY, size: 5, price: 11 })),
  onFill: (ctx, { order, size, price, maker }) => {
    heard.push(`${size} at ${price} ${maker ? "made" : "taken"}, ${ctx.now - START} ns`);
    ctx.cancel(order);
  },
  onOrder: (_ctx, order) => void heard.push(order.state),
});

function session(options: Partial<RigOptions>): Session {
  return rig({
    tapes: { A: TAPE },
    away: { submit() {}, cancel() {}, amend() {} },
    fees: (valuation) => new ToldFees(feeModel(parseFees("none"), valuation), valuation),
    ...options,
  });
}

/** Goes as far as rows that have reached us by a time let it. */
function until(session: Session, ns: number): void {
  session.late!.until = session.core.clock.fromEpochNs(START + BigInt(ns));
  while (session.step());
}

Deno.test("AwayFeed: requests leave at once, answers are what the exchange says, and the journal makes it again", () => {
  const heard: string[] = [], sent: string[] = [], entries: CommandEntry[] = [];
  const away: AwayOrders = {
    submit: (slot) => void sent.push(`submit ${slot}`),
    cancel: (slot) => void sent.push(`cancel ${slot}`),
    amend: () => {},
  };
  const live = session({
    away,
    strategy: buyer(heard),
    recorder: { commanded: (entry) => void entries.push(structuredClone(entry)) },
  });
  live.start();
  until(live, 50);
  assertEquals(sent, ["submit 0"]);
  live.report({ order: 1, event: "Acknowledged" }, START + 60n);
  until(live, 120);
  live.report({ order: 1, event: "Fill", price: 11, lots: 2, maker: true, fee: "0.25", execution: "77" }, START + 150n);
  until(live, 150);
  assertEquals(sent, ["submit 0", "cancel 0"]);
  live.report({ order: 1, event: "CancelDone" }, START + 160n);
  until(live, 1000);
  live.finish();
  assertEquals(heard, ["New", "2 at 11 made, 150 ns", "PendingCancel", "Cancelled"]);
  assertEquals([live.core.position(0), live.core.account.fees(0).toNumber(8)], [2, 0.25]);

  const again = session({ strategy: buyer([]) });
  again.start();
  for (const entry of entries) {
    while (again.steps < entry.steps) again.step();
    again.takeAgain(entry);
  }
  while (again.step());
  again.finish();
  assertEquals(again.core.digest.hex(), live.core.digest.hex());
});

Deno.test("Session.report: an execution of an order that is gone, or never was, is booked all the same", () => {
  const live = session({});
  live.start();
  until(live, 50);
  live.report({ order: 99, event: "Fill", price: 12, lots: 3, side: -1, instrument: "A@made", fee: "1" }, START + 60n);
  live.report({ order: 99, event: "CancelDone" }, START + 60n);
  assertEquals([live.core.position(0), live.core.account.fees(0).toNumber(8)], [-3, 1]);
});

Deno.test("Session.report: funding is booked as the exchange says, and the journal makes it again", () => {
  const entries: CommandEntry[] = [];
  const live = session({ recorder: { commanded: (entry) => void entries.push(structuredClone(entry)) } });
  live.start();
  until(live, 50);
  live.report({ order: 0, event: "Funding", instrument: "A@made", funding: "-0.125" }, START + 60n);
  live.report({ order: 0, event: "Funding", instrument: "A@made", funding: "0.5", execution: "77" }, START + 60n);
  assertEquals(live.core.account.funding(0).toNumber(live.core.account.valuation.scales[0]), 0.375);
  const again = session({});
  again.start();
  for (const entry of entries) {
    while (again.steps < entry.steps) again.step();
    again.takeAgain(entry);
  }
  assertEquals(again.core.digest.hex(), live.core.digest.hex());
  assertEquals(entries.map(({ command: { id } }) => id), ["Funding", "77"]);
  const wrong = { order: 0, event: "Funding", instrument: "A@made" };
  assertThrows(() => live.report(wrong, START + 60n), RangeError, "funding is undefined");
  assertThrows(() => live.report({ ...wrong, instrument: "B@made" }, START + 60n), RangeError, "instrument is B@made");
});

Deno.test("Session.report: one that makes no sense is refused, and nothing has changed", () => {
  const live = session({});
  live.start();
  until(live, 50);
  const fill = { order: 0, event: "Fill", price: 12, lots: 3, side: 1, instrument: "A@made" };
  for (
    const [report, message] of [
      [{ ...fill, event: "Filled" }, "event is Filled"],
      [{ ...fill, price: 12.5 }, "price is 12.5"],
      [{ ...fill, lots: undefined }, "lots is NaN"],
      [{ ...fill, side: 0 }, "side is 0"],
      [{ ...fill, instrument: "B@made" }, "instrument is B@made"],
      [{ ...fill, lots: -3 }, "a fill of -3 lots at 12"],
      [{ ...fill, lots: 0 }, "a fill of 0 lots at 12"],
      [{ ...fill, lots: 2 ** 40, price: 2 ** 40 }, "is none that there can be"],
      [{ order: 0, event: "ReplaceDone", price: 12, lots: -3 }, "an order of -3 lots at 12"],
      [{ ...fill, fee: "free" }, "fee is free; it is a decimal"],
      [{ ...fill, fee: "1e60" }, "fee is 1e60; it is a decimal"],
      [{ ...fill, fee: "1e20" }, "fee is 1e20, more than there can be"],
      [{ ...fill, event: "Funding", funding: "-1e20" }, "funding is -1e20, more than there can be"],
    ] as const
  ) assertThrows(() => live.report(report, START + 60n), RangeError, message);
  assertEquals([live.core.position(0), live.core.digest.records], [0, 0]);
});

Deno.test("Session.report: a fee of more digits than a float has is booked, rounded", () => {
  const live = session({});
  live.start();
  until(live, 50);
  const fill = { order: 0, event: "Fill", price: 12, lots: 3, side: 1, instrument: "A@made" };
  live.report({ ...fill, fee: "12.300000000000000020001" }, START + 60n);
  assertEquals(live.core.account.fees(0).toNumber(live.core.account.valuation.scales[0]), 12.3);
});
