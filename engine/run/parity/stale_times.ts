import { AT_LOCAL, GAP, SNAPSHOT } from "../../core/event.ts";
import { TapeBuffer, type TapeReader } from "../../feed/tape_reader.ts";
import type { StaleTime } from "./causes.ts";

/** The end of all time, for what was never whole again. */
const NEVER = 2n ** 62n;

/** When what was seen of the instruments of tapes was not whole: from each gap to the next snapshot, by local time. */
export function staleTimes(tapes: readonly TapeReader[]): StaleTime[] {
  return tapes.flatMap((tape, instrument) => staleTimesOf(tape).map((time) => ({ instrument, ...time })));
}

function staleTimesOf(tape: TapeReader): Omit<StaleTime, "instrument">[] {
  const times: Omit<StaleTime, "instrument">[] = [], buffer = new TapeBuffer();
  let since: bigint | undefined;
  for (let index = 0; index < tape.batches; index++) {
    const { rows, kind, flags, local } = tape.batch(index, buffer);
    for (let row = 0; row < rows; row++) {
      if ((flags[row] & AT_LOCAL) === 0 || kind[row] !== (since === undefined ? GAP : SNAPSHOT)) continue;
      const at = BigInt(local[2 * row + 1]) * 4294967296n + BigInt(local[2 * row] >>> 0);
      if (since !== undefined) times.push({ from: since, to: at });
      since = since === undefined ? at : undefined;
    }
  }
  if (since !== undefined) times.push({ from: since, to: NEVER });
  return times;
}
