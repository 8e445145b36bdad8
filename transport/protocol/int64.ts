import * as v from "valibot";

const LEAST = -(2n ** 63n), MOST = 2n ** 63n - 1n;

/**
 * A 64-bit integer: a bigint in programs, a decimal string in JSON, int64 in MessagePack and Protobuf. Numbers are taken where
 * they are exact.
 */
export const int64 = v.pipe(
  v.union([
    v.bigint(),
    v.pipe(v.number(), v.safeInteger()),
    v.pipe(v.string(), v.regex(/^-?(0|[1-9]\d{0,18})$/, "a decimal integer of 64 bits")),
  ]),
  v.transform((value) => BigInt(value)),
  v.check((value) => value >= LEAST && value <= MOST, "an integer of 64 bits"),
);
