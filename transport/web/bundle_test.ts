import { assert, assertEquals, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import { bundle } from "./bundle.ts";

const scripts = await bundle("transport/web/page.ts");
const first = loadedAtOnce("page.js");
const kib = first.reduce((sum, name) => sum + gzipSync(scripts.get(name)!).length, 0) / 1024;

Deno.test(`bundle: the page's first scripts are ${kib.toFixed(0)} KiB gzipped; Protobuf and peerjs come when they are asked for`, () => {
  const text = (names: Iterable<string>) =>
    [...names].map((name) => new TextDecoder().decode(scripts.get(name)!)).join();
  // Words that only these libraries have.
  for (const word of ["illegal buffer", "ID-TAKEN"]) {
    assert(!text(first).includes(word), `${word} is loaded at once`);
    assert(text(scripts.keys()).includes(word), `${word} is nowhere`);
  }
  assert(kib < 80, `${kib} KiB`);
});

Deno.test("bundle: every script that one of them loads is there, and under a name that the server serves", () => {
  for (const name of scripts.keys()) {
    for (const imported of imports(name, /["'`]\.\/([^"'`]+\.js)["'`]/g)) assert(scripts.has(imported), imported);
    assert(/^[\w-]+\.js$/.test(name), name);
  }
});

Deno.test("bundle: made once, however often it is asked for; what cannot be bundled says why, each time", async () => {
  assertEquals(await bundle("transport/web/page.ts"), scripts);
  for (let i = 0; i < 2; i++) await assertRejects(() => bundle("transport/web/none.ts"), Error, "Cannot bundle");
});

/** The scripts that a browser loads before the first runs. */
function loadedAtOnce(entry: string): string[] {
  const found = new Set([entry]);
  for (const name of found) {
    for (const each of imports(name, /(?:from|import)\s*["']\.\/([^"']+)["']/g)) found.add(each);
  }
  return [...found];
}

function imports(name: string, pattern: RegExp): string[] {
  return [...new TextDecoder().decode(scripts.get(name)).matchAll(pattern)].map(([, path]) => path);
}
