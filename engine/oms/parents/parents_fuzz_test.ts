import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../../tests/fuzz_runs.ts";
import { oddMarket, seenLate } from "../../core/_busy.ts";
import { OutputLog, rig, type RigOptions } from "../../core/_rig.ts";
import { BUY, SELL } from "../../core/event.ts";
import { Rng } from "../../core/rng.ts";
import type { Session } from "../../core/session.ts";
import { StateReader } from "../../core/state_reader.ts";
import { StateWriter } from "../../core/state_writer.ts";
import type { Context, Strategy } from "../../core/strategy.ts";
import { madeTape } from "../../feed/_made_tape.ts";
import { START } from "./_worked.ts";
import type { ParentRequest } from "./parent_request.ts";

const ALGOS = ["twap", "vwap", "is", "pov", "iceberg", "sniper", "conditional"] as const;

/** Any parent there can be. */
function randomRequest(ctx: Context): ParentRequest {
  const { random } = ctx,
    pick = <T>(...of: T[]) => of[random.int(of.length)],
    maybe = <T>(value: T) => pick(value, undefined);
  const algo = pick(...ALGOS), over = `${1 + random.int(4000)}ns`;
  const common = {
    side: pick(BUY, SELL),
    size: 1 + random.int(40),
    instrument: random.int(ctx.instruments.length),
    rest: pick("cancel", "market", "rest") as ParentRequest["rest"],
    ...pick({}, {}, { minSize: 1 + random.int(4) }, { maxSize: 4 + random.int(4) }, { minNotional: random.int(5000) }),
  };
  const limit = 1000 + random.int(21) - 10;
  const sliced = {
    slice: `${100 + random.int(500)}ns`,
    style: pick("take", "post") as "take" | "post",
    limit: maybe(limit),
  };
  const jitter = maybe(random.float());
  switch (algo) {
    case "twap":
      return { algo, ...common, ...sliced, over, jitter };
    case "vwap":
      return { algo, ...common, ...sliced, over, jitter, curve: maybe([1, random.int(5), random.int(5)]) };
    case "is":
      return {
        algo,
        ...common,
        ...sliced,
        over,
        jitter,
        riskAversion: random.float(),
        impact: 1,
        volatility: maybe(9),
      };
    case "pov":
      return { algo, ...common, ...sliced, over: maybe(over), rate: 0.05 + random.float() / 2 };
    case "iceberg":
      return { algo, ...common, over: maybe(over), limit, display: 1 + random.int(9), jitter };
    case "sniper":
      return { algo, ...common, over: maybe(over), limit, shown: 1 + random.int(9) };
    default: {
      const when = pick<ParentRequest["when"]>(
        { above: limit },
        { value: "sma", period: 1 + random.int(9), below: limit },
        { value: "bid", above: limit, after: "300ns", instrument: random.int(ctx.instruments.length) },
      );
      const then = pick<ParentRequest["then"]>(undefined, { algo: "twap", over, slice: "200ns" }, {
        algo: "pov",
        rate: 0.2,
      });
      return { algo, ...common, over: maybe(over), limit: maybe(limit), when, then };
    }
  }
}

/** Starts parents and disturbs them by its own dice; after whatever it hears, all parents must be sound. */
class Disturber implements Strategy {
  /** By parent: the most lots that were ever asked for, and those its fills came to. */
  readonly asked = new Map<number, number>();
  readonly filled = new Map<number, number>();
  session!: Session;
  /** What it has done. */
  acts = 0;

  onStart(ctx: Context): void {
    ctx.every("53ns");
  }

  onBook(ctx: Context): void {
    this.#sound(ctx);
  }

  onOrder(ctx: Context): void {
    this.#sound(ctx);
    if (ctx.random.int(8) === 0) this.#act(ctx);
  }

  onFill(ctx: Context, { order, size }: { order: number; size: number }): void {
    const parent = ctx.parents.parentOf(order);
    this.filled.set(parent, (this.filled.get(parent) ?? 0) + size);
    this.#sound(ctx);
  }

  onParent(ctx: Context): void {
    this.#sound(ctx);
    if (ctx.random.int(4) === 0) this.#act(ctx);
  }

  onTimer(ctx: Context): void {
    this.#act(ctx);
    this.#sound(ctx);
  }

  save(): unknown {
    return { asked: this.asked, filled: this.filled };
  }

  load(state: unknown): void {
    const { asked, filled } = state as { asked: Map<number, number>; filled: Map<number, number> };
    for (const [id, size] of asked) this.asked.set(id, size);
    for (const [id, size] of filled) this.filled.set(id, size);
  }

