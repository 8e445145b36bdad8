import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Probes } from "./quality.ts";

Deno.test("Probes: nothing is known before the first echo", () => {
  const probes = new Probes();
  assertEquals([probes.rttMs, probes.jitterMs, probes.loss(0)], [null, null, null]);
  probes.send(0);
  assertEquals([probes.rttMs, probes.loss(1999), probes.loss(2000)], [null, null, 1]);
});

Deno.test("Probes: round trip and jitter are smoothed", () => {
  const probes = new Probes();
  probes.echo(probes.send(0), 16);
  assertEquals([probes.rttMs, probes.jitterMs], [16, null]);
  probes.echo(probes.send(100), 124);
  assertEquals([probes.rttMs, probes.jitterMs], [17, 8]);
  probes.echo(probes.send(200), 224);
  assertEquals(probes.rttMs, 17.875);
  assertAlmostEquals(probes.jitterMs, 7.5);
});

Deno.test("Probes: loss is that of the last 32", () => {
  const probes = new Probes();
  for (let i = 0; i < 32; i++) {
    const number = probes.send(i * 100);
    if (i % 4 !== 0) probes.echo(number, i * 100 + 5);
  }
  assertEquals(probes.loss(10_000), 0.25);
  for (let i = 32; i < 64; i++) probes.echo(probes.send(i * 100), i * 100 + 5);
  assertEquals(probes.loss(10_000), 0);
});

Deno.test("Probes: echoes of what was not sent, came before or is forgotten are ignored", () => {
  const probes = new Probes();
  const first = probes.send(0);
  probes.echo(first, 10);
  for (const number of [first, 1, -1, 2 ** 32 - 1, NaN, 0.5]) probes.echo(number, 5000);
  assertEquals(probes.rttMs, 10);
  for (let i = 0; i < 32; i++) probes.send(100);
  probes.echo(first, 9999);
  assertEquals(probes.rttMs, 10);
});
