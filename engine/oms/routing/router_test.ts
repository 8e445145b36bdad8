import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Code } from "../../core/codes.ts";
import { BUY, SELL } from "../../core/event.ts";
import type { Context } from "../../core/strategy.ts";
import { RecordedLatency } from "../../venue/latency.ts";
import { CANCEL_DONE, FILL } from "../order_life.ts";
import { acting, LATER, type MadeVenue, outcome, route, told, venuesOf, type VenuesOptions } from "./_venues.ts";
import type { RouteRequest, RouterSettings } from "./route_request.ts";

const A = "100×5 101×5 102×9 | 99×4 98×8", B = "100×3 102×9 | 99×9 97×9";

/** Acts at given milliseconds over venues of X; what is told ends as lines. */
function script(
  venues: VenuesOptions["venues"],
  acts: Readonly<Record<number, (ctx: Context, say: (line: string) => void) => void>>,
  more: Partial<VenuesOptions> = {},
): string[] {
  const lines: string[] = [];
  const told = Object.entries(acts).map((
    [ms, act],
  ) => [ms, (ctx: Context) => act(ctx, (line) => lines.push(`${ms} ${line}`))]);
  venuesOf({ venues, strategy: acting(Object.fromEntries(told)), ...more }).run();
  return lines;
}

const buy = (size: number, more: Partial<RouteRequest> = {}) => ({ symbol: "X", side: BUY, size, ...more });
const ticking = (until: number, step = 100): [number, string][] =>
  Array.from({ length: until / step }, (_, i) => [(i + 1) * step, "bid 1 1"]);

Deno.test("Router: with latency, what is gone by then is routed anew, elsewhere, and a route never overfills", () => {
  const view = route(
    { size: 8 },
    {
      a: { book: "100×5 103×9 | 1×1", later: [[3, "ask 100 0"], ...LATER] },
      b: { book: "101×4 102×9 | 1×1" },
    },
    {},
    { latency: 5e6 },
  );
  assertEquals(told(view), "a 100×5 [5], b 101×3, b 101×1, b 102×4");
  assertEquals(outcome(view), "filled 8/8 in 2");
});

Deno.test("Router: a level that was sent to is gone until its size is another, or the time to settle has passed", () => {
  const a: MadeVenue = {
    book: "100×5 | 1×1",
    later: [[5, "bid 1 2"], [10, "ask 100 6"], [20, "bid 1 1"], ...ticking(2000)],
  };
  const act = (ctx: Context, say: (line: string) => void) => say(childrenOf(ctx, ctx.router.route(buy(3))));
  const b: MadeVenue = { book: "102×90 | 1×1", later: ticking(2000) };
  const look = (id: number) => (ctx: Context, say: (line: string) => void) => say(childrenOf(ctx, id));
  const lines = script({ a, b }, {
    1: act,
    2: act,
    3: act,
    6: act,
    11: act,
    21: act,
    22: act,
    1001: act,
    1300: act,
    1900: look(6),
  });
  assertEquals(lines, [
    "1 a 100×3 [3]",
    "2 a 100×2 [2], b 102×1 [1]",
    "3 b 102×3 [3]",
    "6 b 102×3 [3]",
    "11 a 100×3 [3]",
    "21 a 100×3 [3]",
    "22 b 102×3 [3]",
    "1001 b 102×3 [3]",
    "1300 a 100×3 [3]",
    "1900 a 100×3",
  ]);
});

function childrenOf(ctx: Context, id: number): string {
  return told(ctx.router.view(id)!);
}

Deno.test("Router: equal prices go where the feed's own latency says orders are fastest", () => {
  const venue = (feed: number): MadeVenue => ({ book: "100×5 | 1×1", feed, later: [[50, "bid 1 2"]] });
  const first = (a: number, b: number) =>
    script({ a: venue(a), b: venue(b) }, { 20: (ctx, say) => say(childrenOf(ctx, ctx.router.route(buy(1)))) }, {
      latency: new RecordedLatency(),
    });
  assertEquals([...first(2e6, 3e6), ...first(3e6, 2e6)], ["20 a 100×1 [1]", "20 b 100×1 [1]"]);
});

