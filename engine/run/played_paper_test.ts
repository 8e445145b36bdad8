import { assert, assertEquals } from "@std/assert";
import touchMaker from "../../strategies/touch_maker.ts";
import { MemoryFile } from "../feed/memory_file.ts";
import { backtest } from "./backtest.ts";
import { openTape } from "./open_tape.ts";
import { playedPaper, tapeTime } from "./played_paper.ts";
import { TapeReader } from "../feed/tape_reader.ts";

Deno.test("playedPaper: at whatever speed, whoever looks when, it comes to the same as its recording, and the tape", () => {
  const { reader: tape, close } = openTape("fixtures/data/market_l2.arrow");
  const options = { strategy: touchMaker, latency: "order=1ms,response=1ms", lateKnowledge: { silence: "10ms" } };
  const plain = backtest({ ...options, tape });
  for (const [speed, leapMs] of [[1, 1e9], [600, 0.7], [1e4, 3]] as const) {
    let ms = 0;
    const now = tapeTime([tape], { speed, nowMs: () => ms }), file = new MemoryFile("seen");
    const { paper, frames } = playedPaper({ ...options, tapes: [tape], files: [file], now });
    const begins = frames.next;
    while (paper.advance()) ms += leapMs;
    const result = paper.finish(), recorded = backtest({ ...options, tape: new TapeReader(file) });
    assertEquals([result.digest, result.late], [plain.digest, plain.late]);
    assertEquals([recorded.digest, recorded.run.tapes[0].hash], [plain.digest, tape.meta.sha256]);
    assertEquals([begins, frames.next], [BigInt(tape.meta.span!.localFirst), undefined]);
  }
  assert(plain.late!.answers > 10);
  close();
});
