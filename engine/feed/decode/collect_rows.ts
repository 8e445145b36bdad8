/** For tests: a sink that keeps what decoders give it. */
import type { InstrumentSpec } from "../../core/instrument.ts";
import { KIND_NAMES, LAST } from "../../core/event.ts";
import type { DecoderOptions, Gap, PrintOffGrid } from "../decoder.ts";
import { Grid } from "../grid.ts";
import { Row } from "../row.ts";

/** A sink with everything that came. */
export interface Collected {
  readonly options: DecoderOptions;
  readonly rows: Row[];
  readonly facts: Partial<InstrumentSpec>;
  readonly gaps: Gap[];
  readonly prints: PrintOffGrid[];
  /** Rows as text: "add +1 100x5 #7.0 last". */
  texts(): string[];
}

/** Decoder options of tick 10^-`decimals` and lot 1 that collect all rows. */
export function collectRows(symbol?: string, decimals = 2): Collected {
  const row = new Row(),
    rows: Row[] = [],
    facts: Partial<InstrumentSpec> = {},
    gaps: Gap[] = [],
    prints: PrintOffGrid[] = [];
  const options: DecoderOptions = {
    sink: { row, add: () => rows.push(Object.assign(new Row(), row)) },
    tick: new Grid("tick", { mantissa: 1, decimals }),
    lot: new Grid("lot", { mantissa: 1, decimals: 0 }),
    ...(symbol !== undefined && { symbol }),
    describe: (more) => Object.assign(facts, more),
    gap: (gap) => gaps.push(gap),
    printOffGrid: (print) => prints.push(print),
  };
  return { options, rows, facts, gaps, prints, texts: () => rows.map(rowText) };
}

function rowText(row: Row): string {
  const id = row.idLow === 0 && row.idHigh === 0 ? "" : ` #${row.idHigh}.${row.idLow}`;
  return `${KIND_NAMES[row.kind]} ${row.side} ${row.price}x${row.size}${id}${row.flags & LAST ? " last" : ""}`;
}

/** Feeds bytes to a decoder in pieces of `size`, then ends it. */
export function feed(
  decoder: { push(bytes: Uint8Array): void; end(): void },
  bytes: Uint8Array | string,
  size = 1 << 20,
): void {
  const all = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  for (let at = 0; at < all.length; at += size) decoder.push(all.slice(at, at + size));
  decoder.end();
}
