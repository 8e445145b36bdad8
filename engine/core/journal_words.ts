import { formatDecimal } from "./decimal.ts";
import { codeName } from "./codes.ts";
import type { Instrument } from "./instrument.ts";
import { instrumentNames } from "./instrument_names.ts";
import { SEVERITIES } from "./alerts.ts";
import {
  ACCOUNT_AFTER_FILL,
  ALERT,
  instrumentOfFill,
  ORDER_STATE,
  OWN_FILL,
  REFUSAL,
  stateOfFill,
} from "./recorder.ts";
import { STATE_NAMES } from "../oms/order_life.ts";

/** One output record, as a journal and a digest have it. */
export interface OutputRecord {
  readonly tag: number;
  readonly era: number;
  readonly ns: number;
  readonly order: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** What the words of records need to know of their session. */
export interface RecordNames {
  readonly instruments: readonly Instrument[];
  /** Decimals of each instrument's money. */
  readonly scales: ArrayLike<number>;
}

/**
 * An output record in words, without its time: "order 9 of ZEROUSD is New: buys 1 at 100.05".
 *
 * @example
 * ```ts
 * import { instrument } from "./instrument.ts";
 * import { recordWords } from "./journal_words.ts";
 * import { fillTag } from "./recorder.ts";
 * const zero = instrument({ symbol: "ZEROUSD", venue: "fixture", tick: "0.05", lot: "1" });
 * const record = { tag: 1, era: 0, ns: 0, order: 9, x: 2, y: 2001, z: 3 };
 * const words = recordWords(record, { instruments: [zero], scales: [8] });
 * if (words !== "order 9 of ZEROUSD is New: buys 3 at 100.05") throw new Error(words);
 * const fill = { ...record, tag: fillTag(6, 0), x: 2001, y: 3, z: 5_000_000 };
 * const filled = recordWords(fill, { instruments: [zero], scales: [8] });
 * if (filled !== "order 9 of ZEROUSD is Filled: bought 3 at 100.05, fee 0.05000000") throw new Error(filled);
 * ```
 */
export function recordWords(record: OutputRecord, names: RecordNames): string {
  const { tag, order, x, y, z } = record;
  switch (tag & 15) {
    case ORDER_STATE: {
      const index = Math.floor(x / 65536), instrument = names.instruments[index], code = Math.floor(x / 16) % 4096;
      const why = code === 0 ? "" : ` (${codeName(code)})`;
      const size = decimal(Math.abs(z), instrument?.lot);
      const does = `${z < 0 ? "sells" : "buys"} ${size}`;
      const price = y === 0 ? " at the market" : ` at ${decimal(y, instrument?.tick)}`;
      return `order ${order} of ${named(names, index)} is ${
        STATE_NAMES[x % 16] ?? `state ${x % 16}`
      }${why}: ${does}${price}`;
    }
    case OWN_FILL: {
      const at = instrumentOfFill(tag), instrument = names.instruments[at], state = stateOfFill(tag);
      const did = `${y < 0 ? "sold" : "bought"} ${decimal(Math.abs(y), instrument?.lot)} at ${
        decimal(x, instrument?.tick)
      }`;
      const fee = money(z >= HALF ? -1 : 0, z, names.scales[at] ?? 0);
      return `order ${order} of ${named(names, at)} is ${STATE_NAMES[state] ?? `state ${state}`}: ${did}, fee ${fee}`;
    }
    case ACCOUNT_AFTER_FILL: {
      const scale = names.scales[order] ?? 0;
      // The upper limbs of both amounts have the last 13 bits each of the tag's word.
      const balance = money((tag << 13) >> 19, y, scale), fees = money(tag >> 19, z, scale);
      return `account in ${named(names, order)}: position ${x}, balance ${balance}, fees ${fees}`;
    }
    case REFUSAL: {
      const instrument = names.instruments[z];
      const price = y === 0 ? "" : ` at ${decimal(y, instrument?.tick)}`;
      return `order ${order} of ${named(names, z)}${price} was refused: ${codeName(x)}`;
    }
    case ALERT:
      return `alert (${SEVERITIES[y] ?? y}): ${codeName(x)}${z < 0 ? "" : ` in ${named(names, z)}`}`;
    default:
      return `a record of an unknown kind, ${tag & 15}`;
  }
}

/** The low limb of money is below 2^52; a fee has only that, so that a rebate shows as the upper half. */
const HALF = 2 ** 51;
const LIMB = BigInt(2 ** 52);

function named({ instruments }: RecordNames, index: number): string {
  return instrumentNames(instruments)[index] ?? "no instrument of this session";
}

/** Ticks or lots in units of the instrument; the bare count where that is not known. */
function decimal(count: number, unit: Instrument["tick"] | undefined): string {
  return unit ? formatDecimal(BigInt(count) * BigInt(unit.mantissa), unit.decimals) : `${count}`;
}

function money(high: number, low: number, scale: number): string {
  return formatDecimal(BigInt(high) * LIMB + BigInt(low), scale);
}
