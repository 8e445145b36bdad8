/// <reference lib="deno.unstable" />
import { assertEquals } from "@std/assert";
import plugin from "./mod.ts";

function said(source: string): string[] {
  return Deno.lint.runPlugin(plugin, "engine/run/snippet.ts", source).map(({ message }) => message);
}

Deno.test("lockstep/short: 70 lines are a function, 71 are two", () => {
  const body = (lines: number) => `{${"\n  f();".repeat(lines - 2)}\n}`;
  for (const head of ["function f() ", "const f = () => ", "class A {\n  f() "]) {
    const tail = head.startsWith("class") ? "\n}" : "";
    assertEquals(said(head + body(70) + tail), []);
    assertEquals(said(head + body(71) + tail), [
      "Cannot read this function on one screen: it has 71 lines, 70 fit",
    ]);
  }
});
