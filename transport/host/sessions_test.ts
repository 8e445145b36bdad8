import { assert, assertEquals, assertRejects, assertThrows, equal } from "@std/assert";
import { eventually } from "../link/_eventually.ts";
import { isoTime } from "../../engine/core/gap_error.ts";
import { verify } from "../../engine/run/verify.ts";
import { drive } from "../client/drive.ts";
import type { Client } from "../client/mod.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { STILL, TAPE } from "./_one_session.ts";
import { planOf, serving } from "./_serving.ts";
import { HostedSession } from "./hosted_session.ts";
import { StrategyRegistry } from "./strategy_registry.ts";

const strategies = await StrategyRegistry.load("strategies");

/** Resolves when the session's clock has a state. */
function inState(client: Client, state: string): Promise<bigint> {
  return new Promise((resolve) => {
    const end = client.listen("clock", "", ({ data }) => {
      if (data.state !== state) return;
      queueMicrotask(end);
      resolve(data.time);
    });
  });
}

const book = async (client: Client) => {
  const { value } = await client.book("ZEROUSD").next();
  return { bids: value!.bids, asks: value!.asks };
};

Deno.test("Sessions: one runs to its end, recorded as any run, and is forgotten when somebody asks", () =>
  serving(async ({ server, sessions, out }) => {
    const { session, state, digest, files } = sessions.start(planOf(strategies, "touch_maker", { paused: false }));
    assertEquals([session, digest, files], ["touch_maker-market_l2-1", null, []]);
    assert(["waiting", "running"].includes(state));
    await eventually(() => sessions.info(session).state === "ended");
    const ended = sessions.info(session);
    assertEquals([ended.reason, ended.rows, ended.files.length], ["", ended.total, 8]);
    const result = JSON.parse(await Deno.readTextFile(sessions.file(session, "result.json")));
    assertEquals(result.digest, ended.digest);
    assertThrows(() => sessions.file(session, "../result.json"), Error, "has no such file");
    assert(server.sessions.has(session));
    assert((await verify(`${out}/${session}`)).equal);
    await sessions.forget(session, "enough");
    assertThrows(() => sessions.info(session), Error, "there is none of that name");
    assert(!server.sessions.has(session));
  }));

Deno.test("Sessions: no more run than may, the oldest that has ended makes room, and what is stopped is kept as it was", () =>
  serving(async ({ sessions }) => {
    const plan = planOf(strategies, "touch_maker");
    const first = sessions.start(plan).session, second = sessions.start(plan).session;
    assertThrows(() => sessions.start(plan), Error, "2 run already");
    await sessions.forget(first, "enough");
    const third = sessions.start(plan).session;
    assertEquals(sessions.ids(), [second, third]);
    await sessions.close("closing time");
    assertEquals(sessions.info(third).reason, "closing time");
    assertThrows(() => sessions.start(plan), Error, "the server is stopping");
  }, { runningMax: 2, keptMax: 2 }));

Deno.test("Sessions: of live sessions real money is said where it is, and not of a test network", () =>
  serving(async ({ server, sessions }) => {
    const plan = planOf(strategies, "touch_maker");
    for (const testMoney of [true, false]) {
      const host = { ...server.hostOptions(`test ${testMoney}`), mode: "live", testMoney, paused: true } as const;
      const session = new HostedSession({ strategy: STILL, tape: TAPE }, host);
      sessions.show(session, plan, undefined);
      const { mode, live } = sessions.info(session.id);
      assertEquals([mode, live, session.live], ["live", !testMoney, !testMoney]);
      const running = session.run().catch(() => {});
      session.stop(new Error("enough"));
      await running;
    }
  }));

Deno.test("Sessions: options that do not fit are refused, and leave no folder", () =>
  serving(async ({ sessions, server, out }) => {
    const plan = planOf(strategies, "touch_maker"), { options } = plan;
    const wrong = { ...plan, options: { ...options, set: { speed: 3 } } };
    assertThrows(() => sessions.start(wrong), Error, "Cannot set parameter speed");
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals([[...Deno.readDirSync(out)].length, server.sessions.size, sessions.counts.kept], [0, 0, 0]);
  }));

