import { assertEquals, assertMatch } from "@std/assert";
import { clientName } from "../client_names.ts";
import { krakenName, ourName } from "./client_ids.ts";

Deno.test("krakenName, ourName: every name that a run gives is carried and read back", () => {
  const names = [[1, 0], [99, 12], [1_234_567, 1], [123_456_789, 0]].map(([order, change]) =>
    clientName({ run: "mabcdefg0z9", order }, change)
  );
  for (const name of [...names, "lstpa-1", "c1"]) {
    const theirs = krakenName(name)!;
    if (name.length > 18) assertMatch(theirs, /^[0-9a-f]{32}$/);
    assertEquals(ourName(theirs), name);
  }
});

Deno.test("krakenName, ourName: what cannot be carried is not, and what is not ours stays what it is", () => {
  const tooLong = clientName({ run: "mabcdefg0z9", order: 999_999_999_999_999 }, 999_999);
  assertEquals([tooLong, "x".repeat(19)].map(krakenName), [undefined, undefined]);
  for (const theirs of ["web_1", "6d1b345e-2821-40e2-ad83-4ecb18a06876", "f".repeat(32), "0".repeat(32)]) {
    assertEquals(ourName(theirs), theirs);
  }
});
