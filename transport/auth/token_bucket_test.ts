import { assertEquals } from "@std/assert";
import { TokenBucket } from "./token_bucket.ts";

function taken(bucket: TokenBucket, ms: number, factor: number): number {
  let count = 0;
  for (let now = 0; now < ms; now++) if (bucket.take(1, now, factor) === 0) count++;
  return count;
}

Deno.test("TokenBucket: so many a second, and a share of that under load", () => {
  const counts = [1, 0.625, 0.25].map((factor) =>
    taken(new TokenBucket({ perSecond: 100, burst: 20 }, 0), 10_000, factor)
  );
  assertEquals(counts.map((count) => Math.round(count / 25)), [41, 25, 10]);
});

Deno.test("TokenBucket: what was not used counts up to the burst, and a clock that goes back gives nothing", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0);
  for (let i = 0; i < 3; i++) assertEquals(bucket.take(1, 100_000), 0);
  assertEquals([bucket.take(1, 100_000), bucket.take(1, 50_000), bucket.take(1, 100_000)], [100, 100, 100]);
  assertEquals([bucket.isFull(100_299), bucket.isFull(100_300)], [false, true]);
});

Deno.test("TokenBucket: what counts for more waits for more, but not for more than there can be", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 0);
  assertEquals(bucket.take(20, 0), 0);
  assertEquals([bucket.wait(1, 0), bucket.take(1, 0), bucket.take(1, 1600)], [1600, 1600, 0]);
});
