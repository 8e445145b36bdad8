import { assert, assertEquals } from "@std/assert";
import { UsedTokens } from "./used_tokens.ts";

Deno.test("UsedTokens: once, until it would have expired", () => {
  const used = new UsedTokens();
  assert(used.use("a", 100, 0));
  assert(!used.use("a", 100, 50));
  assert(!used.use("a", 100, 100));
  assert(used.use("a", 300, 101), "the old one is past");
});

Deno.test("UsedTokens: when full nobody gets in until some have expired", () => {
  const used = new UsedTokens(3);
  assertEquals(["a", "b", "c", "d"].map((id, i) => used.use(id, 100 + i, 0)), [true, true, true, false]);
  assert(!used.use("a", 100, 0), "filling it up makes no one forgotten");
  assert(used.use("d", 200, 101));
});
