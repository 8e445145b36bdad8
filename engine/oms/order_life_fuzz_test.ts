import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { rig } from "../core/_rig.ts";
import { BUY, SELL } from "../core/event.ts";
import type { Recorder } from "../core/recorder.ts";
import { Rng } from "../core/rng.ts";
import type { Context, Strategy } from "../core/strategy.ts";
import { wildTape, WildVenue } from "./_wild_venue.ts";
import { isCancellable, isFinal, STATE_NAMES } from "./order_life.ts";

const ROWS = 400;

/** Sends, amends, cancels and repeats what it sent. */
function restless(): Strategy {
  const act = (ctx: Context) => {
    const { random } = ctx, open = ctx.openOrders(), draw = random.int(10);
    const some = open[random.int(Math.max(1, open.length))];
    if (draw < 4 && open.length < 8) {
      const request = { clientId: `a${random.int(200)}`, side: random.int(2) ? BUY : SELL, size: 1 + random.int(9) };
      const id = ctx.submit({ ...request, ...random.int(4) ? { price: 100 } : {} });
      if (id > 0 && random.int(3) === 0) assertEquals(ctx.submit({ ...request, size: 99 }) < 0, true);
    } else if (draw < 6 && some) ctx.cancel(some.id);
    else if (draw < 9 && some) ctx.amend(some.id, { size: 1 + random.int(12) });
  };
  return { onBook: act, onOrder: (ctx) => ctx.random.int(4) === 0 && act(ctx) };
}

/** What every order's life must be, whatever comes: held by what the recorder hears of each. */
class Model implements Recorder {
  readonly ended = new Map<number, number>();

  order(...[orders, slot]: Parameters<NonNullable<Recorder["order"]>>): void {
    const id = orders.id[slot], state = orders.state[slot];
    if (!isFinal(state)) return;
    assert(
      !this.ended.has(id),
      `order ${id} ended as ${STATE_NAMES[this.ended.get(id)!]} and as ${STATE_NAMES[state]}`,
    );
    this.ended.set(id, state);
  }
}

Deno.test("order life: whatever comes late, twice or crosses, lots add up and no order ends twice", () => {
  let steps = 0;
  fc.assert(
    fc.property(fc.nat(), fc.nat(60), fc.nat(60), (seed, order, response) => {
      const model = new Model(), filled = new Map<number, number>(), last = new Map<number, string>();
      let net = 0;
      const act = restless();
      const session = rig({
        tapes: { X: wildTape(ROWS, 10) },
        latency: { order, response },
        seed,
        recorder: model,
        strategy: {
          ...act,
          onFill(ctx, fill) {
            net += fill.side * fill.size;
            filled.set(fill.order, (filled.get(fill.order) ?? 0) + fill.size);
            assertEquals(ctx.position(), net);
          },
          onOrder(ctx, view) {
            const { id, state, cancellable } = view;
            assertEquals(view.filled, filled.get(id) ?? 0);
            // Who has ended stays so, and can be asked for nothing.
            if (model.ended.has(id)) {
              assertEquals(state, STATE_NAMES[model.ended.get(id)!]);
              assert(!cancellable && !ctx.cancel(id) && !ctx.amend(id, { size: 99 }));
            }
            last.set(id, state);
            act.onOrder!(ctx, view);
          },
        },
      });
      const { core } = session, venue = WildVenue.into(core, new Rng(seed).child("venue"), ROWS);
      session.run();
      steps += venue.steps;
      generated(venue.steps);
      assertEquals([core.position(0), net], [venue.position, venue.position]);
      assertEquals(core.flow.trades[0], venue.executed.size);
      // What risk counts as open is what is open.
      let open = 0;
      for (let i = 0; i < core.orders.live; i++) {
        const slot = core.orders.liveSlot(i), state = core.orders.state[slot];
        if (state > 0 && !isFinal(state)) open++;
        assertEquals(isCancellable(state) && isFinal(state), false);
      }
      assertEquals(core.risk.open(0), open);
    }),
    { numRuns: fuzzRuns(60) },
  );
  assert(steps > 100, `${steps} steps`);
});
