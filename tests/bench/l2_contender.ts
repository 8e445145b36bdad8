/**
 * touch_maker over an L2 tape, for benches that take turns: the tape's path and how often it is repeated are arguments; it
 * prints a line of JSON when it is ready, and one for each line it reads, such as {"queue": "risk", "from": "memory"}.
 *
 * Everything that a run has is on: risk, account, curve, digest, and the journal, whose bytes are hashed and dropped.
 */
import { BytesSource } from "../../engine/feed/byte_source.ts";
import { MemoryFile } from "../../engine/feed/memory_file.ts";
import { TapeReader } from "../../engine/feed/tape_reader.ts";
import { backtest } from "../../engine/run/backtest.ts";
import { openTape } from "../../engine/run/open_tape.ts";
import { sha256 } from "../../engine/run/sha256.ts";
import touchMaker from "../../strategies/touch_maker.ts";
import { BufferedLines } from "./lines.ts";
import { repeatTape } from "./tapes.ts";

const [path, times] = Deno.args;
const base = openTape(path);
const file = new MemoryFile();
repeatTape(base.reader, Number(times), file);
base.close();
// Cut to its size: a growing file has up to twice the room it needs.
const bytes = file.bytes.slice();
const onDisk = path.replace(/\.arrow$/, "_repeated.arrow");
Deno.writeFileSync(onDisk, bytes);
const inMemory = new TapeReader(new BytesSource(bytes));
console.log(JSON.stringify({ ready: 1 }));

const lines = new BufferedLines(Deno.stdin.readable);
for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
  const { queue, from } = JSON.parse(line);
  const { events, seconds, trades, position, fees } = backtest({
    strategy: touchMaker,
    tape: from === "memory" ? inMemory : onDisk,
    queue,
    latency: "10ms",
    fees: "maker=0.0002,taker=0.0007",
    fills: "whole",
    journal: { sink: { write: () => {} }, hasher: sha256 },
  });
  console.log(JSON.stringify({ rows: events, seconds, trades, position, fees }));
}
