/**
 * How fast Binance captures are decoded, in a capture made here: `deno bench engine/feed/decode/binance_bench.ts`.
 *
 * The bytes are in memory and rows are counted, not kept. One turn is one whole capture of the size that the name says.
 */
import { Grid } from "../grid.ts";
import { Row } from "../row.ts";
import { binanceDecoder } from "./binance.ts";

const LINES = 40_000;
const CHUNK = 1 << 16;

/** A capture in the proportions of a busy perpetual: of 14 lines one depth update of 70 levels, three trades, ten tickers. */
function capture(): Uint8Array {
  let state = 7;
  const random = (n: number) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % n;
  const decimal = (n: number, part: number) => (n / 10 ** part).toFixed(part);
  const levels = () =>
    Array.from({ length: 35 }, () => `["${decimal(600000 + random(20000), 1)}0","${decimal(random(4000), 3)}"]`).join(
      ",",
    );
  const lines: string[] = [];
  let id = 5123107831937;
  for (let i = 0; i < LINES; i++) {
    const ms = 1723161256298 + i, stamp = `${1723161255030314667n + BigInt(i) * 1000000n}`;
    const kind = i % 14;
    if (kind === 0) {
      const previous = id;
      id += 1 + random(5000);
      lines.push(
        `${stamp} {"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":${ms},"T":${ms},"s":"BTCUSDT",` +
          `"U":${previous + 1},"u":${id},"pu":${previous},"b":[${levels()}],"a":[${levels()}]}}`,
      );
    } else if (kind < 4) {
      lines.push(
        `${stamp} {"stream":"btcusdt@trade","data":{"e":"trade","E":${ms},"T":${ms},"s":"BTCUSDT","t":${
          5266583935 + i
        },` +
          `"p":"61800.30","q":"${decimal(random(4000) + 1, 3)}","X":"MARKET","m":${random(2) === 0}}}`,
      );
    } else {
      lines.push(
        `${stamp} {"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":${id},"s":"BTCUSDT","b":"61800.20",` +
          `"B":"2.507","a":"61800.30","A":"2.510","T":${ms},"E":${ms}}}`,
      );
    }
  }
  return new TextEncoder().encode(lines.join("\n") + "\n");
}

const bytes = capture();

Deno.bench(`binanceDecoder: ${(bytes.length / 1e6).toFixed(1)} MB of text`, () => {
  let rows = 0;
  const decoder = binanceDecoder({
    sink: { row: new Row(), add: () => void rows++ },
    tick: new Grid("tick", { mantissa: 1, decimals: 1 }),
    lot: new Grid("lot", { mantissa: 1, decimals: 3 }),
    describe: () => {},
    gap: () => {},
  });
  for (let at = 0; at < bytes.length; at += CHUNK) decoder.push(bytes.subarray(at, at + CHUNK));
  decoder.end();
  if (rows < LINES) throw new Error(`${rows} rows`);
});
