import type { Side } from "../../core/event.ts";
import { SourceError } from "../decoder.ts";
import { decimalAt } from "./digits.ts";

/** A level or a trade as text, on its way to a row. */
export interface TextLevel {
  readonly side: Side;
  readonly price: string;
  readonly size: string;
}

/**
 * A price and a size of JSON as they were sent, which checksums are over. Throws SourceError with the line where one is no decimal, or
 * the size, which is called `sizeName` there, is below 0.
 */
export function textLevel(
  [price, size]: readonly [price: unknown, size: unknown],
  side: Side,
  line: number,
  sizeName = "size",
): TextLevel {
  decimalAt(price, "price", line);
  if (decimalAt(size, sizeName, line).mantissa < 0) throw badField(sizeName, size, line);
  return { side, price: String(price), size: String(size) };
}

/** The error for a field of a message that is not what it must be. */
export function badField(name: string, value: unknown, line: number): SourceError {
  return new SourceError(
    `${name} is ${JSON.stringify(value)?.slice(0, 60) ?? "missing"}`,
    line,
    "repair or drop the line",
  );
}
