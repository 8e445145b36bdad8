import { assertEquals, assertMatch } from "@std/assert";
import { CrossedMessages } from "./crossed_messages.ts";
import { tapeWarnings } from "./tape_warnings.ts";

Deno.test("CrossedMessages: messages, the first, and the longest stretch", () => {
  const found = (text: string) => {
    const crossed = new CrossedMessages();
    [...text].forEach((sign, i) => crossed.end(i + 1, sign === "x"));
    return crossed.found();
  };
  assertEquals([found(""), found("---")], [undefined, undefined]);
  assertEquals(found("-xx-xxx-xxx"), {
    messages: 8,
    of: 11,
    first: { row: 2 },
    longest: { row: 5, messages: 3 },
  });
});

Deno.test("tapeWarnings: few crossed messages are an auction, or lost ones; none are silent", () => {
  const instrument = { symbol: "X", venue: "x", tick: "1", lot: "1" };
  const crossed = { messages: 2, of: 1_000_000, first: { row: 7 }, longest: { row: 7, messages: 2 } };
  const [warning] = tapeWarnings({ instrument, crossed });
  assertMatch(
    warning,
    /^the book is crossed from row 7 on, less than 0.01 % of messages: an auction, or lost messages;/,
  );
  assertEquals(tapeWarnings({ instrument }), []);
});
