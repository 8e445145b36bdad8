import { assertEquals, assertThrows } from "@std/assert";
import { checkedStrategy } from "./strategy.ts";

Deno.test("checkedStrategy: a callback that is not done when it returns is refused, also one of a class", () => {
  class Late {
    async onTimer() {
      await null;
    }
  }
  const made = [{ onBook: async () => await null }, new Late(), { *onFill() {} }, { async *onStop() {} }];
  const said = made.map((each) => assertThrows(() => checkedStrategy("late", each), TypeError).message);
  assertEquals(
    said,
    ["onBook", "onTimer", "onFill", "onStop"].map((name) =>
      `Cannot use strategy late: ${name} is async or a generator; a callback is a plain function, done when it returns`
    ),
  );
  const plain = { onBook() {}, save: () => null };
  assertEquals(checkedStrategy("plain", plain), plain);
});
