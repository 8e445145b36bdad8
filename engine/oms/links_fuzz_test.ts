import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { rig } from "../core/_rig.ts";
import { BUY, SELL } from "../core/event.ts";
import { Rng } from "../core/rng.ts";
import type { Context } from "../core/strategy.ts";
import { wildTape, WildVenue } from "./_wild_venue.ts";

const WILD = 300;
const OPTIONS = { tries: 2, retryAfter: "35ns" };

/** Opens a group of some kind; returns its side, and the lots that it may fill at most. */
function open(ctx: Context): { readonly group: number; readonly side: number; readonly size: number } {
  const { random, links } = ctx, side = random.int(2) ? BUY : SELL, size = 2 + random.int(8);
  const entry = { side, size, ...random.int(3) ? { price: 100 } : {} };
  const stop = { trigger: 100 - 10 * side }, target = { price: 100 + 10 * side };
  const peer = { side, size, price: 100 };
  switch (random.int(5)) {
    case 0:
      return { group: links.oco({ ...OPTIONS, orders: [peer, { ...peer, price: 99 }] }), side, size };
    case 1:
      return { group: links.ouo({ ...OPTIONS, orders: [peer, peer, peer] }), side, size };
    case 2:
      return { group: links.bracket({ ...OPTIONS, entry, stop }), side, size };
    default:
      return { group: links.bracket({ ...OPTIONS, entry, stop, target }), side, size };
  }
}

Deno.test("Links: on a venue that crosses, rejects and repeats, no group leaves more than it should, and all come to an end", () => {
  let steps = 0, excess = 0, closed = 0, groups = 0;
  fc.assert(
    fc.property(fc.nat(), fc.nat(40), fc.nat(40), (seed, order, response) => {
      const made = new Map<number, { readonly side: number; readonly size: number }>();
      const session = rig({
        tapes: { X: wildTape(WILD, 60) },
        latency: { order, response },
        seed,
        strategy: {
          onBook(ctx) {
            if (made.size < 4 && ctx.random.int(20) === 0) {
              const { group, ...facts } = open(ctx);
              if (group > 0) made.set(group, facts);
            } else if (made.size > 0 && ctx.random.int(60) === 0) {
              const group = 1 + ctx.random.int(made.size), draw = ctx.random.int(4);
              if (draw === 0) ctx.links.close(group);
              else if (draw === 1) ctx.links.cancel(group);
              else ctx.links.amend(group, { stop: { trigger: 80 + ctx.random.int(40) }, target: { price: 120 } });
            }
          },
          onFill(ctx) {
            for (const id of made.keys()) {
              const view = ctx.links.view(id)!;
              assert(view.open <= view.filled, `group ${id} has ${view.open} open of ${view.filled}`);
            }
          },
        },
      });
      const { core } = session, venue = WildVenue.into(core, new Rng(seed).child("venue"), WILD);
      session.run();
      steps += venue.steps;
      generated(venue.steps);
      let net = 0;
      for (const [id, { side, size }] of made) {
        const { kind, state, filled, open, excess: over, code } = session.context.links.view(id)!;
        const told = `seed ${seed}, group ${id}, a ${kind}: ${state}, ${filled} filled, ${open} open, code ${code}`;
        groups++;
        excess += over;
        if (kind === "bracket") {
          // The entry itself may be filled beyond its size only by what a late message tells.
          net += side * open;
          if (state === "Done") assertEquals(open, 0, told);
          if (state === "Done" && filled > 0) closed++;
          assert(state !== "Working" && state !== "Closing", told);
        } else {
          net += side * (filled - over);
          assert(filled - over <= size, told);
          assert(state !== "Working", told);
        }
      }
      // What the groups say is open, and nothing else, is the account's position, and the venue's.
      assertEquals([core.position(0), venue.position], [net, net], `seed ${seed}`);
      assertEquals(core.risk.open(0), 0);
    }),
    { numRuns: fuzzRuns(60) },
  );
  assert(
    steps > 100 && excess > 0 && closed > 0,
    `${steps} steps, ${groups} groups, ${excess} lots of excess, ${closed} closed`,
  );
});
