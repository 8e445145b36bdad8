/// <reference lib="deno.unstable" />
import { assert, assertEquals } from "@std/assert";
import { wrongImport } from "./layers.ts";
import plugin from "./mod.ts";

const MAY: readonly (readonly [from: string, specifier: string])[] = [
  ["engine/book/l2.ts", "./bit_set.ts"],
  ["engine/book/l2.ts", "../core/event.ts"],
  ["engine/venue/sim.ts", "../book/l3.ts"],
  ["engine/feed/tape.ts", "apache-arrow"],
  ["engine/stats/sharpe.ts", "../core/math.ts"],
  ["engine/run/cli.ts", "../core/session.ts"],
  ["engine/run/cli.ts", "../live/binance.ts"],
  ["engine/run/cli.ts", "node:zlib"],
  ["engine/mod.ts", "./run/mod.ts"],
  ["transport/hub/hub.ts", "../../engine/core/session.ts"],
  ["transport/hub/hub.ts", "../link/link.ts"],
  ["strategies/pairs.ts", "../mod.ts"],
  ["strategies/pairs.ts", "../engine/mod.ts"],
  ["strategies/pairs.ts", "../engine/core/mod.ts"],
  ["fixtures/bars.ts", "../engine/feed/row.ts"],
  ["fixtures/make.ts", "node:crypto"],
  ["fixtures/make.ts", "../engine/run/mod.ts"],
  ["mod.ts", "./engine/run/mod.ts"],
  ["mod.ts", "./transport/client/mod.ts"],
  ["tests/parity_test.ts", "../transport/hub/hub.ts"],
  ["engine/core/rng_test.ts", "fast-check"],
  ["engine/feed/tape_test.ts", "../../tests/shared_data.ts"],
  ["engine/feed/tape_test.ts", "node:fs"],
];

const MAY_NOT: readonly (readonly [from: string, specifier: string, why: string])[] = [
  ["engine/book/l2.ts", "../run/open_source.ts", "pure rooms"],
  ["engine/core/session.ts", "../live/binance.ts", "pure rooms"],
  ["engine/core/session.ts", "../../mod.ts", "pure rooms"],
  ["engine/core/session.ts", "../../strategies/pairs.ts", "pure rooms"],
  ["engine/feed/tape.ts", "node:fs", "browser tab"],
  ["engine/feed/tape.ts", "https://example.org/x.js", "browser tab"],
  ["engine/run/cli.ts", "npm:commander@15.1.0", "deno.json"],
  ["engine/run/cli.ts", "../../transport/hub/hub.ts", "never imports transport"],
  ["engine/core/rng_test.ts", "../../transport/hub/hub.ts", "never imports transport"],
  ["engine/core/rng.ts", "../../transport/hub/hub.ts", "never imports transport"],
  ["engine/run/cli.ts", "../../strategies/pairs.ts", "stands on itself"],
  ["engine/run/cli.ts", "../../mod.ts", "stands on itself"],
  ["transport/hub/hub.ts", "../../strategies/pairs.ts", "engine only"],
  ["strategies/pairs.ts", "../engine/core/rng.ts", "public face"],
  ["strategies/pairs.ts", "../transport/mod.ts", "public face"],
  ["strategies/pairs.ts", "node:fs", "browser tab"],
  ["fixtures/make.ts", "../engine/live/binance.ts", "mod.ts of the engine"],
  ["fixtures/bars.ts", "../transport/mod.ts", "mod.ts of the engine"],
  ["mod.ts", "./tests/shared_data.ts", "move it"],
];

Deno.test("lockstep/layers: imports go one way", () => {
  for (const [from, specifier] of MAY) assertEquals(wrongImport(from, specifier), undefined, `${from} ${specifier}`);
  for (const [from, specifier, why] of MAY_NOT) {
    assert(wrongImport(from, specifier)?.includes(why), `${from} ${specifier}: ${wrongImport(from, specifier)}`);
  }
});

Deno.test("lockstep/layers: every form of import is seen", () => {
  const source = [
    'import { a } from "../../transport/mod.ts";',
    'import type { B } from "../../transport/mod.ts";',
    'export * from "../../transport/mod.ts";',
    'export { c } from "../../transport/mod.ts";',
    'await import("../../transport/mod.ts");',
    "export const d = 1;",
  ].join("\n");
  const found = Deno.lint.runPlugin(plugin, "engine/run/snippet.ts", source);
  assertEquals(found.map(({ id }) => id), new Array(5).fill("lockstep/layers"));
  assert(found[0].message.startsWith("Cannot import ../../transport/mod.ts here: the engine never imports transport"));
});
