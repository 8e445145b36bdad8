import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { madeTape } from "../feed/_made_tape.ts";
import { isFinal, PENDING_REPLACE } from "../oms/order_life.ts";
import { ICEBERG, LIMIT, REDUCE_ONLY, STOP, TRAILING_STOP } from "../oms/order_table.ts";
import { busy, oddMarket, seenLate } from "./_busy.ts";
import { rig } from "./_rig.ts";
import { Code } from "./codes.ts";
import { BUY, SELL } from "./event.ts";
import { Rng } from "./rng.ts";
import type { Session } from "./session.ts";
import type { Context, Strategy } from "./strategy.ts";

const START = 1_700_000_000_000_000_000n;

function market(seed: number, rows = 400) {
  const rng = new Rng(seed);
  return madeTape(seenLate(rng, oddMarket(rng, rows, START, 40), 60), { batch: 64 });
}

/** What no order may lead beyond, whatever is filled of what is open and on its way. */
const LIMITS = { position: 20, shortSelling: 12, openOrders: 7, orderSize: 8, messageRate: 150, selfTrade: 0 };

/** Looks after each callback, order and amend at what could come of all that has left. */
class Audit {
  readonly broken: string[] = [];
  session!: Session;
  approved = 0;
  refused = 0;
  /** Prices and sizes of amends on their way, by order. */
  readonly #amends = new Map<number, { readonly price: number; readonly size: number }>();
  #requests = 0;

  constructor(private readonly wrapped: Strategy) {}

  /** The strategy with all that it does looked at. */
  strategy(): Strategy {
    const wrap = (ctx: Context): Context => {
      const audited = Object.create(ctx) as { -readonly [K in keyof Context]: Context[K] };
      for (const name of ["after", "every", "openOrders", "book", "position"] as const) {
        Object.defineProperty(audited, name, { value: (ctx[name] as (...args: unknown[]) => unknown).bind(ctx) });
      }
      for (const name of ["now", "random", "instruments"] as const) {
        Object.defineProperty(audited, name, { get: () => ctx[name] });
      }
      audited.submit = (order) =>
        this.#sent(ctx.submit(order) > 0, order.side, order.instrument ?? 0, triggered(order.type) ? NaN : order.price);
      audited.cancel = (id) => {
        const sent = ctx.cancel(id);
        if (sent) this.#requests++;
        return sent;
      };
      audited.amend = (id, change) => {
        const slot = this.session.core.orders.slotOf(id), { orders } = this.session.core;
        const { price = orders.price[slot], size = orders.size[slot] } = change;
        const sent = ctx.amend(id, change);
        if (sent) this.#amends.set(id, { price, size });
        const waits = orders.type[slot] >= STOP && orders.type[slot] <= TRAILING_STOP;
        this.#sent(sent, orders.side[slot], orders.instrument[slot], waits ? NaN : price);
        return sent;
      };
      return audited;
    };
    const { wrapped } = this;
    return {
      onStart: (ctx) => wrapped.onStart?.(wrap(ctx)),
      onBook: (ctx, instrument) => this.#after(() => wrapped.onBook?.(wrap(ctx), instrument)),
      onOrder: (ctx, order) => this.#after(() => wrapped.onOrder?.(wrap(ctx), order)),
      onFill: (ctx, fill) => this.#after(() => wrapped.onFill?.(wrap(ctx), fill)),
      onTimer: (ctx, timer) => this.#after(() => wrapped.onTimer?.(wrap(ctx), timer)),
    };
  }

  #sent(sent: boolean, side: number, instrument: number, price = NaN): number {
    if (!sent) {
      this.refused++;
      return -1;
    }
    this.approved++;
    this.#hold(++this.#requests <= LIMITS.messageRate, `${this.#requests} requests in a second`);
    this.#noSelfTrade(side, instrument, price);
    this.look();
    return 1;
  }

  #after(call: () => void): void {
    this.look();
    call();
    this.look();
  }

  /** All that holds at any time. */
  look(): void {
    const { core } = this.session;
    for (let i = 0; i < core.feeds.length; i++) {
      const slots = this.#open(i);
      this.#hold(slots.length <= LIMITS.openOrders, `${slots.length} orders open`);
      for (const side of [BUY, SELL]) {
        const lots = (reduces: boolean) =>
          slots.filter((slot) =>
            core.orders.side[slot] === side && (core.orders.flags[slot] & REDUCE_ONLY) === (reduces ? REDUCE_ONLY : 0)
          ).reduce((sum, slot) => sum + this.#left(slot), 0);
        const held = side * core.account.position(i), others = lots(false), reducing = lots(true);
        assertEquals(core.risk.openLots(i, side), others + reducing);
        const worst = others + (held >= 0 ? held : Math.min(0, held + reducing));
        this.#hold(worst <= LIMITS.position, `${worst} lots of side ${side}`);
        this.#hold(side > 0 || worst <= LIMITS.shortSelling, `${worst} lots short`);
      }
    }
  }

  #open(instrument: number): number[] {
    const { orders } = this.session.core;
    return [...orders.liveSlots()].filter((slot) =>
      orders.instrument[slot] === instrument && orders.state[slot] !== 0 && !isFinal(orders.state[slot])
    );
  }

  #left(slot: number): number {
    const { orders } = this.session.core;
    const amend = orders.state[slot] === PENDING_REPLACE ? this.#amends.get(orders.id[slot]) : undefined;
    return Math.max(0, Math.max(orders.size[slot], amend?.size ?? 0) - orders.filled[slot]);
  }

  #noSelfTrade(side: number, instrument: number, price: number): void {
    const { orders } = this.session.core;
    if (Number.isNaN(price)) return;
    for (const slot of this.#open(instrument)) {
      const amend = orders.state[slot] === PENDING_REPLACE ? this.#amends.get(orders.id[slot]) : undefined;
      const rests = orders.side[slot] === -side && (orders.type[slot] === LIMIT || orders.type[slot] === ICEBERG);
      for (const own of rests ? [orders.price[slot], amend?.price ?? orders.price[slot]] : []) {
        this.#hold((own - price) * side > 0, `an own order at ${own} met one at ${price}`);
      }
    }
  }

  #hold(holds: boolean, what: string): void {
    if (!holds) this.broken.push(what);
  }
}

