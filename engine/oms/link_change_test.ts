import { assert, assertEquals } from "@std/assert";
import { BUY, SELL } from "../core/event.ts";
import { Code } from "../core/codes.ts";
import { bid, BOOK, MS, play, trade } from "./_played_links.ts";

Deno.test("Links.amend: moves entry, stop and target, and resizes; a moved stop goes out before the old one goes", () => {
  const { log, view } = play(
    [...BOOK, trade(10 * MS, SELL, 98, 4), bid(20 * MS, 99, 51), bid(500 * MS, 98, 1)],
    (ctx) => {
      ctx.links.bracket({ entry: { side: BUY, price: 97, size: 9 }, stop: { trigger: 90 }, target: { price: 110 } });
      ctx.after("5ms");
      ctx.after("25ms");
      ctx.after("35ms");
    },
    {
      then: {
        onTimer(ctx, timer) {
          if (timer === 1) assert(ctx.links.amend(1, { size: 6, entry: { price: 98 } }));
          else if (timer === 2) assert(ctx.links.amend(1, { stop: { trigger: 92 }, target: { price: 108 } }));
          else {
            assert(!ctx.links.amend(1, { target: { price: 108.5 } }));
            assert(!ctx.links.amend(7, { size: 1 }));
          }
        },
      },
    },
  );
  assertEquals(log.slice(1), [
    "5 #1 buy 0/6 @98 Replaced",
    "10 #1 buy 4/6 @98 PartiallyFilled",
    "10 #2 sell 0/4 New",
    "10 #3 sell 0/4 @110 New",
    "25 #4 sell 0/4 New",
    "25 #2 sell 0/4 Cancelled",
    "25 #3 sell 0/4 @108 Replaced",
  ]);
  assertEquals([view.state, view.open, view.code], ["Working", 4, Code.PRICE_GRID]);
});

Deno.test("Links.amend: a group that is done stays so: nothing more of it is sent", () => {
  const { log, view, position } = play(
    [...BOOK, trade(10 * MS, SELL, 100, 3), trade(20 * MS, BUY, 110, 3), bid(500 * MS, 98, 1)],
    (ctx) => {
      ctx.links.bracket({ entry: { side: BUY, price: 100, size: 3 }, target: { price: 110 } });
      ctx.after("30ms");
    },
    { then: { onTimer: (ctx) => assert(ctx.links.view(1)?.state === "Done" && !ctx.links.amend(1, { size: 9 })) } },
  );
  assertEquals([view.state, view.filled, view.open, position], ["Done", 3, 0, 0]);
  assertEquals(log[log.length - 1], "20 #2 sell 3/3 @110 Filled");
});
