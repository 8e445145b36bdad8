import { assertThrows } from "@std/assert";
import { checkChange, checkRequest, type ParentRequest } from "./parent_request.ts";

const TWAP = { algo: "twap", side: 1, size: 10, over: "10s" };

Deno.test("checkRequest: what makes no sense throws, with field, value and remedy", () => {
  const wrong: [object, string][] = [
    [{ ...TWAP, algo: "twop" }, "Cannot start a parent: algo is twop; did you mean twap?"],
    [{ ...TWAP, algo: "toString" }, "algo is toString"],
    [{ ...TWAP, side: 0 }, "Cannot start twap: side is 0; it is BUY (1) or SELL (-1)"],
    [{ ...TWAP, size: undefined }, "size is missing"],
    [{ ...TWAP, size: 0 }, "size is 0; it must be a whole number of lots above 0"],
    [{ ...TWAP, size: 1.5 }, "size is 1.5"],
    [{ ...TWAP, over: undefined }, "over is missing; twap needs it"],
    [{ ...TWAP, over: 10 }, "over is 10; it must be a length of time like 10m"],
    [{ ...TWAP, over: "-1s" }, "over is -1s"],
    [{ ...TWAP, ovr: "1s" }, "it takes no ovr; did you mean over?"],
    [{ ...TWAP, rate: 0.1 }, "Cannot start twap: it takes no rate"],
    [{ ...TWAP, slice: "0s" }, "slice is 0s; it must be above 0"],
    [{ ...TWAP, slice: "1us" }, "which makes 10000000 of 10s; 10000 are the most"],
    [{ ...TWAP, rest: "markt" }, "rest is markt; did you mean market?"],
    [{ ...TWAP, style: "past" }, "style is past; did you mean post?"],
    [{ ...TWAP, limit: 10.5 }, "limit is 10.5; it must be a whole number of ticks"],
    [{ ...TWAP, jitter: 1.1 }, "jitter is 1.1; it must be from 0 to 1"],
    [{ ...TWAP, minSize: 5, maxSize: 4 }, "maxSize is 4; it must be minSize, 5, or more"],
    [{ ...TWAP, minNotional: -1 }, "minNotional is -1; it must be 0 or more"],
    [{ ...TWAP, algo: "vwap", curve: [] }, "curve is no list"],
    [{ ...TWAP, algo: "vwap", curve: [1, -1] }, "curve has -1"],
    [{ ...TWAP, algo: "vwap", curve: [0, 0] }, "curve is 0 throughout"],
    [{ ...TWAP, algo: "pov" }, "rate is missing; pov needs it"],
    [{ ...TWAP, algo: "pov", rate: 0 }, "rate is 0; it must be above 0 and at most 1"],
    [{ ...TWAP, algo: "is", impact: 1 }, "riskAversion is missing"],
    [{ ...TWAP, algo: "is", impact: 0, riskAversion: 1 }, "impact is 0; it must be above 0"],
    [{ ...TWAP, algo: "iceberg", limit: 5 }, "display is missing"],
    [{ ...TWAP, algo: "sniper" }, "limit is missing"],
    [{ ...TWAP, algo: "conditional" }, "when is missing"],
    [{ ...TWAP, algo: "conditional", when: { above: 1 }, then: 5 }, "then is 5"],
    [
      { ...TWAP, algo: "conditional", when: { above: 1 }, then: { algo: "conditional" } },
      "put both conditions into one",
    ],
    [{ ...TWAP, algo: "conditional", when: { above: 1 }, then: { algo: "pov" } }, "Cannot start pov: rate is missing"],
  ];
  for (const [request, message] of wrong) assertThrows(() => checkRequest(request as ParentRequest), Error, message);
  assertThrows(() => checkChange({ side: 1 } as never), TypeError, "Cannot amend a parent: it takes no side");
  assertThrows(() => checkChange({ size: 0 }), RangeError, "size is 0");
});
