import { assertEquals } from "@std/assert";
import { Code } from "../core/codes.ts";
import { assertScript, Script, type Step } from "./_script.ts";
import { L2Venue } from "./l2_venue.ts";
import { L3Venue } from "./l3_venue.ts";
import { RiskAverseQueue } from "./queue_model.ts";
import type { AnswerSink } from "./answer_sink.ts";
import type { SimVenue } from "./sim_venue.ts";
import type { VenueOptions } from "./venue_options.ts";
import type { OrderTable } from "../oms/order_table.ts";

const l2 = (orders: OrderTable, options: VenueOptions, out: AnswerSink): SimVenue =>
  new L2Venue(orders, options, new RiskAverseQueue(), out);
const l3 = (orders: OrderTable, options: VenueOptions, out: AnswerSink): SimVenue => new L3Venue(orders, options, out);

function scenario(name: string, options: Partial<VenueOptions>, steps: readonly Step[]): void {
  Deno.test(`SimVenue: ${name}`, () => assertScript(new Script(l2, options), steps));
}

const BOOK: readonly Step[] = [
  ["bid 99 5", ""],
  ["bid 100 5", ""],
  ["ask 102 3", ""],
  ["ask 103 4", ""],
  ["ask 105 9", ""],
];

scenario("market orders walk the book, and what it does not hold ends", {}, [
  ...BOOK,
  ["a: buy 5", "a takes 3@102; a takes 2@103"],
  ["b: sell 99", "b takes 5@100; b takes 5@99; b expired NOT_IMMEDIATE"],
  ["c: sell 1", "c expired NO_LIQUIDITY"],
]);

scenario("limit orders take to their limit and rest with what is left", {}, [
  ...BOOK,
  ["a: buy 9 @103", "a takes 3@102; a takes 4@103"],
  ["b: buy 1 @101", "b works"],
  ["trade sell 103 1", "a makes 1@103"],
  ["a: cancel", "a cancelled"],
  ["a: cancel", "a refused TOO_LATE"],
  ["a: amend 5", "a refused TOO_LATE"],
]);

scenario("stops become market orders when a trade or the touch reaches them", {}, [
  ...BOOK,
  ["a: buy 1 stop=104", "a works"],
  ["b: sell 1 stop=100", "b takes 1@100"],
  ["c: sell 1 stop=99", "c works"],
  ["d: sell 1 stop=98", "d works"],
  ["trade buy 104 1", "a triggers; a takes 1@102"],
  ["bid 100 0", "c triggers; c takes 1@99"],
  ["d: cancel", "d cancelled"],
  ["trade sell 90 1", ""],
]);

scenario("a stop-limit becomes a limit order, which may rest", {}, [
  ...BOOK,
  ["a: buy 4 @102 stop=103", "a works"],
  ["b: buy 4 @101 stop=103", "b works"],
  ["c: buy 4 @110 stop=103 post", "c works"],
  ["trade buy 103 1", "a triggers; a takes 3@102; b triggers; c triggers; c expired WOULD_CROSS"],
  ["trade sell 101 9", "a makes 1@102; b makes 4@101"],
]);

scenario("a touch order waits for the better price and takes it", {}, [
  ...BOOK,
  ["a: buy 1 touch=101", "a works"],
  ["b: sell 1 touch=100", "b takes 1@100"],
  ["ask 101 1", "a triggers; a takes 1@101"],
]);

scenario("a trailing stop follows the best price at its distance", {}, [
  ["bid 100 9", ""],
  ["ask 101 9", ""],
  ["a: sell 2 trail=3", "a works"],
  ["ask 101 0", ""],
  ["ask 105 9", ""],
  ["bid 104 9", ""],
  ["bid 104 0", "a triggers; a takes 2@100"],
  ["c: sell 2 trail=3", "c works"],
  ["bid 102 9", ""],
  ["trade sell 100 1", ""],
  ["trade sell 99 1", "c triggers; c takes 2@102"],
  ["ask 101 9", ""],
  ["b: buy 2 trail=2", "b works"],
  ["ask 99 1", ""],
  ["ask 99 0", "b triggers; b takes 2@101"],
]);

scenario("an amended stop waits with its new limit", {}, [
  ...BOOK,
  ["a: buy 4 @101 stop=103", "a works"],
  ["a: amend 2 @100", "a amended 2@100"],
  ["trade buy 103 1", "a triggers"],
  ["trade sell 99 9", "a makes 2@100"],
]);

scenario("an iceberg shows a slice at a time, each behind all that stands there", {}, [
  ["bid 100 5", ""],
  ["a: buy 5 @100 show=2", "a works"],
  ["bid 100 8", ""],
  ["trade sell 100 5", ""],
  ["bid 100 3", ""],
  ["trade sell 100 2", "a makes 2@100"],
  ["trade sell 100 2", ""],
  ["bid 100 1", ""],
  ["trade sell 100 2", "a makes 1@100"],
  ["bid 100 0", ""],
  ["trade sell 99 9", "a makes 1@100; a makes 1@100"],
]);