Deno.test("Session: what has left, what is on its way included, can lead beyond no limit, whatever is filled", () => {
  let approved = 0, refused = 0;
  fc.assert(
    fc.property(fc.nat(), fc.nat(300), fc.nat(300), (seed, order, response) => {
      const audit = new Audit(busy({ interval: "13ns" }));
      const session = audit.session = rig({
        tapes: { A: market(seed), B: market(seed + 1) },
        seed,
        latency: { order, cancel: order >> 1, response },
        strategy: audit.strategy(),
        risk: { session: { messageRate: LIMITS.messageRate } },
      });
      const { messageRate: _, ...single } = LIMITS;
      for (const [name, value] of Object.entries(single)) session.core.risk.set("instruments", name, value);
      session.run();
      assertEquals(audit.broken, []);
      approved += audit.approved;
      refused += audit.refused;
      generated(audit.approved + audit.refused);
    }),
    { numRuns: fuzzRuns(30) },
  );
  assert(approved > 500 && refused > 500, `${approved} approved, ${refused} refused`);
});

/** Orders that wait for a trigger are not held to self-trade. */
function triggered(type = ""): boolean {
  return type.includes("stop");
}

/** A session whose strategy acts once, half way; what it learnt is returned. */
function once<T>(act: (ctx: Context, session: Session) => T, options: Partial<Parameters<typeof rig>[0]> = {}): T {
  let learnt: { readonly value: T } | undefined;
  const session: Session = rig({
    tapes: { A: market(3) },
    strategy: {
      onStart: (ctx) => void ctx.after("1us"),
      onTimer: (ctx) => void (learnt = { value: act(ctx, session) }),
    },
    ...options,
  });
  session.run();
  return learnt!.value;
}

Deno.test("Session: a strategy reads why it was refused", () => {
  const [before, id, after] = once((ctx, { core }) => {
    core.risk.set("instruments.A", "position", 5);
    const text = ctx.lastRefusal.text;
    return [text, ctx.submit({ side: BUY, price: 900, size: 6 }), { ...ctx.lastRefusal, text: ctx.lastRefusal.text }];
  });
  assertEquals([before, id], ["", -Code.POSITION]);
  const { code, check, scope, limit, observed, text } = after;
  assertEquals([code, check, scope, limit, observed], [Code.POSITION, "position", "instruments.A", 5, 6]);
  assertMatch(text, /^POSITION: limit 5 lots \(instruments.A\), would be 6; send fewer lots/);
});

Deno.test("Session: what the gate refuses is read there too", () => {
  const last = once((ctx) => {
    const id = ctx.submit({ side: BUY, price: 900, size: 6 });
    return [id, ctx.lastRefusal.code, ctx.lastRefusal.check];
  }, { warmup: "1h" });
  assertEquals(last, [-Code.WARMING_UP, Code.WARMING_UP, "gate"]);
});

Deno.test("Session: limits change by command alone, which is checked whole before", () => {
  const session = rig({ tapes: { A: market(3) } }), ctx = session.context;
  session.start();
  for (let i = 0; i < 20; i++) session.step();
  // As a callback would.
  const submit = () => {
    session.core.moving = true;
    const id = ctx.submit({ side: BUY, price: 900, size: 6 });
    session.core.moving = false;
    return id;
  };
  const limit = (value: number | "unlimited") =>
    session.command({ kind: "set_limit", scope: "session", name: "openOrders", value }).code;
  const restrict = (on: boolean) => session.command({ kind: "restrict", instrument: "A", on });
  const first = submit() > 0, changed = limit(1), second = submit();
  limit("unlimited");
  const third = submit() > 0;
  restrict(true);
  const fourth = submit();
  restrict(false);
  const fifth = submit() > 0, said = [first, changed, second, third, fourth, fifth];
  const wrong = { kind: "set_limit", scope: "sesion", name: "openOrders", value: 1 };
  assertThrows(() => session.command(wrong), RangeError, "did you mean session?");
  assertEquals(said, [true, 0, -Code.OPEN_ORDERS, true, -Code.RESTRICTED, true]);
});

Deno.test("Session: a strategy that is not called for too long sends nothing, until it shows that it lives", () => {
  const said: boolean[] = [];
  let living = 0;
  const service = {
    name: "child",
    timer(number: number) {
      if (number === living) session.context.heartbeat();
      said.push(session.context.submit({ side: BUY, price: 900, size: 1 }) > 0);
    },
  };
  const session: Session = rig({
    tapes: { A: market(3) },
    risk: { strategy: { heartbeatAgeMs: 0.0005 } },
    strategy: {
      onStart() {
        session.services.after(service, 500);
        session.services.after(service, 501);
        living = session.services.after(service, 1000);
        session.services.after(service, 1501);
      },
    },
  });
  session.services.add(service);
  session.run();
  assertEquals(said, [true, false, true, false]);
});