Deno.test("Router: equal prices go where more was filled of late, and that is forgotten in time", () => {
  // Five times what a shows is gone when the order is there; then what b shows, as often.
  const later = (gone: (i: number) => boolean): [number, string][] =>
    Array.from({ length: 10 }, (_, i): [number, string][] => {
      const at = 100 * (i + 1), more: [number, string] = [at, `ask 100 ${5 + i}`];
      return gone(i) ? [more, [at + 12, "ask 100 0"]] : [more];
    }).flat();
  const act = (ctx: Context, say: (line: string) => void) =>
    say(childrenOf(ctx, ctx.router.route(buy(1, { limit: 100 }))).slice(0, 1));
  const lines = script(
    { a: { later: later((i) => i < 5) }, b: { later: [...later((i) => i >= 5), [1500, "bid 1 1"]] } },
    Object.fromEntries(Array.from({ length: 10 }, (_, i) => [100 * (i + 1) + 10, act])),
    { latency: 5e6 },
  );
  assertEquals(lines.map((line) => line.split(" ")[1]).join(""), "abbbbbaaaa");
});

Deno.test("Router: a venue that rejects again and again is left out for a while, and after that for each rejection", () => {
  // What happens at a is known here ten seconds late: that it is halted shows in its rejections alone.
  const a: MadeVenue = {
    book: "100×50 | 1×1",
    feed: 1e10,
    later: [[5000, "halt"], [12_000, "open"], [13_000, "bid 1 1"]],
  };
  const b: MadeVenue = { book: "101×500 | 1×1", later: ticking(25_000) };
  const act = (ctx: Context, say: (line: string) => void) => {
    ctx.router.use({ silence: "1m", settle: "1us" });
    const states = ctx.router.venues("X").map(({ state }) => state);
    say(`${states} ${childrenOf(ctx, ctx.router.route(buy(1)))[0]}`);
  };
  const times = [10_100, 10_200, 10_300, 10_400, 11_350, 11_400, 12_500, 12_600, 15_100, 22_500];
  assertEquals(script({ a, b }, Object.fromEntries(times.map((ms) => [ms, act]))), [
    "10100 open,open a",
    "10200 open,open a",
    "10300 open,open a",
    "10400 rejecting,open b",
    "11350 open,open a",
    "11400 rejecting,open b",
    "12500 open,open a",
    "12600 open,open a",
    "15100 halted,open b",
    "22500 open,open a",
  ]);
});

Deno.test("Router: a venue comes back by itself", () => {
  const states = (ctx: Context, say: (line: string) => void) => {
    ctx.router.use({ silence: "1s" });
    say(ctx.router.venues("X").map((each) => each.state).join(" "));
  };
  const lines = script({
    a: { later: [[0, "gap"], [2000, "snapshot ask 100 5"], [8990, "bid 1 2"]] },
    b: { later: [...ticking(2900), [3000, "halt"], [3500, "open"], [8990, "bid 1 2"], [9900, "bid 1 1"]] },
  }, { 500: states, 2500: states, 3100: states, 3600: states, 4600: states, 9000: states });
  assertEquals(lines, [
    "500 stale open",
    "2500 open open",
    "3100 silent halted",
    "3600 silent open",
    "4600 silent silent",
    "9000 open open",
  ]);
});

Deno.test("Router: what rests is moved from a venue that can no longer be reached", () => {
  const lines = script({
    a: { book: A, later: [[1500, "halt"], ...ticking(9000)], fees: ["-0.0001", "0"] },
    b: { book: B, later: ticking(9000) },
  }, {
    1: (ctx) => void ctx.router.route(buy(3, { limit: 90, tif: "gtc" })),
    1400: (ctx, say) => say(childrenOf(ctx, 1)),
    8000: (ctx, say) => say(`${childrenOf(ctx, 1)} ${ctx.router.view(1)!.state}`),
    8001: (ctx) => void ctx.router.cancel(1),
    8002: (ctx, say) => say(`${ctx.router.view(1)!.state} ${ctx.openOrders().length} ${ctx.router.cancel(1)}`),
  });
  assertEquals(lines, ["1400 a 90×3 [3]*", "8000 a 90×3 [3]*, b 90×3 [3]* resting", "8002 cancelled 0 false"]);
});

