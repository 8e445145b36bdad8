import { assert, assertEquals } from "@std/assert";
import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import { gatewayWorld } from "./_gateway_world.ts";
import { Pacing, type PacingOptions } from "./pacing.ts";

/** A pacing whose session's time goes on by hand: `move` is a move, and whether time stands behind it. */
function paced(options: Partial<PacingOptions> = {}) {
  const timers = new FakeTimers(),
    log: string[] = [],
    world = { time: 0n, listeners: 0, ordered: false, behind: false };
  const pacing = new Pacing({
    quiet: true,
    timers,
    time: () => world.time,
    heard: () => world.time > 0n,
    behind: () => world.behind,
    ordered: () => world.ordered,
    listeners: () => world.listeners,
    begin: () => void log.push("begin"),
    turn: () => void log.push("turn"),
    ...options,
  });
  const move = (ms = 1) => {
    world.time += BigInt(ms) * 1_000_000n;
    return pacing.waits();
  };
  return { pacing, timers, log, world, move };
}

Deno.test("Pacing: time stands at the first message until the first request, at any pace", async () => {
  for (const quiet of [true, false]) {
    const { pacing, log, move } = paced({ quiet });
    assertEquals([pacing.waits(), move()], [false, true]);
    (await pacing.asked(false))();
    assertEquals(log, quiet ? ["begin"] : ["begin", "turn"]);
    assertEquals(move(), quiet);
  }
});

Deno.test("Pacing: quiet, it stands behind what was told until nothing was asked or told for a while", async () => {
  const { pacing, timers, log, world, move } = paced();
  world.listeners = 1;
  move();
  (await pacing.asked(false))();
  assertEquals(await timers.next(), 20);
  assertEquals(log, ["begin", "turn"]);
  assertEquals(move(), false);
  pacing.told();
  assertEquals(move(), true);
  const answered = await pacing.asked(false);
  assertEquals(await timers.next(), undefined);
  answered();
  await timers.next();
  assertEquals(log, ["begin", "turn", "turn"]);
});

Deno.test("Pacing: quiet, it goes on for an order to arrive, and stands when it has", async () => {
  const { pacing, log, world, move } = paced();
  world.listeners = 1;
  move();
  const answered = await pacing.asked(false);
  world.ordered = true;
  pacing.ordered();
  assertEquals(log, ["begin", "turn"]);
  pacing.told();
  assertEquals([move(), move()], [false, false]);
  world.ordered = false;
  assertEquals(move(), true);
  answered();
});

Deno.test("Pacing: quiet, without listeners it goes on by a second with each look at the market", async () => {
  const { pacing, log, move } = paced();
  move();
  let answered = false;
  const asked = pacing.asked(true).then((done) => (answered = true, done()));
  await Promise.resolve();
  await Promise.resolve();
  assertEquals([log.join(), answered, move(600), answered, move(600)], ["begin,turn", false, false, false, true]);
  await asked;
  assertEquals(answered, true);
});

Deno.test("Pacing: it stands for who is behind, and for nobody once the session has ended", async () => {
  const { pacing, timers, log, world, move } = paced({ quiet: false });
  move();
  (await pacing.asked(false))();
  world.behind = true;
  assertEquals(move(), true);
  await timers.next();
  assertEquals(log, ["begin", "turn"]);
  world.behind = false;
  await timers.next();
  assertEquals(log, ["begin", "turn", "turn"]);
  const { pacing: other } = paced();
  other.close();
  (await other.asked(true))();
});

Deno.test("Pacing: the world's time stands for nobody", async () => {
  const { pacing, log, move } = paced();
  pacing.free();
  pacing.told();
  assertEquals([move(), move()], [false, false]);
  (await pacing.asked(true))();
  assertEquals(log, []);
});

Deno.test("Pacing: quiet, a bot that asks and orders comes to the same digest, however long it thinks", async () => {
  const digests = new Set<string>();
  for (const think of [0, 3]) {
    await gatewayWorld(async ({ ask, session, end }) => {
      for (let i = 0; i < 40; i++) {
        for (let k = 0; k < think; k++) await ask("GET /api/v3/time");
        const { body: { bids: [[bid]] } } = await ask("GET /api/v3/depth", { symbol: "ZEROUSD", limit: 5 });
        const order = { symbol: "ZEROUSD", side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: 1, price: bid };
        if (i % 4 === 0) await ask("POST /api/v3/order", order, true);
        else if (i % 4 === 3) await ask("DELETE /api/v3/openOrders", { symbol: "ZEROUSD" }, true);
      }
      digests.add(session.digest);
      await end();
    });
  }
  assertEquals(digests.size, 1);
});

Deno.test("Pacing: quiet, a bot that acts on a stream comes to the same digest, however long it thinks", async () => {
  const digests = new Set<string>();
  for (const think of [0, 2]) {
    const timers = new FakeTimers();
    let placed = 0;
    await gatewayWorld(async ({ ask, open, session }) => {
      const socket = await open("/ws/zerousd@depth@100ms"), symbol = "ZEROUSD";
      assertEquals(typeof await timers.next(), "number");
      for (let i = 1; i <= 80; i++) {
        const { b: [[price] = [""]] } = await socket.next(({ e }) => e === "depthUpdate");
        for (let k = 0; k < think; k++) await ask("GET /api/v3/time");
        if (i % 10 === 0 && price !== "") {
          const order = { symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: 1, price };
          placed += (await ask("POST /api/v3/order", order, true)).body.orderId > 0 ? 1 : 0;
          // What the order let happen stands before this answer, on the same socket.
          socket.send({ method: "LIST_SUBSCRIPTIONS", id: i });
          await socket.next(({ id }) => id === i);
        }
        // Nothing was asked or told for a while.
        assertEquals(typeof await timers.next(), "number");
      }
      digests.add(session.digest);
      assert(placed > 2);
    }, { gateway: { timers, quietMs: 20 } });
  }
  assertEquals(digests.size, 1);
});
