import { assertEquals } from "@std/assert";
import { sharedData } from "../../tests/shared_data.ts";
import { convert } from "./convert.ts";
import { inspect } from "./inspect.ts";

/** One capture of each format: what to take from it, and what the tape must be. */
const CAPTURES: readonly {
  readonly format: string;
  readonly files: readonly string[];
  readonly symbol?: string;
  readonly layout: string;
  readonly counts: Readonly<Record<string, number>>;
  /** What tick is learned, where hidden orders trade between the ticks: how many prints are left out, and the first one's place. */
  readonly hidden?: { readonly tick: string; readonly count: number; readonly place: number; readonly price: string };
}[] = [
  {
    format: "lobster",
    files: ["lobster/AMZN_2012-06-21_34200000_57600000_message_1.csv.gz"],
    layout: "l3",
    counts: { trade: 2382, add: 27_845, cancel: 18_251, execute: 8974 },
    hidden: { tick: "0.01", count: 63, place: 580, price: "223.795" },
  },
  { format: "bars", files: ["bars/GOOG.csv"], layout: "bars", counts: { bar: 2148 } },
  {
    format: "databento",
    files: ["databento/ARL_20250717_mbo.csv.gz"],
    layout: "l3",
    counts: { trade: 28, clear: 1, add: 2915, cancel: 2902, execute: 11 },
    hidden: { tick: "0.01", count: 7, place: 1436, price: "13.575" },
  },
  {
    format: "kraken",
    files: [48, 49, 50].map((n) => `cryptofeed/KRAKEN.ws.${n}.0.gz`),
    symbol: "XMR/USD",
    layout: "l2",
    counts: { depth: 847, trade: 4, clear: 1, snapshot: 1083 },
  },
  {
    format: "okx",
    files: ["cryptofeed/OKX.ws.1.0.gz"],
    symbol: "BTC-USDT",
    layout: "l2",
    counts: { depth: 4168, trade: 72, clear: 1, snapshot: 800 },
  },
];

for (const { format, files, symbol, layout, counts, hidden } of CAPTURES) {
  const sources = files.map(sharedData).filter((path) => path !== undefined);
  const ignore = sources.length < files.length;
  Deno.test({
    name: `convert: ${format}, a real capture by its format's name${ignore ? " (ignored: no shared data)" : ""}`,
    ignore,
    fn: async () => {
      const folder = await Deno.makeTempDir();
      try {
        const out = `${folder}/x.arrow`;
        await convert({ sources, format, out, instrument: symbol ? { symbol } : {} });
        const { meta, hash } = inspect(out, { checkHash: true });
        assertEquals([meta.layout, meta.counts, hash?.equal], [layout, counts, true]);
        const { count = 0, first } = meta.printsOffGrid ?? {};
        assertEquals(count, hidden?.count ?? 0);
        if (hidden) {
          const { tick, place, price } = hidden;
          assertEquals([meta.instrument.tick, first!.place, first!.price], [tick, place, price]);
          // What the user says of the tick changes nothing.
          const given = await convert({ sources, format, out, tick });
          assertEquals([given.meta.sha256, given.meta.printsOffGrid], [meta.sha256, meta.printsOffGrid]);
        }
        if (symbol) assertEquals(meta.instrument.symbol, symbol);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