Deno.test("Router: waits for a venue where it may rest, and gives up where it may not", () => {
  const venues = { a: { book: A, later: [[0, "halt"], [2500, "open"], ...ticking(9000)] as [number, string][] } };
  const lines = script(venues, {
    1: (ctx) => {
      ctx.router.route(buy(3, { limit: 100, tif: "gtc" }));
      ctx.router.route(buy(3));
    },
    2: (ctx, say) => say([1, 2].map((id) => outcome(ctx.router.view(id)!)).join(", ")),
    5000: (ctx, say) => say([1, 2].map((id) => outcome(ctx.router.view(id)!)).join(", ")),
  });
  assertEquals(lines, [
    "2 waiting 0/3 in 0, ended 0/3 NO_VENUE in 0",
    "5000 filled 3/3 in 1, ended 0/3 NO_VENUE in 0",
  ]);
});

Deno.test("Router: what risk refuses at one venue goes to the others", () => {
  const view = route({ size: 10 }, { a: { book: "100×9 | 1×1" }, b: { book: "101×9 | 1×1" } }, {}, {
    limits: { position: 7 },
  });
  // Nine at a are too many, so are the eight that b has left: only whole children are refused.
  assertEquals([told(view), outcome(view)], ["b 101×1", "ended 1/10 POSITION in 2"]);
});

Deno.test("Router: what a unit came to counts the fees of all fills", () => {
  for (const side of [BUY, SELL]) {
    const view = route({ side, size: 10 }, {
      a: { book: A, fees: ["0", "0.001"] },
      b: { book: B, fees: ["0", "0.002"] },
    });
    const [gross, fees] = side === BUY
      ? [5 * 100 + 3 * 100 + 2 * 101, 0.7 * 1.001 + 0.6]
      : [4 * 99 + 6 * 99, 0.396 + 1.188];
    assertAlmostEquals(view.grossPrice, gross / 10, 1e-12);
    assertAlmostEquals(view.fees, side === BUY ? 0.5 + 0.6 + 0.202 : fees, 1e-9);
    assertAlmostEquals(view.averagePrice, (gross + side * view.fees) / 10, 1e-12);
  }
});

Deno.test("Router: a fee model of one's own that tells no rates counts as free, but for the router's table", () => {
  const venues = { a: { book: A, fees: ["0", "0.02"] as const }, b: { book: B } };
  const first = (use: RouterSettings) => told(route({ size: 1 }, venues, use, { mute: true }))[0];
  assertEquals([
    first({}),
    first({ venues: { a: { taker: "0.02" } } }),
    first({ venues: { "X@a": { taker: "0.02" } } }),
  ], [
    "a",
    "b",
    "b",
  ]);
});

