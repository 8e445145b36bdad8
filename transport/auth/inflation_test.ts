import { assert, assertEquals, assertRejects } from "@std/assert";
import { deflateSync, gzipSync } from "node:zlib";
import { ProtocolError } from "../protocol/errors.ts";
import { inflated, type InflationLimits, type PackedFormat } from "./inflation.ts";

const MIB = 1_048_576;

/** Unpacks all, and counts: bytes that came out, pieces that were asked for, whether the source was let go. */
async function unpack(parts: Iterable<Uint8Array>, limits: InflationLimits, format: PackedFormat = "gzip") {
  const seen = { out: 0, asked: 0, ended: false, largest: 0, error: undefined as unknown };
  async function* source() {
    try {
      for (const part of parts) {
        seen.asked++;
        yield await Promise.resolve(part);
      }
    } finally {
      seen.ended = true;
    }
  }
  try {
    for await (const piece of inflated(source(), format, limits)) {
      seen.out += piece.length;
      seen.largest = Math.max(seen.largest, piece.length);
    }
  } catch (error) {
    seen.error = error;
  }
  return seen;
}

function codeOf(error: unknown): string {
  return error instanceof ProtocolError ? error.data.name : String(error);
}

Deno.test("inflated: what is packed comes out whole", async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const packed = { gzip: gzipSync(bytes), deflate: deflateSync(bytes) };
  for (const format of ["gzip", "deflate"] as const) {
    const { out, error } = await unpack([packed[format]], { bytesMax: 60_000 }, format);
    assertEquals([out, error], [60_000, undefined], format);
  }
});

Deno.test("inflated: a bomb is stopped early, by its ratio and by its bytes", async () => {
  const bomb = gzipSync(new Uint8Array(64 * MIB));
  const parts = Array.from(
    { length: Math.ceil(bomb.length / 4096) },
    (_, i) => bomb.subarray(i * 4096, (i + 1) * 4096),
  );
  const byRatio = await unpack(parts, { bytesMax: 1e9 });
  assertEquals(codeOf(byRatio.error), "TOO_LARGE");
  assert(byRatio.out <= 2 * MIB && byRatio.ended, `${byRatio.out}`);
  assert(byRatio.asked < parts.length, "the rest is not even read");
  const byBytes = await unpack(parts, { bytesMax: 4 * MIB, ratioMax: Infinity });
  assertEquals(codeOf(byBytes.error), "TOO_LARGE");
  assert(byBytes.out <= 4 * MIB && byBytes.largest <= 65_536, `${byBytes.out} ${byBytes.largest}`);
});

Deno.test("inflated: no gzip, cut short, or with something behind it", async () => {
  const packed = gzipSync(crypto.getRandomValues(new Uint8Array(5000)));
  for (
    const parts of [[new TextEncoder().encode("not packed at all")], [packed.subarray(0, 3000)], [
      packed,
      packed.subarray(1),
    ], [new Uint8Array([...packed, 1, 2, 3])]]
  ) {
    assertEquals(codeOf((await unpack(parts, { bytesMax: MIB })).error), "MALFORMED");
  }
});

Deno.test("inflated: an error of the source is its own", async () => {
  async function* broken() {
    yield await Promise.resolve(gzipSync(new Uint8Array(10)).subarray(0, 5));
    throw new RangeError("link was lost");
  }
  await assertRejects(() => Array.fromAsync(inflated(broken(), "gzip", { bytesMax: 10 })), RangeError, "link was lost");
});
