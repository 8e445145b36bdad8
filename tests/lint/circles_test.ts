import { assertEquals } from "@std/assert";
import { circles } from "./circles.ts";

/** Of files in one folder, each a name and its lines. */
function among(files: Readonly<Record<string, readonly string[]>>): string[][] {
  return circles(Object.entries(files).map(([name, lines]) => [`engine/core/${name}.ts`, lines.join("\n")])).map(
    (circle) => circle.map((path) => path.replace(/.*\/|\.ts/g, "")),
  );
}

Deno.test("circles: two files, three, and one alone; each circle once", () => {
  assertEquals(among({ a: ['import { b } from "./b.ts";'], b: ['import { a } from "./a.ts";'] }), [["a", "b"]]);
  const three = { c: ['import "./a.ts";'], a: ['export * from "./b.ts";'], b: ['export { c } from "./c.ts";'] };
  assertEquals(among(three), [["a", "b", "c"]]);
  assertEquals(among({ a: ['import { a } from "./a.ts";'] }), [["a"]]);
});

Deno.test("circles: who only leads into one is not of it", () => {
  const files = { a: ['import "./b.ts";'], b: ['import "./c.ts";'], c: ['import "./b.ts";\nimport "./d.ts";'], d: [] };
  assertEquals(among(files), [["b", "c"]]);
});

Deno.test("circles: types are not needed at run time, names beside types are", () => {
  const back = ['import { a } from "./a.ts";'];
  assertEquals(among({ a: ['import type { B } from "./b.ts";'], b: back }), []);
  assertEquals(among({ a: ['import {\n  type B,\n  type C,\n} from "./b.ts";'], b: back }), []);
  assertEquals(among({ a: ['export type { B } from "./b.ts";'], b: back }), []);
  assertEquals(among({ a: ['import {\n  type B,\n  b,\n} from "./b.ts";'], b: back }), [["a", "b"]]);
  assertEquals(among({ a: ['import { typed } from "./b.ts";'], b: back }), [["a", "b"]]);
});

Deno.test("circles: examples in comments and import() are none", () => {
  assertEquals(
    among({ a: [' * import { b } from "./b.ts";', 'await import("./b.ts");'], b: ['import "./a.ts";'] }),
    [],
  );
});
