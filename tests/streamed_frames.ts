import { openSource } from "../engine/run/open_source.ts";

const STREAM = '{"stream":"';

/** Counts, by instrument as its streams name it, the frames of Binance's streams in the frames of a recording's folder. */
export async function streamedFrames(folder: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { name } of Deno.readDirSync(`${folder}/frames`)) {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const piece of openSource(`${folder}/frames/${name}`)) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const at = line.indexOf(STREAM);
        if (at < 0) continue;
        const symbol = line.slice(at + STREAM.length, line.indexOf("@", at)).toUpperCase();
        counts.set(symbol, 1 + (counts.get(symbol) ?? 0));
      }
    }
  }
  return counts;
}