Deno.test("Router: names, sizes and prices that make no sense are refused in words", () => {
  const cases: [Partial<RouteRequest>, string][] = [
    [{ symbol: "Y" }, "Cannot route Y: no instrument of this session has the symbol; did you mean X?"],
    [{ side: 0 }, "side is 0; it is BUY (1) or SELL (-1)"],
    [{ size: 0 }, "size is 0; it must be above 0"],
    [{ size: NaN }, 'size is NaN; give a decimal, as "0.25"'],
    [{ size: "0.5" }, "size has 1 decimals, and lots have 0 at most; round it"],
    [{ size: "9007199254740991", venues: ["c"] }, "names 0 of the venues"],
    [{ limit: "high" }, "limit is high"],
    [{ policy: "swep" as never }, "policy is swep; did you mean sweep?"],
    [{ tif: "fok" as never }, "tif is fok; did you mean ioc?"],
    [{ tif: "gtc" }, "tif is gtc without a limit to rest at; give a limit"],
    [{ policy: "explicit" }, "policy is explicit without weights"],
    [{ weights: { a: 1 } }, "policy is sweep with weights"],
    [{ policy: "explicit", weights: { a: 0 } }, "the weight of a is 0; it must be above 0"],
    [{ policy: "explicit", weights: { a: 1 }, venues: ["b"] }, "venues are given with weights"],
    [{ venues: ["bb"] }, "Cannot route to bb: it names 0 of the venues; did you mean b?"],
    [{ siz: 1 } as never, "Cannot route siz: there is none of that name; did you mean size?"],
  ];
  const settings: [RouterSettings, string][] = [
    [{ rounds: 0 }, "rounds: 0 is no integer of 1 to 64"],
    [{ silence: "0s" }, "silence: it is 0s; it must be above 0"],
    [{ silent: "1s" } as never, "did you mean silence?"],
    [{ venues: { d: {} } }, "Cannot set the router's venue d: no instrument trades there"],
    [{ venues: { a: { taker: "1.5" } } }, "a rate is a share of the value below 1"],
    [{ venues: { a: { minSize: "-1" } } }, "it must be 0 or more"],
    [{ venues: { a: { fee: "0" } as never } }, "Cannot set a's fee"],
    [{ symbols: { BTC: ["X@z"] } }, "Cannot find instrument X@z"],
  ];
  const lines = script({ a: { later: LATER }, b: {} }, {
    1: (ctx, say) => {
      for (const [request, why] of cases) {
        const error = assertThrows(() => ctx.router.route({ symbol: "X", side: BUY, size: 1, ...request }), Error);
        assert(error.message.includes(why), error.message);
      }
      for (const [given, why] of settings) {
        const error = assertThrows(() => ctx.router.use(given), Error);
        assert(error.message.includes(why), error.message);
      }
      assertEquals([ctx.instrument("X@b"), ctx.router.view(1)], [1, undefined]);
      assertThrows(() => ctx.instrument("X"), RangeError, "it trades at 2 venues; say X@a or X@b");
      say("all");
    },
  });
  assertEquals(lines, ["1 all"]);
});

Deno.test("Router: one thing under several names, and its levels as one book", () => {
  const lines = script({ a: { book: A, later: LATER }, b: { book: B } }, {
    1: (ctx, say) => {
      ctx.router.use({ symbols: { COIN: ["X@b", "X@a"] } });
      const shown = ctx.router.levels("COIN", BUY, 3);
      say(shown.map(({ venue, price, lots }) => `${venue} ${price}×${lots}`).join(", "));
      ctx.router.route({ symbol: "COIN", side: SELL, size: 5 });
      // What went to b counts as gone, under whatever name.
      ctx.router.route({ symbol: "X", side: SELL, size: 9 });
      say(`${childrenOf(ctx, 1)}; ${childrenOf(ctx, 2)}`);
    },
  });
  assertEquals(lines, ["1 X@a 100×5, X@b 100×3, X@a 101×5", "1 a 99×4 [4], b 99×1 [1]; b 99×8 [8], a 98×1 [1]"]);
});

Deno.test("Router: a fill that comes after its route has ended counts, price and fees included", () => {
  const states: string[] = [];
  const session = venuesOf({
    venues: { a: { book: "100×5 | 1×1", later: LATER, fees: ["0", "0.1"] } },
    latency: 2e6,
    strategy: {
      ...acting({
        1: (ctx) => void ctx.router.route(buy(5, { limit: 100 })),
      }),
      onOrder(ctx, { id, state }) {
        const { filled, state: stands } = ctx.router.view(1)!;
        states.push(`${state}, route ${stands} ${filled}`);
        // What the venue did before that, and tells only now.
        if (state === "Cancelled") core.answer(0, FILL, core.orders.slotOf(id), 99, 2, 1, 77);
      },
    },
  });
  const { core } = session;
  core.feeds[0].venue.arrive = (slot) => core.answer(0, CANCEL_DONE, slot, 0, 0, 0, Code.NOT_IMMEDIATE);
  session.run();
  assertEquals(states[0].split(",")[0], "Cancelled");
  const { filled, left, averagePrice, children } = session.context.router.view(1)!;
  assertEquals([filled, left, children[0].filled, core.position(0)], [2, 3, 2, 2]);
  assertAlmostEquals(averagePrice, 99 * 1.1);
});