Deno.test("clock_fork: the fork stands where the session stood, with its orders and its digest, and goes on by itself", () =>
  serving(async ({ server, sessions, client, out }) => {
    const { session } = sessions.start(planOf(strategies, "touch_maker"));
    const ann = client({ session }), { commands } = await ann.ready();
    assert(commands.includes("clock_fork"));
    assertThrows(() => sessions.file(session, "result.json"), Error, "it runs still");
    await ann.command({ kind: "clock_step", count: 900 });
    await inState(ann, "paused");
    await ann.command({ kind: "submit", side: "buy", size: 3, price: 1900 });
    await ann.command({ kind: "set_limit", scope: "instruments", name: "position", value: 7 });
    const [one, again] = [
      await ann.command({ kind: "clock_fork" }, { key: "f1" }),
      await ann.command({ kind: "clock_fork" }, { key: "f1" }),
    ];
    assertEquals([one.code, again.session], [0, one.session]);
    const fork = client({ session: one.session });
    const there = await inState(fork, "paused"), parent = server.sessions.get(session)!;
    const child = server.sessions.get(one.session!)!;
    assertEquals([there, child.digest, child.openOrders], [parent.driver.clock.time, parent.digest, parent.openOrders]);
    assertEquals(await book(fork), await book(ann));
    // From here on they go their own ways.
    const kept = await fork.command({ kind: "submit", side: "sell", size: 2 });
    assert(kept.order > 0);
    for (const each of [ann, fork]) await each.command({ kind: "clock_resume" });
    for (const name of [session, one.session!]) {
      await eventually(() => sessions.info(name).digest !== null);
      const report = await verify(`${out}/${name}`);
      assertEquals([report.equal, report.commands], [true, name === session ? 2 : 3]);
    }
    assert(sessions.info(session).digest !== sessions.info(one.session!).digest);
  }));

Deno.test("clock_fork: with a time it is the session as it was then", () =>
  serving(async ({ server, sessions, client }) => {
    const { session } = sessions.start(planOf(strategies, "touch_maker"));
    const ann = client({ session });
    await ann.ready();
    await ann.command({ kind: "clock_seek", time: "+10m" });
    const early = await inState(ann, "paused"), then = await book(ann), { digest } = server.sessions.get(session)!;
    await ann.command({ kind: "clock_seek", time: "+5m" });
    await inState(ann, "paused");
    await ann.command({ kind: "submit", side: "buy", size: 3, price: 1900 });
    await assertRejects(() => ann.command({ kind: "clock_fork", time: "+3h" }), Error, "the session stands at");
    const wrong = await assertRejects(() => ann.command({ kind: "clock_fork", time: "+1h9m" }), ProtocolError, "1h9m");
    assertEquals(wrong.data.name, "COMMAND_MALFORMED");
    await assertRejects(() => ann.command({ kind: "clock_fork", at: "+5m" }), Error, "no field at; it takes time");
    const { session: name } = await ann.command({ kind: "clock_fork", time: "+10m" });
    const fork = client({ session: name });
    assertEquals(await inState(fork, "paused"), early);
    assertEquals(await book(fork), then);
    assertEquals(server.sessions.get(name!)!.digest, digest);
  }));

Deno.test("clock_fork: who may not make sessions makes none by it, and on its way a fork takes no commands", () =>
  serving(async ({ server, sessions }) => {
    const { session } = sessions.start(planOf(strategies, "touch_maker"));
    const { fork } = server.hostOptions("x");
    assertEquals(fork, undefined);
    const forking = sessions.forking(planOf(strategies, "touch_maker"), () => ({ pace: "free", speed: 1 }));
    const by = (...scopes: string[]) => ({ principal: { name: "bob", scopes }, link: undefined }) as never;
    const place = { steps: 5, inputs: [] };
    assertThrows(() => forking(place, by(`control:${session}`)), Error, "lacks scope control");
    const made = server.sessions.get(forking(place, by("control")))!;
    assert(made.driver.tape!.forwarding);
    await eventually(() => !made.driver.tape!.forwarding);
    assertEquals(made.driver.clock.state, "paused");
  }));

Deno.test("clock_fork: a session that is driven from outside is forked in a turn, and another pilot goes on to the same end", () =>
  serving(async ({ sessions, client }) => {
    const { session } = sessions.start(planOf(strategies, "remote", { pace: "lockstep" }));
    let fork: string | undefined;
    /** Buys at each minute but the tenth, at which the first pilot forks. */
    const pilot = (of: Client, minutes: number) =>
      drive(of, {
        ...(minutes === 0 ? { onStart: async (ctx) => void await ctx.every("60s") } : {}),
        async onTimer(ctx) {
          if (++minutes === 10) fork = (await of.command({ kind: "clock_fork" })).session;
          else await ctx.submit({ side: minutes % 2 === 0 ? 1 : -1, size: 1 });
        },
      });
    await pilot(client({ session }), 0);
    await pilot(client({ session: fork }), 10);
    for (const id of [session, fork!]) {
      await eventually(() => sessions.info(id).digest !== null);
    }
    assertEquals(sessions.info(fork!).digest, sessions.info(session).digest);
    assert(JSON.parse(await Deno.readTextFile(sessions.file(session, "result.json"))).trades > 20);
  }));

