import { assert, assertEquals } from "@std/assert";
import { MemoryFile } from "../../engine/feed/memory_file.ts";
import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import { openTape } from "../../engine/run/open_tape.ts";
import { ArrivingSession, type ArrivingSessionOptions } from "../../engine/run/arriving_session.ts";
import { RecordedFrames } from "../../engine/run/recorded_frames.ts";
import { gatewayWorld } from "./_gateway_world.ts";

Deno.test("Gateway: on a market as it comes nobody is waited for, and orders go to the simulated venue", async () => {
  const { reader: tape, close } = openTape("fixtures/data/market_l2.arrow"), timers = new FakeTimers();
  const begins = BigInt(tape.meta.span!.localFirst) - 1n;
  const wall = () => begins + BigInt(Math.round(timers.now() * 1e6));
  let made: ArrivingSession | undefined, goesOn = true;
  const paper = (options: Omit<ArrivingSessionOptions, "feeds" | "wall">) =>
    made = new ArrivingSession({
      ...options,
      feeds: [{ instrument: tape.meta.instrument, file: new MemoryFile("seen") }],
      wall,
    });
  /** Time goes on by what is due next, and whoever asks is heard in between. */
  const timeGoesOn = async () => {
    const frames = new RecordedFrames([{ tape, into: [...made!.feeds.values()][0] }]);
    const play = (): void => {
      frames.push(wall());
      if (frames.next !== undefined) timers.after(Number(frames.next - wall()) / 1e6, play);
    };
    play();
    while (goesOn) {
      await timers.next();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  await gatewayWorld(async ({ ask, open }) => {
    const going = timeGoesOn(), socket = await open("/ws/zerousd@depth@100ms");
    const symbol = "ZEROUSD", first = await socket.next(({ e }) => e === "depthUpdate");
    assert(Math.abs(first.E - Number(wall() / 1_000_000n)) < 10_000);
    const order = { symbol, side: "BUY", type: "MARKET", quantity: 2 };
    const { body: bought } = await ask("POST /api/v3/order", order, true);
    assertEquals([bought.status, bought.executedQty], ["FILLED", "2.00000000"]);
    const { body: { balances } } = await ask("GET /api/v3/account", {}, true);
    assertEquals(balances[0], { asset: "ZERO", free: "2.00000000", locked: "0.00000000" });
    goesOn = false;
    await going;
  }, {
    host: { mode: "paper", paper, timers },
    session: { lateKnowledge: { silence: "20ms" } },
  });
  close();
});
