/** Converts a source, as often as it is told, and prints the speeds and the most memory this process had. */
import { convert } from "../../engine/run/convert.ts";
import { peakMegabytes } from "./child.ts";

const [source, format, out, times, tick, lot] = Deno.args;
const speeds: number[] = [];
let rows = 0, bytes = 0;
for (let i = 0; i < Number(times); i++) {
  const report = await convert({ sources: [source], format, out, tick, lot });
  speeds.push(report.megabytesPerSecond);
  rows = report.meta.rows;
  bytes = report.rawBytes;
}
console.log(JSON.stringify({ speeds, rows, bytes, megabytes: peakMegabytes() ?? null }));
