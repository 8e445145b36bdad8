import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { BUY } from "../core/event.ts";
import { strategy, type StrategyDefinition } from "../core/strategy.ts";
import { tearsheet } from "../stats/tearsheet.ts";
import { type AwayDesk, AwaySession } from "./away_session.ts";
import { RunError } from "./backtest.ts";
import { openTape } from "./open_tape.ts";
import { RecordedFrames } from "./recorded_frames.ts";

/** A request of the session: what it was, and after how many of its moves. */
type Request = readonly [kind: string, steps: number];

/** Plays the first minute of a tape in slices, to a strategy that submits and cancels in turns, at each look at the book. */
function play(sliceMs: number) {
  const { reader: tape, close } = openTape("fixtures/data/market_l2.arrow");
  const asked: Request[] = [], left: Request[] = [];
  let now = BigInt(tape.meta.span!.localFirst) - 1n, order = 0, busy = 0;
  const session = new AwaySession({
    strategy: strategy({
      name: "asks",
      about: "Asks at each look.",
      needs: "book",
      create: () => ({
        onBook(ctx) {
          const kind = asked.length % 2 === 0 ? "submit" : "cancel";
          if (kind === "submit") order = ctx.submit({ side: BUY, price: ctx.book().bestBid - 50, size: 2 });
          else ctx.cancel(order);
          asked.push([kind, session.run.session.steps]);
        },
      }),
    }),
    feeds: [{ instrument: tape.meta.instrument }],
    wall: () => now,
  });
  const hear = (kind: string) => {
    if (session.busy) busy++;
    left.push([kind, session.run.session.steps]);
  };
  session.desk = {
    submit: () => hear("submit"),
    amend() {},
    cancel: () => hear("cancel"),
    drain() {},
  };
  const frames = new RecordedFrames([{ tape, into: [...session.feeds.values()][0] }]);
  for (let ms = 0; ms < 60_000; ms += sliceMs) {
    now += BigInt(sliceMs) * 1_000_000n;
    frames.push(now);
    session.advance();
  }
  close();
  assertEquals([busy, left.map(([kind]) => kind)], [left.length, asked.map(([kind]) => kind)]);
  return asked.map(([, steps], i) => left[i][1] - steps);
}

Deno.test("AwaySession: what it asks for leaves in its order, when it has moved on what came, or after a few moves", () => {
  const apart = play(1), together = play(60_000);
  assert(
    apart.length > 100 && apart.every((moves) => moves >= 0 && moves <= 4),
    "a message alone is waited for by nobody",
  );
  assertEquals(together.length, apart.length);
  // Its way out of the session is a move of its own.
  assert(together.some((moves) => moves > 4) && together.every((moves) => moves <= 17), "of many that came at once");
});

/** A session on a tape's first minute, all of which has come; `desk` hears what leaves. */
function begun(create: StrategyDefinition["create"], desk: Partial<AwayDesk>) {
  const { reader: tape, close } = openTape("fixtures/data/market_l2.arrow"), broken: string[] = [];
  const now = BigInt(tape.meta.span!.localFirst) + 60_000_000_000n;
  const session = new AwaySession({
    strategy: strategy({ name: "asks", about: "Asks once.", needs: "book", create }),
    feeds: [{ instrument: tape.meta.instrument }],
    wall: () => now,
  });
  session.desk = { submit() {}, cancel() {}, amend() {}, drain() {}, ...desk };
  session.onBroken = ({ message }) => void broken.push(message);
  new RecordedFrames([{ tape, into: [...session.feeds.values()][0] }]).push(now);
  close();
  return { session, broken };
}

const BID = { side: BUY, price: 1900, size: 2 };

Deno.test("AwaySession: what waits to leave when the strategy throws does not leave", () => {
  let looks = 0, left = 0;
  const { session, broken } = begun(() => ({
    onBook(ctx) {
      if (++looks === 1) ctx.submit(BID);
      // Its way out of the session is made by then, and messages that came with it are moved on.
      if (looks === 5) throw new Error("out of ink");
    },
  }), { submit: () => left++ });
  assertEquals([session.advance(), session.busy, left], [false, false, 0]);
  assertStringIncludes(broken.join("\n"), "out of ink");
  assertEquals([session.advance(), left, broken.length], [false, 0, 1]);
});

Deno.test("AwaySession: a desk that breaks ends it, and nothing leaves behind what broke", () => {
  let asked = 0, drained = 0;
  const { session, broken } = begun(() => ({ onStart: (ctx) => [1, 2, 3].forEach(() => ctx.submit(BID)) }), {
    submit() {
      if (++asked === 2) throw new Error("no paper");
    },
    drain: () => void drained++,
  });
  assertEquals([session.advance(), session.busy, asked], [false, false, 2]);
  assertEquals([broken, drained], [["no paper"], 1]);
  assertEquals([session.advance(), asked], [false, 2]);
  assertThrows(() => session.finish(), RunError, "no paper");
});

Deno.test("AwaySession: what it asks for in answer to a report leaves with it, in its order", () => {
  const left: string[] = [];
  const { session } = begun(() => ({
    onStart: (ctx) => void ctx.submit(BID),
    onOrder(ctx, order) {
      if (order.state !== "New") return;
      ctx.amend(order.id, { price: 1899 });
      ctx.submit({ ...BID, price: 1898 });
      ctx.cancel(order.id);
    },
  }), {
    submit: (slot) => left.push(`submit ${slot}`),
    cancel: (slot) => left.push(`cancel ${slot}`),
    amend: (slot, price) => left.push(`amend ${slot} ${price}`),
  });
  session.advance();
  assertEquals(left, ["submit 0"]);
  session.report({ order: 1, event: "Acknowledged" });
  assertEquals(left, ["submit 0", "amend 0 1899", "submit 1"]);
});

Deno.test("AwaySession: its result claims no model of a simulated venue, and fees of its own where none are said", () => {
  const { reader: { meta: { instrument } }, close } = openTape("fixtures/data/market_l2.arrow");
  close();
  const claims = (options: { readonly fees?: string }) => {
    const idle = strategy({ name: "idle", about: "Does nothing.", create: () => ({}) });
    const given = { strategy: idle, queue: "power3", latency: "10ms", ...options };
    const session = new AwaySession({ ...given, feeds: [{ instrument }], wall: () => 5n });
    session.stop(new Error("enough"));
    const { result } = assertThrows(() => session.finish(), RunError);
    return [result.run.models, tearsheet(result).match(/^Models.*$/m)?.[0]];
  };
  const none = { queue: "", latency: "", fees: "", fills: "", impact: "" };
  assertEquals(claims({}), [none, undefined]);
  const fees = "maker=0,taker=0.001 where the exchange said nothing";
  assertEquals(claims({ fees: "maker=0,taker=0.001" }), [{ ...none, fees }, `Models   fees ${fees}`]);
});
