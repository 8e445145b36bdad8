import { ADD, AT_EXCHANGE, AT_LOCAL, BUY, CANCEL, EXECUTE, LAST, NONE, SELL, STATUS, TRADE } from "../../core/event.ts";
import { POWERS_OF_TEN } from "../../core/decimal.ts";
import type { Decoder, DecoderOptions } from "../decoder.ts";
import { Fields } from "./fields.ts";
import { LineReader } from "./lines.ts";
import { printUnitsAt, unitsAt } from "./place.ts";
import { easternOffsetSec, parseDate } from "./time.ts";

/** LOBSTER's message types. */
export const SUBMISSION = 1, PARTIAL_CANCEL = 2, DELETION = 3, VISIBLE_EXECUTION = 4;
export const HIDDEN_EXECUTION = 5, CROSS_TRADE = 6, HALT = 7;

/** What a LOBSTER file's name says: `AMZN_2012-06-21_34200000_57600000_message_1.csv`. */
export interface LobsterName {
  readonly symbol: string;
  /** "2012-06-21", a day of US Eastern time. */
  readonly date: string;
  readonly role: "message" | "orderbook";
  /** Price levels of the order book file. */
  readonly levels: number;
}

/** Reads a LOBSTER file's name, with or without folders and ".gz"; undefined where it is not of that form. */
export function lobsterName(fileName: string): LobsterName | undefined {
  const base = fileName.replace(/^.*[/\\]/, "");
  const match = /^(.+)_(\d{4}-\d{2}-\d{2})_\d+_\d+_(message|orderbook)_(\d+)\.csv/i.exec(base);
  if (!match) return undefined;
  return {
    symbol: match[1],
    date: match[2],
    role: match[3].toLowerCase() === "message" ? "message" : "orderbook",
    levels: Number(match[4]),
  };
}

/** What {@linkcode lobsterDecoder} is given. */
export interface LobsterOptions extends DecoderOptions {
  /** The message file's name, which holds symbol and date. */
  readonly fileName: string;
  /** The day, "2012-06-21", where the name does not say. */
  readonly date?: string;
}

/**
 * Decodes a LOBSTER message file into L3 rows.
 *
 * - 1 is ADD; 2 and 3 are CANCEL of the lots that leave; 4 is EXECUTE on the resting order, one row, which is the trade's
 *   print too; 5 (a hidden order traded) is TRADE by the side opposite to the resting one; 6 (an auction) is TRADE of side
 *   NONE; 7 is STATUS, open only when its price says that trading resumed (1), not for quoting (0) or a halt (−1).
 * - The tick is learned from 1 to 4. A 5 or 6 between two ticks, such as a midpoint at half a cent, is left out and counted.
 * - Times are seconds after midnight in New York; there is one time, so local time is exchange time.
 * - Orders that rested before the file began have no ADD. Their cancels and executions are passed on, and a book that does
 *   not know the id counts and ignores them: what stood at the start is not in a message file.
 *
 * Throws RangeError when neither name nor options tell the date; from `push` and `end` SourceError with the line.
 *
 * @example
 * ```ts
 * import { Grid } from "../grid.ts";
 * import { Row } from "../row.ts";
 * import { lobsterDecoder } from "./lobster.ts";
 * const row = new Row();
 * const decoder = lobsterDecoder({
 *   fileName: "AMZN_2012-06-21_34200000_57600000_message_1.csv",
 *   sink: { row, add: () => {} },
 *   tick: new Grid("tick", { mantissa: 1, decimals: 2 }),
 *   lot: new Grid("lot", { mantissa: 1, decimals: 0 }),
 *   describe: () => {},
 *   gap: () => {},
 * });
 * decoder.push(new TextEncoder().encode("34200.18960767,1,11885113,21,2238100,1\n"));
 * decoder.end();
 * if (row.price !== 22381 || row.exchangeSec !== 1340285400 || row.idLow !== 11885113) throw new Error("unexpected");
 * ```
 */
export function lobsterDecoder(options: LobsterOptions): Decoder {
  return new LobsterDecoder(options);
}

