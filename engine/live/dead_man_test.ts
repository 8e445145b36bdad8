import { assertEquals } from "@std/assert";
import { DeskWorld } from "./_desk_world.ts";
import { DeadMan } from "./dead_man.ts";
import type { OrderEntry } from "./order_entry.ts";

function watched(fails = false): { readonly told: number[]; readonly world: DeskWorld; readonly entry: OrderEntry } {
  const told: number[] = [], world = new DeskWorld(1);
  const deadMan = (ms: number) => {
    told.push(ms);
    return fails ? Promise.reject(new Error("no answer")) : Promise.resolve();
  };
  return { told, world, entry: { ...world.exchange.entry(), deadMan } };
}

Deno.test("DeadMan: is told every twenty seconds, and no more once nothing is left open", async () => {
  const { told, world, entry } = watched(), watch = new DeadMan(entry, world.tools);
  await world.pass(45_000);
  await watch.close(false);
  await world.pass(60_000);
  assertEquals(told, [60_000, 60_000, 60_000, 0]);
});

Deno.test("DeadMan: what is left open is the exchange's to cancel", async () => {
  const { told, world, entry } = watched(), watch = new DeadMan(entry, world.tools);
  await watch.close(true);
  assertEquals(told, [60_000]);
});

Deno.test("DeadMan: where it cannot be set that is told once, and tried again", async () => {
  const { told, world, entry } = watched(true), watch = new DeadMan(entry, world.tools);
  await world.pass(45_000);
  await watch.close(false);
  assertEquals([told.length, world.events.map(({ name }) => name)], [4, ["REQUEST_REFUSED"]]);
});

Deno.test("DeadMan: an exchange without one is not asked", async () => {
  const world = new DeskWorld(1), watch = new DeadMan(world.exchange.entry(), world.tools);
  await watch.close(false);
  assertEquals(world.events, []);
});
