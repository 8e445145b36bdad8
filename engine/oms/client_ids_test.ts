import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fuzzRuns, generated } from "../../tests/fuzz_runs.ts";
import { Code } from "../core/codes.ts";
import { ClientIds } from "./client_ids.ts";

Deno.test("ClientIds: the same again is the first order, other contents are refused", () => {
  const ids = new ClientIds();
  assertEquals(ids.look("a1", "buy 5"), 0);
  ids.remember("a1", "buy 5", 12);
  assertEquals([ids.look("a1", "buy 5"), ids.look("a1", "buy 6"), ids.look("a2", "buy 5")], [
    12,
    -Code.CLIENT_ID_REUSED,
    0,
  ]);
});

Deno.test("ClientIds: names older than the window are refused, those with numbers for good", () => {
  const ids = new ClientIds();
  for (let i = 1; i <= 5000; i++) ids.remember(i % 2 ? `a${i}` : `x${i}y`, "", i);
  // 904 are forgotten: the last odd one is a903.
  assertEquals([ids.look("a905", ""), ids.look("a903", ""), ids.look("x904y", ""), ids.look("x906y", "")], [
    905,
    -Code.CLIENT_ID_OLD,
    -Code.CLIENT_ID_OLD,
    906,
  ]);
  // a900 was never sent, and nobody can tell.
  assertEquals([ids.look("a900", ""), ids.look("a904", ""), ids.look("b900", "")], [-Code.CLIENT_ID_OLD, 0, 0]);
  for (let i = 5001; i <= 80_000; i++) ids.remember(i % 2 ? `a${i}` : `x${i}y`, "", i);
  // Beyond both windows only the number still tells.
  assertEquals([ids.look("a1", ""), ids.look("x2y", ""), ids.look("x20000y", "")], [
    -Code.CLIENT_ID_OLD,
    0,
    -Code.CLIENT_ID_OLD,
  ]);
});

Deno.test("ClientIds: a client that counts up is never sent twice, whatever it repeats and however late", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9000), { minLength: 1, maxLength: 50 }), (back) => {
      const ids = new ClientIds(), sent = new Map<string, number>();
      let next = 0;
      generated(back.length);
      for (const step of back) {
        for (let i = 0; i <= step; i++) {
          const name = `o-${++next}`;
          assertEquals(ids.look(name, "x"), 0);
          ids.remember(name, "x", next);
          sent.set(name, next);
        }
        const name = `o-${Math.max(1, next - step)}`;
        const found = ids.look(name, "x");
        assert(found === sent.get(name) || found === -Code.CLIENT_ID_OLD);
      }
      assert(ids.orders.size <= 4096 && ids.names.size <= 65_536 && ids.stems.size <= 1024);
    }),
    { numRuns: fuzzRuns(5) },
  );
});