  #act(ctx: Context): void {
    this.acts++;
    const { random, parents } = ctx, live = parents.list().filter(({ endedSec }) => endedSec === null);
    const draw = random.int(20), id = live.length > 0 ? live[random.int(live.length)].id : 0;
    if (draw < 4 && live.length < 8) {
      const request = randomRequest(ctx), started = parents.start(request);
      if (started > 0) this.asked.set(started, request.size);
    } else if (draw < 6) parents.pause(id);
    else if (draw < 10) parents.resume(id);
    else if (draw < 11) parents.cancel(id);
    else if (draw < 13) {
      const size = 1 + random.int(40);
      if (parents.amend(id, { size })) this.asked.set(id, Math.max(this.asked.get(id)!, size));
    } else if (draw < 14) parents.amend(id, { limit: 1000 + random.int(21) - 10 });
    else if (draw < 15) parents.amend(id, { over: `${1 + random.int(6000)}ns` });
    else if (draw < 16) {
      // Children are ordinary orders: a strategy may cancel them, and the parent goes on.
      const open = ctx.openOrders();
      if (open.length > 0) ctx.cancel(open[random.int(open.length)].id);
    }
  }

  #sound(ctx: Context): void {
    const { orders } = this.session.core;
    const open = new Map<number, number>();
    for (const { id, size, filled } of ctx.openOrders()) {
      const parent = orders.parent[orders.slotOf(id)];
      open.set(parent, (open.get(parent) ?? 0) + size - filled);
    }
    for (const view of ctx.parents.list()) {
      const { id, filled, size, endedSec, state } = view;
      assertEquals(view.open, open.get(id) ?? 0);
      assert(filled + view.open <= size, `parent ${id}: ${filled} filled and ${view.open} open of ${size}`);
      assert(size <= this.asked.get(id)!, `parent ${id} grew`);
      assertEquals(filled, this.filled.get(id) ?? 0);
      if (endedSec !== null) assertEquals(view.open, 0);
      if (state === "Filled") assertEquals(filled, size);
    }
  }
}

function session(seed: number, log = new OutputLog(), count = 300): { session: Session; strategy: Disturber } {
  const rng = new Rng(seed), strategy = new Disturber();
  const market = (name: string) =>
    madeTape(seenLate(rng.child(name), oddMarket(rng.child(`m${name}`), count, START, 60), 80));
  const lag = () => rng.int(2) * rng.int(150);
  const options: Partial<RigOptions> = {
    latency: { order: lag(), cancel: lag(), response: lag() },
    queue: "risk",
    venue: {
      fills: rng.int(3) === 0 ? "whole" : "partial",
      impact: rng.int(2) === 0 ? "frozen" : "insert",
      selfTrade: "allow",
    },
  };
  const made = rig({ tapes: { A: market("a"), B: market("b") }, strategy, seed, recorder: log, ...options });
  strategy.session = made;
  return { session: made, strategy };
}

Deno.test("Parents: never overfill, and know what is open, whatever happens to them; and do it again with one digest", () => {
  const ends = new Map<string, number>();
  let children = 0;
  fc.assert(
    fc.property(fc.nat(1e6), (seed) => {
      const once = session(seed), twice = session(seed);
      once.session.run();
      generated(once.strategy.acts);
      twice.session.run();
      assertEquals(once.session.core.digest.hex(), twice.session.core.digest.hex());
      for (const { state, algo, children: sent } of once.session.context.parents.list()) {
        ends.set(`${algo} ${state}`, (ends.get(`${algo} ${state}`) ?? 0) + 1);
        children += sent;
      }
    }),
    { numRuns: fuzzRuns(40) },
  );
  // It would prove nothing if nothing happened: every algo has ended in every common way.
  for (const algo of ALGOS) {
    for (const state of ["Filled", "Cancelled"]) assert(ends.has(`${algo} ${state}`), `${algo} was never ${state}`);
  }
  assert(children > 1000, `${children} children`);
});

Deno.test("Parents: a paused parent sends nothing, and has nothing open once its cancels are answered", () => {
  fc.assert(
    fc.property(fc.nat(1e6), (seed) => {
      const { session: made, strategy } = session(seed);
      const children = new Map<number, number>();
      const onBook = strategy.onBook.bind(strategy);
      strategy.onBook = (ctx) => {
        onBook(ctx);
        for (const { id, state, children: sent } of ctx.parents.list()) {
          if (state !== "Paused") children.delete(id);
          else if (children.has(id)) assertEquals(sent, children.get(id));
          else children.set(id, sent);
        }
      };
      // Resumed parents may have sent more within one message: here nobody resumes.
      made.start();
      made.context.parents.resume = () => false;
      while (made.step());
      made.finish();
      generated(strategy.acts);
      for (const view of made.context.parents.list()) if (view.state === "Paused") assertEquals(view.open, 0);
    }),
    { numRuns: fuzzRuns(15) },
  );
});

Deno.test("Parents: go on from a snapshot as if there had been none", () => {
  const saved = (from: Session): Uint8Array => {
    const to = new StateWriter();
    from.save(to);
    return to.bytes();
  };
  const ending = ({ session: made }: { session: Session }, log: OutputLog, before: number) => {
    while (made.step());
    made.finish();
    return [...log.lines.slice(before), made.core.digest.hex(), JSON.stringify(made.context.parents.list())];
  };
  fc.assert(
    fc.property(fc.nat(1e6), fc.nat(900), (seed, steps) => {
      const log = new OutputLog(), whole = session(seed, log);
      whole.session.start();
      for (let i = 0; i < steps; i++) if (!whole.session.step()) return;
      generated(whole.strategy.acts);
      const state = saved(whole.session), before = log.lines.length;
      const again = new OutputLog(), fresh = session(seed, again);
      fresh.session.load(new StateReader(state));
      assertEquals(saved(fresh.session), state);
      assertEquals(ending(fresh, again, 0), ending(whole, log, before));
    }),
    { numRuns: fuzzRuns(25) },
  );
});
