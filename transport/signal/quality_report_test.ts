import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readQualityReport } from "./quality_report.ts";

Deno.test("readQualityReport: figures as they are, and null for what is none", () => {
  const report = { peer: "host", rttMs: 12.5, jitterMs: null, loss: 0.5, buffered: 0, candidate: "relay" } as const;
  assertEquals(readQualityReport(report), report);
  const nothing = { peer: "host", rttMs: null, jitterMs: null, loss: null, buffered: null, candidate: null };
  assertEquals(readQualityReport({ peer: "host", rttMs: -1, jitterMs: "1", loss: 1.1, buffered: NaN }), nothing);
});

Deno.test("readQualityReport: whatever a heartbeat holds, only bounded figures come out", () => {
  for (const payload of [undefined, null, 7, "text", [], {}, { peer: 7 }, { peer: "x".repeat(65) }]) {
    assertEquals(readQualityReport(payload), undefined);
  }
  const payload = fc.record({
    peer: fc.string({ maxLength: 64 }),
    rttMs: fc.anything(),
    loss: fc.anything(),
    candidate: fc.anything(),
  });
  fc.assert(
    fc.property(payload, (given) => {
      const { rttMs, loss } = readQualityReport(given)!;
      assert((rttMs === null || Number.isFinite(rttMs)) && (loss === null || (loss >= 0 && loss <= 1)));
    }),
    { seed: 4 },
  );
});
