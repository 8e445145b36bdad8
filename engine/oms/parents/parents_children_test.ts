import { assert, assertEquals } from "@std/assert";
import { rig } from "../../core/_rig.ts";
import { BUY, SELL } from "../../core/event.ts";
import type { Session } from "../../core/session.ts";
import { FILL } from "../order_life.ts";
import { seconds } from "./_worked.ts";

const TEN = { size: 10, over: "10s", slice: "2s" };

Deno.test("Parents: children know their parent, and so do those who ask later", () => {
  const seen: [number, number][] = [];
  const session = rig({
    tapes: { X: seconds(10) },
    strategy: {
      onBook(ctx) {
        if (ctx.parents.list().length > 0) return;
        ctx.submit({ side: BUY, price: 50, size: 1 });
        ctx.parents.start({ algo: "twap", side: BUY, ...TEN, over: "4s" });
        ctx.parents.start({ algo: "twap", side: SELL, ...TEN, over: "4s" });
      },
      onOrder: (ctx, { id }) => void seen.push([id, ctx.parents.parentOf(id)]),
    },
    recorder: { order: (orders, slot) => void seen.push([orders.id[slot], orders.parent[slot]]) },
  });
  session.run();
  const { parents } = session.context;
  const parentOf = new Map([[1, 0], [2, 1], [3, 2], [4, 1], [5, 2]]);
  assert(seen.length > 8 && seen.every(([id, parent]) => parentOf.get(id) === parent), `${seen}`);
  assertEquals([1, 2, 3, 4, 5, 6].map((id) => parents.parentOf(id)), [0, 1, 2, 1, 2, 0]);
});

Deno.test("Parents: those that have ended are kept up to a bound, and the market is heard no longer than needed", () => {
  const session = rig({
    tapes: { X: seconds(700) },
    strategy: {
      onStart: (ctx) => void ctx.every("1s"),
      onTimer: (ctx) => void ctx.parents.start({ algo: "twap", side: BUY, size: 1, over: "0ns" }),
    },
  });
  session.start();
  while (session.step());
  assertEquals(session.services.hears, false);
  session.finish();
  const { parents } = session.context, list = parents.list();
  assertEquals([parents.count, list.length, parents.forgotten], [699, 256, 443]);
  assertEquals([parents.view(1), list.at(-1)?.id], [undefined, 699]);
});

Deno.test("Parents: a fill that comes after the end of its order is counted, and what it makes too many is taken back", () => {
  let first = -1;
  const session: Session = rig({
    tapes: { X: seconds(20, () => ({ bought: 0 })) },
    latency: { order: 1000, response: 1000 },
    strategy: {
      onStart(ctx) {
        ctx.parents.start({ algo: "iceberg", side: BUY, size: 12, limit: 99, display: 12 });
        for (const delay of ["2s", "4s", "6s"]) ctx.after(delay);
      },
      onTimer(ctx, timer) {
        const { orders, flow } = session.core;
        if (timer === 1) orders.retain(first = orders.slotOf(1));
        if (timer === 1) ctx.parents.pause(1);
        if (timer === 2) ctx.parents.resume(1);
        // Cancelled at 2 s, it says at 6 s that 5 of its lots were filled after all, and the second child has all 12.
        if (timer === 3) flow.answered(FILL, first, 99, 5, 0, 0);
      },
    },
  });
  session.run();
  const { filled, open, size, state, children } = session.context.parents.view(1)!;
  assertEquals([filled, open, size, state, children], [5, 7, 12, "Working", 3]);
  assertEquals(session.context.openOrders().map((order) => order.size), [7]);
});
