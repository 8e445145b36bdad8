import { BUY, CLEAR, DEPTH, SELL, SNAPSHOT, TRADE } from "../../engine/core/event.ts";
import { instrument } from "../../engine/core/instrument.ts";
import { RowBuffer } from "../../engine/feed/row_buffer.ts";
import type { TapeReader } from "../../engine/feed/tape_reader.ts";
import { BATCH_ROWS, type TapeMeta } from "../../engine/feed/tape_schema.ts";
import { type TapeFile, TapeWriter } from "../../engine/feed/tape_writer.ts";
import { convert } from "../../engine/run/convert.ts";
import { openTape } from "../../engine/run/open_tape.ts";
import { sha256 } from "../../engine/run/sha256.ts";
import { FIXTURES } from "../../fixtures/mod.ts";
import { DiskFile } from "../../engine/run/disk_file.ts";
import { sharedData } from "../shared_data.ts";

/** Rows of the tape that is repeated, where it is made and not recorded: as many as are in the recorded one. */
const BASE_ROWS = 491_973;

/** The L2 tape that benches repeat: recorded BTCUSDT where it is at hand, else the made market, as long. */
export async function baseTape(folder: string): Promise<{ path: string; name: string }> {
  const path = `${folder}/base.arrow`;
  const npz = sharedData("hftbacktest/usdm_btcusdt_20240808.npz");
  if (npz === undefined) {
    using file = new DiskFile(path);
    FIXTURES.find(({ name }) => name === "market_l2")!.make({ seed: 7, rows: BASE_ROWS }, [file]);
    return { path, name: "the made market (no recorded tape is at hand)" };
  }
  const spec = { symbol: "BTCUSDT", venue: "binance-usdm", currency: "USDT" };
  await convert({ sources: [npz], format: "hftbacktest", out: path, tick: "0.1", lot: "0.001", instrument: spec });
  return { path, name: "BTCUSDT perpetual, recorded" };
}

/** Writes a tape `times` over, each a millisecond behind the last, as one tape. */
export function repeatTape(base: TapeReader, times: number, file: TapeFile): TapeMeta {
  const { span, instrument, gaps, skew, source } = base.meta;
  if (span === undefined) throw new RangeError("Cannot repeat an empty tape");
  const ends = [span.exchangeFirst, span.localFirst, span.exchangeLast, span.localLast].map(BigInt);
  const first = ends[0] < ends[1] ? ends[0] : ends[1], last = ends[2] > ends[3] ? ends[2] : ends[3];
  const writer = new TapeWriter(file, "l2");
  const buffer = new RowBuffer("l2");
  for (let i = 0; i < times; i++) {
    const shift = BigInt(i) * (last - first + 1_000_000n);
    for (let batch = 0; batch < base.batches; batch++) append(base, batch, shift, buffer, writer);
  }
  writer.write(buffer);
  return writer.finish({ instrument, gaps, skew: { policy: skew.policy, shiftNs: 0 }, source }, sha256());
}

/** Adds a batch to what `buffer` holds; full ones are written. */
function append(base: TapeReader, index: number, shift: bigint, buffer: RowBuffer, writer: TapeWriter): void {
  const batch = base.batch(index);
  const wide = [batch.exchange, batch.local, batch.price, batch.size];
  const narrow = [batch.kind, batch.side, batch.flags];
  for (let from = 0; from < batch.rows;) {
    const at = buffer.rows;
    const rows = Math.min(batch.rows - from, BATCH_ROWS - at);
    wide.forEach((column, i) => buffer.int64[i].set(column.subarray(2 * from, 2 * (from + rows)), 2 * at));
    narrow.forEach((column, i) => buffer.bytes[i].set(column.subarray(from, from + rows), at));
    for (const column of [buffer.int64[0], buffer.int64[1]]) {
      const times = new BigInt64Array(column.buffer, column.byteOffset + 8 * at, rows);
      for (let row = 0; row < rows; row++) times[row] += shift;
    }
    buffer.rows = at + rows;
    from += rows;
    if (buffer.rows === BATCH_ROWS) writer.write(buffer);
  }
}

/** hftbacktest's numbers of kinds, sides and clocks. */
const THEIR_KINDS: Readonly<Record<number, bigint>> = { [DEPTH]: 1n, [TRADE]: 2n, [CLEAR]: 3n, [SNAPSHOT]: 4n };
const THEIR_SIDES: Readonly<Record<number, bigint>> = { [BUY]: 1n << 29n, [SELL]: 1n << 28n };

/** Writes a tape's rows as hftbacktest has them in memory, 64 bytes a row, so that both run on the same. */
export function writeForHftbacktest(path: string, to: string): { tick: number; lot: number; highest: number } {
  const tape = openTape(path);
  using file = Deno.openSync(to, { write: true, create: true, truncate: true });
  const { tickSize, lotSize } = instrument(tape.reader.meta.instrument);
  let highest = 0;
  for (let index = 0; index < tape.reader.batches; index++) {
    const { rows, exchange, local, price, size, kind, side, flags } = tape.reader.batch(index);
    const out = new DataView(new ArrayBuffer(64 * rows));
    const number = (column: Int32Array, i: number) => column[2 * i + 1] * 4294967296 + (column[2 * i] >>> 0);
    const word = (column: Int32Array, i: number) => (BigInt(column[2 * i + 1]) << 32n) | BigInt(column[2 * i] >>> 0);
    for (let i = 0; i < rows; i++) {
      const clocks = (BigInt(flags[i] & 1) << 31n) | (BigInt(flags[i] & 2) << 29n);
      out.setBigUint64(64 * i, THEIR_KINDS[kind[i]] | (THEIR_SIDES[side[i]] ?? 0n) | clocks, true);
      out.setBigInt64(64 * i + 8, word(exchange, i), true);
      out.setBigInt64(64 * i + 16, word(local, i), true);
      out.setFloat64(64 * i + 24, number(price, i) * tickSize, true);
      out.setFloat64(64 * i + 32, number(size, i) * lotSize, true);
      highest = Math.max(highest, number(price, i) * tickSize);
    }
    const bytes = new Uint8Array(out.buffer);
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
  }
  tape.close();
  return { tick: tickSize, lot: lotSize, highest };
}
