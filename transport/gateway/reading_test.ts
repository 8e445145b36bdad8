import { assertEquals } from "@std/assert";
import { Reading } from "./reading.ts";

const KIB = 1024, MIB = 1024 * KIB;

Deno.test("Reading: who reads nothing, or a drop now and then, is stalled after ten seconds behind", () => {
  for (const drop of [0, 20 * KIB]) {
    const reading = new Reading(), states: string[] = [];
    let waiting = 1.2 * MIB;
    reading.sent(waiting);
    for (let second = 0; second <= 10; second++) {
      states.push(reading.look(waiting, second * 1000));
      waiting -= drop;
    }
    assertEquals(states, [...Array.from({ length: 10 }, () => "behind"), "stalled"]);
  }
});

Deno.test("Reading: who dips below the bound and fills up again is behind all the same", () => {
  const reading = new Reading();
  reading.sent(2 * MIB);
  const states = [];
  for (let second = 0; second <= 10; second++) {
    states.push(reading.look(second % 2 === 0 ? MIB + 1 : MIB, second * 1000));
    reading.sent(1);
  }
  assertEquals([states[0], states[1], states[10]], ["behind", "along", "stalled"]);
});

Deno.test("Reading: who reads slowly is waited for, and who has caught up begins anew", () => {
  const reading = new Reading();
  let waiting = 2 * MIB;
  reading.sent(waiting);
  for (let second = 0; second < 100; second++) {
    assertEquals(reading.look(waiting, second * 1000), "behind");
    // It reads 30 KiB a second, and as much comes.
    reading.sent(30 * KIB);
  }
  waiting = 0.5 * MIB;
  assertEquals(reading.look(waiting, 100_000), "along");
  assertEquals(reading.look(2 * MIB, 3_600_000), "behind", "an hour in which it had little to read");
});