Deno.test("clock_seek: back, the session is made again in its own place, with what was commanded till then", () =>
  serving(async ({ server, sessions, client, out }) => {
    const { session } = sessions.start(planOf(strategies, "touch_maker"));
    const ann = client({ session });
    await ann.ready();
    await ann.command({ kind: "clock_seek", time: "+10m" });
    await inState(ann, "paused");
    await ann.command({ kind: "submit", side: "buy", size: 3, price: 1900 });
    await ann.command({ kind: "clock_seek", time: "+1s" });
    const early = await inState(ann, "paused"),
      then = await book(ann),
      first = server.sessions.get(session)!,
      { digest } = first;
    await ann.command({ kind: "clock_seek", time: "+5m" });
    await inState(ann, "paused");
    await ann.command({ kind: "kill", cause: "too late" });
    // Before the first move behind it.
    const { code, reason, session: name } = await ann.command({ kind: "clock_seek", time: isoTime(early + 1n) });
    assertEquals([code, reason, name], [0, "1 that came after it is dropped", session]);
    await eventually(() => ann.state === "connected" && server.sessions.get(session)?.driver.clock.state === "paused");
    const again = server.sessions.get(session)!;
    assert(again !== first && again.hub.epoch !== first.hub.epoch);
    assertEquals([again.digest, again.driver.clock.time, await book(client({ session }))], [digest, early, then]);
    // Who was there before is shown the same, once the snapshot has come.
    const shown = ann.book("ZEROUSD");
    for (;;) {
      const { value } = await shown.next();
      if (equal({ bids: value!.bids, asks: value!.asks }, then)) break;
    }
    assertEquals([sessions.ids(), sessions.counts.kept], [[session], 1]);
    // It goes on as if nothing had been; each past has its folder, and a journal that makes it again.
    await ann.command({ kind: "clock_resume" });
    await eventually(() => sessions.info(session).digest !== null);
    assertEquals(sessions.info(session).state, "ended");
    for (const [folder, commands] of [["touch_maker-market_l2-1", 2], ["touch_maker-market_l2-2", 1]] as const) {
      const report = await verify(`${out}/${folder}`);
      assertEquals([folder, report.equal, report.commands], [folder, true, commands]);
    }
    // One that has ended goes back as well; to before its start, none.
    await ann.command({ kind: "clock_seek", time: isoTime(early + 1n) });
    await eventually(() => server.sessions.get(session)?.driver.clock.state === "paused");
    assertEquals(server.sessions.get(session)!.digest, digest);
    await eventually(() => ann.state === "connected");
    const none = () => ann.command({ kind: "clock_seek", time: "2024-01-01T00:00:00Z" });
    await assertRejects(none, Error, "the session starts at");
  }));

Deno.test("clock_seek: back, a session that is driven from outside waits for a strategy made anew, which comes to the same end", () =>
  serving(async ({ server, sessions, client }) => {
    const { session } = sessions.start(planOf(strategies, "remote", { pace: "lockstep" }));
    const ann = client({ session });
    /** Buys and sells in turn; what it knows is the minutes that went by. */
    const pilot = (of: Client, minutes: number, at: (minutes: number) => void | Promise<void> = () => {}) =>
      drive(of, {
        ...(minutes === 0 ? { onStart: async (ctx) => void await ctx.every("60s") } : {}),
        async onTimer(ctx) {
          minutes++;
          await ctx.submit({ side: minutes % 2 === 0 ? 1 : -1, size: 1 });
          if (minutes === 10) early ||= ctx.now;
          await at(minutes);
        },
      });
    let early = 0n;
    const bob = client({ session });
    const seek = async (minutes: number) => {
      if (minutes === 20) await ann.command({ kind: "clock_seek", time: isoTime(early + 1n) });
    };
    await assertRejects(() => pilot(bob, 0, seek), Error, "Cannot drive on: the session was sought back");
    bob.close();
    // Whose seat it was has gone; ann is still there.
    await eventually(() => server.sessions.get(session)?.hub.sizes.connections === 1);
    await pilot(client({ session }), 10);
    await eventually(() => sessions.info(session).digest !== null);
    const { session: whole } = sessions.start(planOf(strategies, "remote", { pace: "lockstep" }));
    await pilot(client({ session: whole }), 0);
    await eventually(() => sessions.info(whole).digest !== null);
    assertEquals(sessions.info(session).digest, sessions.info(whole).digest);
  }));
