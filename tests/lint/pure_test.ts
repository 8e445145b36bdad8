/// <reference lib="deno.unstable" />
import { assert, assertEquals } from "@std/assert";
import plugin from "./mod.ts";

/** What the rule says of a snippet that stands in `file`. */
function said(source: string, file = "engine/core/snippet.ts"): string[] {
  return Deno.lint.runPlugin(plugin, file, source).map(({ message }) => message.replace("Cannot use ", ""));
}

const BANNED: readonly (readonly [source: string, what: string])[] = [
  ["Date.now();", "Date.now"],
  ['Date["now"]();', "Date.now"],
  ["new Date();", "new Date()"],
  ["Date();", "Date"],
  ["const D = Date;", "Date"],
  ["performance.now();", "performance.now"],
  ["const { now } = performance;", "performance"],
  ["Math.random();", "Math.random"],
  ["Math.exp(1);", "Math.exp"],
  ["Math.log1p(1);", "Math.log1p"],
  ["Math.pow(2, x);", "Math.pow"],
  ["Math.hypot(3, 4);", "Math.hypot"],
  ["[1].map(Math.sin);", "Math.sin"],
  ["const f = ({ x = Math }) => x;", "Math without its member"],
  ["const { log } = Math;", "Math without its member"],
  ["Math[name](1);", "Math without its member"],
  ["const y = x ** 2;", "**"],
  ["const y = 2 ** x;", "**"],
  ["let y = 2; y **= 2;", "**"],
  ["setTimeout(() => {}, 1);", "setTimeout"],
  ["setInterval(f, 1);", "setInterval"],
  ["queueMicrotask(f);", "queueMicrotask"],
  ["crypto.randomUUID();", "crypto.randomUUID"],
  ["crypto.getRandomValues(a);", "crypto.getRandomValues"],
  ["Deno.cwd();", "Deno.cwd"],
  ["const d = { Deno };", "Deno"],
  ["process.env;", "process.env"],
  ['fetch("x");', "fetch"],
  ["globalThis.fetch;", "globalThis.fetch"],
  ["self.fetch;", "self.fetch"],
  ["new Promise(f);", "Promise"],
  ["new WeakRef(f);", "WeakRef"],
  ["new Intl.NumberFormat();", "Intl.NumberFormat"],
  ['"a".localeCompare("b");', "localeCompare"],
  ["(1).toLocaleString();", "toLocaleString"],
  ["async function f() {}", "an async function"],
  ["const f = async () => {};", "an async function"],
  ["class A { async f() {} }", "an async function"],
  ['import("./x.ts");', "import()"],
  ["const n = Deno as unknown;", "Deno"],
  ["const n = performance!;", "performance"],
];

Deno.test("lockstep/pure: each clock, chance, timer, machine and rounding is named, with what to use instead", () => {
  for (const [source, what] of BANNED) {
    assertEquals(said(source), [`${what} in a pure room`], source);
    assertEquals(said(source, "strategies/mine.ts").length, 1, source);
  }
  for (const { hint } of Deno.lint.runPlugin(plugin, "engine/oms/x.ts", BANNED.map(([source]) => source).join("\n"))) {
    assert(hint, "every message has a remedy");
  }
});

const ALLOWED = [
  "const a = 2 ** 53, b = 10 ** -9;",
  "Math.abs(Math.floor(x)) + Math.imul(2, 3) + Math.sqrt(2) + Math.PI;",
  "new Date(0).getTime(); Date.UTC(2024, 1); Date.parse(x);",
  "book.process(x); row.fetch; order.self = 1; const o = { crypto: 1, Deno: 2 };",
  "function f(performance: number) { return performance + 1; }",
  'import { performance } from "./figures.ts"; performance(1);',
  "const window = 20; let sum = window + 1;",
  "function f({ self }: A, [crypto]: B, ...process: C[]) { return self + crypto + process; }",
  "class A { constructor(readonly self = 1, window: B = {}, { fetch = 2 } = {}) { this.b = window.rows + self + fetch; } }",
  "interface A { fetch: number; Deno: string } type B = Date | Promise<void>; let c: A | Date;",
  "class A { fetch() {} self = 1; #process = 2; }",
  "// Date.now() in a comment\nconst s = 'Math.random()';",
];

Deno.test("lockstep/pure: exact arithmetic, stated times, and names of one's own are fine", () => {
  for (const source of ALLOWED) assertEquals(said(source), [], source);
});

Deno.test("lockstep/pure: stats may use Math and **, and no more than that", () => {
  assertEquals(said("Math.exp(2) ** x;", "engine/stats/sharpe.ts"), []);
  const rest = said("Date.now(); Math.random(); setTimeout(f);", "engine/stats/sharpe.ts");
  assertEquals(rest.length, 3);
});

Deno.test("lockstep/pure: other rooms, tests and benches are free", () => {
  const source = "Date.now(); Math.random(); async function f() { await fetch(x ** 2); }";
  for (
    const file of ["engine/run/cli.ts", "engine/live/binance.ts", "transport/hub/hub.ts", "engine/core/rng_test.ts"]
  ) {
    assertEquals(said(source, file), [], file);
  }
  assertEquals(said(source, "engine/book/l2_bench.ts"), []);
  assert(said(source, new URL("../../engine/book/l2.ts", import.meta.url).pathname).length >= 4, "absolute paths too");
});