class LobsterDecoder implements Decoder {
  readonly #options: LobsterOptions;
  readonly #midnightSec: number;
  readonly #fields = new Fields();
  readonly #lines = new LineReader((bytes, start, end, line) => this.#line(bytes, start, end, line));

  constructor(options: LobsterOptions) {
    this.#options = options;
    const name = lobsterName(options.fileName);
    if (name?.role === "orderbook") {
      throw new RangeError(
        `Cannot read ${options.fileName} as LOBSTER messages: it is an order book file; give the message file of that day`,
      );
    }
    const date = options.date ?? name?.date;
    if (date === undefined) {
      throw new RangeError(
        `Cannot read ${options.fileName} as LOBSTER: its times are seconds of a day, and its name does not hold the day; ` +
          "give it as --date 2012-06-21",
      );
    }
    const days = parseDate(date);
    this.#midnightSec = days * 86400 + easternOffsetSec(days);
    const symbol = options.symbol ?? name?.symbol;
    options.describe({ ...(symbol !== undefined && { symbol }), venue: "nasdaq", currency: "USD", kind: "linear" });
  }

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
  }

  end(): void {
    this.#lines.end();
  }

  #line(bytes: Uint8Array, start: number, end: number, line: number): void {
    const fields = this.#fields, { sink } = this.#options, row = sink.row;
    fields.split(bytes, start, end, line);
    if (fields.count < 6) {
      fields.fail(`it has ${fields.count} fields, not 6`, "is this a LOBSTER message file?");
    }
    fields.decimal(0, "time");
    const { mantissa, decimals } = fields;
    if (mantissa < 0 || decimals > 9) fields.fail(`time is ${fields.text(0)}, not seconds after midnight`);
    const perSec = POWERS_OF_TEN[decimals];
    const sec = Math.floor(mantissa / perSec);
    row.exchangeSec = row.localSec = this.#midnightSec + sec;
    row.exchangeNs = row.localNs = (mantissa - sec * perSec) * POWERS_OF_TEN[9 - decimals];
    row.flags = AT_EXCHANGE | AT_LOCAL | LAST;
    row.place = line;

    const type = fields.integer(1, "type");
    // Only the four kinds of visible order name one; the others have 0 or -1 there.
    row.idLow = row.idHigh = 0;
    if (type <= VISIBLE_EXECUTION) {
      fields.id(2, "order id");
      row.idLow = fields.idLow;
      row.idHigh = fields.idHigh;
    }
    const size = fields.integer(3, "size"), price = fields.integer(4, "price"), side = fields.integer(5, "side");
    if (type === HALT) return this.#status(price);
    if (side !== BUY && side !== SELL) fields.fail(`side is ${side}, not 1 or -1`);
    if (size <= 0) fields.fail(`size is ${size}, not above 0`);
    if (price <= 0) fields.fail(`price is ${price}, not above 0`);
    const isPrint = type === HIDDEN_EXECUTION || type === CROSS_TRADE;
    row.price = isPrint
      ? printUnitsAt(this.#options, price, 4, line)
      : unitsAt(this.#options.tick, price, 4, "price", line);
    if (Number.isNaN(row.price)) return;
    row.size = unitsAt(this.#options.lot, size, 0, "size", line);
    row.side = side;
    switch (type) {
      case SUBMISSION:
        row.kind = ADD;
        break;
      case PARTIAL_CANCEL:
      case DELETION:
        row.kind = CANCEL;
        break;
      case VISIBLE_EXECUTION:
        row.kind = EXECUTE;
        break;
      case HIDDEN_EXECUTION:
      case CROSS_TRADE:
        row.kind = TRADE;
        row.side = type === HIDDEN_EXECUTION ? -side : NONE;
        break;
      default:
        fields.fail(`type is ${type}, not 1 to 7`);
    }
    sink.add();
  }

  #status(price: number): void {
    const { row } = this.#options.sink;
    row.kind = STATUS;
    row.side = NONE;
    row.price = 0;
    row.size = price === 1 ? 1 : 0;
    this.#options.sink.add();
  }
}
