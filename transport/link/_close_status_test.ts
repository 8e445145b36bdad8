import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ERRORS } from "../protocol/errors.ts";
import { closeStatusOf, cutText, endingOf } from "./_close_status.ts";

Deno.test("closeStatusOf: statuses are those a browser may send, and reasons have room in a close frame", () => {
  fc.assert(fc.property(fc.nat(9999), fc.string({ unit: "grapheme", maxLength: 300 }), (code, reason) => {
    const [status, text] = closeStatusOf(code, reason);
    assert(status === 1000 || status === 4000);
    assert(new TextEncoder().encode(text).length <= 123);
  }));
});

Deno.test("endingOf: gives back the code, and as much of the reason as had room", () => {
  const codes = Object.values(ERRORS).map(([code]) => code);
  fc.assert(fc.property(fc.constantFrom(0, ...codes), fc.string({ maxLength: 200 }), (code, reason) => {
    const ending = endingOf(...closeStatusOf(code, reason));
    assertEquals(ending.code, code);
    assert(reason.startsWith(ending.reason) && (ending.reason.length >= 118 || ending.reason === reason));
  }));
});

Deno.test("endingOf: statuses of the WebSocket protocol itself mean what they do", () => {
  const cases: [status: number, reason: string, code: number][] = [
    [1000, "", 0],
    [1005, "", 0],
    [1001, "", ERRORS.LINK_LOST[0]],
    [1006, "", ERRORS.LINK_LOST[0]],
    [1002, "", ERRORS.MALFORMED[0]],
    [1009, "", ERRORS.TOO_LARGE[0]],
    [1012, "", ERRORS.DRAINING[0]],
    [1013, "", ERRORS.OVERLOADED[0]],
    [3123, "", ERRORS.LINK_LOST[0]],
    [4000, "no code", ERRORS.LINK_LOST[0]],
    [4000, "12345 too long", ERRORS.LINK_LOST[0]],
    [4000, "2001", ERRORS.TOKEN_INVALID[0]],
  ];
  for (const [status, reason, code] of cases) assertEquals(endingOf(status, reason).code, code, `${status} ${reason}`);
});

Deno.test("cutText: cuts between characters", () => {
  assertEquals([cutText("₿₿", 5), cutText("a🙂", 4), cutText("a🙂", 5), cutText("", 0)], ["₿", "a", "a🙂", ""]);
});