scenario("an iceberg's next slice stands behind our other orders too", {}, [
  ["a: buy 4 @100 show=2", "a works"],
  ["b: buy 3 @100", "b works"],
  ["trade sell 100 9", "a makes 2@100; b makes 3@100; a makes 2@100"],
]);

scenario("immediate-or-cancel orders take what is there", {}, [
  ...BOOK,
  ["a: buy 9 @102 ioc", "a takes 3@102; a expired NOT_IMMEDIATE"],
  ["b: buy 9 @102 ioc", "b expired NOT_IMMEDIATE"],
  ["c: buy 2 @103 ioc", "c takes 2@103"],
]);

scenario("fill-or-kill orders are filled whole or not at all", {}, [
  ...BOOK,
  ["a: buy 8 @103 fok", "a expired NOT_FILLED_WHOLE"],
  ["b: buy 7 @103 fok", "b takes 3@102; b takes 4@103"],
  ["c: sell 11 fok", "c expired NOT_FILLED_WHOLE"],
]);

scenario(
  "orders with a time end when it has come, whatever they wait for",
  {},
  [
    ["bid 100 5", ""],
    ["a: buy 1 @99 until=60", "a works"],
    ["b: buy 1 @98 day=55", "b works"],
    ["c: buy 1 stop=105 until=75", "c works"],
    ["d: buy 1 @99", "d works"],
    ["e: buy 1 @99 until=60", "b expired TIME_UP; e expired TIME_UP"],
    ["f: buy 1 @99 until=65", "a expired TIME_UP; f expired TIME_UP"],
    ["wait 5", "c expired TIME_UP"],
    ["d: cancel", "d cancelled"],
  ],
);

scenario("post-only orders never take", {}, [
  ...BOOK,
  ["a: buy 1 @102 post", "a expired WOULD_CROSS"],
  ["b: buy 1 @101 post", "b works"],
  ["b: amend 1 @102", "b amended 1@102; b expired WOULD_CROSS"],
  ["c: sell 1 @100 post", "c expired WOULD_CROSS"],
]);

scenario("reduce-only orders never trade more than the position", {}, [
  ...BOOK,
  ["a: sell 1 reduce", "a rejected NOT_REDUCING"],
  ["b: buy 3", "b takes 3@102"],
  ["c: buy 1 @103 reduce", "c rejected NOT_REDUCING"],
  ["d: sell 5 @104 reduce", "d works"],
  ["e: sell 5 @104 reduce", "e works"],
  ["f: sell 1 @104", "f works"],
  ["g: sell 1 @100 ioc", "g takes 1@100"],
  ["trade buy 105 9", "d makes 2@104; d cancelled NOT_REDUCING; f makes 1@104"],
  ["h: buy 1", "h takes 1@103"],
  ["e: amend 2", "e amended 2@104"],
  ["i: buy 4", "i takes 3@103; i takes 1@105"],
  ["trade buy 105 9", "e makes 2@104"],
  ["j: sell 9 reduce", "j takes 2@100; j expired NOT_IMMEDIATE"],
]);

scenario("fewer lots keep the place in the queue, all else loses it", {}, [
  ["bid 100 5", ""],
  ["a: buy 4 @100", "a works"],
  ["b: buy 4 @100", "b works"],
  ["bid 100 9", ""],
  ["a: amend 3", "a amended 3@100"],
  ["trade sell 100 6", "a makes 1@100"],
  ["bid 100 4", ""],
  ["b: amend 5", "b amended 5@100"],
  ["a: amend 1", "a cancelled"],
  ["trade sell 100 3", ""],
  ["trade sell 100 2", "b makes 1@100"],
  ["b: amend 4 @101", "b amended 4@101"],
  ["trade sell 101 1", "b makes 1@101"],
  ["ask 102 2", ""],
  ["b: amend 9 @102", "b amended 9@102; b takes 2@102"],
  ["b: amend 4", "b cancelled"],
]);

for (
  const [policy, meets, after] of [
    ["allow", "b takes 2@102; b takes 3@103", "a makes 3@101"],
    ["cancel_newest", "b expired SELF_TRADE", "a makes 3@101"],
    ["cancel_oldest", "a cancelled SELF_TRADE; b takes 2@102; b takes 3@103", ""],
    ["cancel_both", "a cancelled SELF_TRADE; b expired SELF_TRADE", ""],
    ["decrement", "a cancelled SELF_TRADE; b sized 2; b takes 2@102", ""],
  ] as const
) {
  scenario(`self-trade ${policy}: what happens to an order that meets one of ours first`, { selfTrade: policy }, [
    ["ask 102 2", ""],
    ["ask 103 3", ""],
    ["a: sell 3 @101", "a works"],
    ["b: buy 5 @103", meets],
    ["trade buy 101 3", after],
  ]);
}

for (
  const [policy, meets, after] of [
    ["allow", "b takes 2@102; b takes 3@103", "a makes 3@103"],
    ["cancel_newest", "b takes 2@102; b takes 2@103; b expired SELF_TRADE", "a makes 3@103"],
    ["cancel_oldest", "b takes 2@102; b takes 2@103; a cancelled SELF_TRADE; b takes 1@103", ""],
    ["cancel_both", "b takes 2@102; b takes 2@103; a cancelled SELF_TRADE; b expired SELF_TRADE", ""],
    ["decrement", "b takes 2@102; b takes 2@103; a sized 2; b expired SELF_TRADE", "a makes 2@103"],
  ] as const
) {
  scenario(`self-trade ${policy}: the market before ours trades first`, { selfTrade: policy }, [
    ["ask 102 2", ""],
    ["ask 103 2", ""],
    ["a: sell 3 @103", "a works"],
    ["ask 103 3", ""],
    ["b: buy 5 @103", meets],
    ["trade buy 104 3", after],
  ]);
}

scenario("self-trade: who is filled before meeting us meets nobody", { selfTrade: "cancel_both" }, [
  ...BOOK,
  ["a: sell 3 @103", "a works"],
  ["b: buy 7", "b takes 3@102; b takes 4@103"],
  ["c: buy 9 @103 fok", "c expired NOT_FILLED_WHOLE"],
  ["ask 103 4", ""],
  ["d: buy 4 @105 fok", "d takes 4@103"],
]);

scenario("self-trade: a fill-or-kill order that would meet ours does not trade at all", { selfTrade: "cancel_both" }, [
  ["a: sell 3 @101", "a works"],
  ["ask 102 9", ""],
  ["b: buy 5 @102 fok", "a cancelled SELF_TRADE; b expired SELF_TRADE"],
  ["c: buy 5 @102 fok", "c takes 5@102"],
]);

scenario("self-trade decrement: who goes on knows how many lots it has", { selfTrade: "decrement" }, [
  ["a: sell 3 @101", "a works"],
  ["b: buy 1 @101", "a sized 2; b expired SELF_TRADE"],
  ["a: amend 1", "a amended 1@101"],
  ["c: buy 4 @101", "a cancelled SELF_TRADE; c sized 3"],
  ["trade sell 101 9", "c makes 3@101"],
]);

scenario("self-trade with whole fills: only where nothing of the market stands before ours", {
  selfTrade: "cancel_newest",
  fills: "whole",
}, [
  ["ask 102 2", ""],
  ["a: sell 3 @102", "a works"],
  ["b: buy 9", "b takes 9@102"],
  ["c: sell 3 @101", "c works"],
  ["d: buy 9", "d expired SELF_TRADE"],
]);

scenario("orders of money buy as many lots as it pays for", {}, [
  ["a: buy 0 money=1000", "a expired NO_LIQUIDITY"],
  ["ask 102 50", ""],
  ["b: buy 0 money=1050", "b sized 10; b takes 10@102"],
  ["c: buy 2 money=1050", "c sized 12; c takes 12@102"],
  ["d: buy -11 money=1050", "d rejected SIZE_GRID"],
]);

scenario("a halt refuses what would trade, and lets go what wants to leave", {}, [
  ["bid 100 5", ""],
  ["ask 102 5", ""],
  ["a: buy 5 @100", "a works"],
  ["b: buy 5 stop=103", "b works"],
  ["halt", "a suspended; b suspended"],
  ["halt", ""],
  ["c: buy 5", "c rejected HALTED"],
  ["a: amend 9 @102", "a refused HALTED"],
  ["a: amend 4", "a amended 4@100"],
  ["ask 99 3", ""],
  ["ask 99 0", ""],
  ["ask 102 0", ""],
  ["ask 103 5", ""],
  ["a: cancel", "a cancelled"],
  ["open", "b reinstated"],
  ["ask 103 6", "b triggers; b takes 5@103"],
]);

scenario("expiry and splits end all orders", {}, [
  ["bid 100 5", ""],
  ["a: buy 4 @100", "a works"],
  ["b: buy 1 stop=103", "b works"],
  ["split 2 1", "a cancelled CORPORATE_ACTION; b cancelled CORPORATE_ACTION"],
  ["c: sell 4 @105", "c works"],
  ["expiry", "c cancelled DELISTED"],
  ["d: sell 4 @105", "d rejected DELISTED"],
]);

for (const [name, make] of [["L2", l2], ["L3", l3]] as const) {
  Deno.test(`SimVenue: a thousand orders at once, and times that move to another era (${name})`, () => {
    const script = new Script(make);
    for (let i = 1; i <= 1000; i++) assertEquals(script.play(`o${i}: buy 1 @${i % 7} until=1e9`), `o${i} works`);
    assertEquals(script.venue.open, 1000);
    script.venue.rebase(1e6);
    script.venue.cancelAll(Code.LIQUIDATED);
    assertEquals(script.venue.open, 0);
  });
}

Deno.test("SimVenue: short orders that come and go beside a long one leave no wake-ups behind", () => {
  const script = new Script(l2);
  assertEquals(script.play("long: buy 1 @99 until=1e9"), "long works");
  for (let i = 1; i <= 100; i++) {
    assertEquals(script.play(`o${i}: buy 1 @99 until=${script.now + 15}`), `o${i} works`);
    assertEquals(script.play("wait 1"), `o${i} expired TIME_UP`);
    assertEquals(script.wakes, [1e9]);
  }
});
