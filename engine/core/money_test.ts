import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Money } from "./money.ts";

/** The lowest high limb is -(2^52 - 1), so the range ends a limb earlier below zero. */
const LOWEST = -(2n ** 52n - 1n) * 2n ** 52n;
const LIMIT = (2n ** 52n - 1n) * 2n ** 52n + (2n ** 52n - 1n);
const integer = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }),
  fc.maxSafeInteger(),
  fc.constantFrom(
    2 ** 26,
    2 ** 31,
    2 ** 31 + 1,
    2 ** 52,
    2 ** 52 - 1,
    2 ** 53 - 1,
    -(2 ** 52),
    -(2 ** 53 - 1),
    0,
    1,
    -1,
  ),
);
const amount = fc.oneof(
  fc.bigInt({ min: LOWEST, max: LIMIT }),
  fc.maxSafeInteger().map(BigInt),
  fc.integer({ min: -1000, max: 1000 }).map(BigInt),
  fc.constantFrom(LIMIT, LOWEST, 2n ** 52n, -(2n ** 52n), 2n ** 53n - 1n),
);

/** Runs both and asks for the same amount, or for RangeError and an untouched amount where BigInt leaves the range. */
function agrees(start: bigint, act: (money: Money) => Money, expected: bigint): void {
  const money = Money.fromBigInt(start);
  if (expected > LIMIT || expected < LOWEST) {
    assertThrows(() => act(money), RangeError, "Cannot hold the amount");
    assertEquals(money.toBigInt(), start);
    return;
  }
  act(money);
  assertEquals(money.toBigInt(), expected);
  const { hi, lo } = Money.fromBigInt(expected);
  assertEquals(Object.is(money.hi, hi) && Object.is(money.lo, lo), true, "the limbs are the only ones of their amount");
}

function rounded(value: bigint, n: bigint, d: bigint): bigint {
  const product = value * n * (d < 0n ? -1n : 1n);
  const divisor = d < 0n ? -d : d;
  const size = product < 0n ? -product : product;
  const quotient = (size * 2n + divisor) / (divisor * 2n);
  return product < 0n ? -quotient : quotient;
}

const RUNS = { numRuns: 5000 };

Deno.test("Money: add, subtract, negate, absolute and compare are BigInt's", () => {
  fc.assert(
    fc.property(amount, amount, (a, b) => {
      const other = Money.fromBigInt(b);
      agrees(a, (money) => money.add(other), a + b);
      agrees(a, (money) => money.subtract(other), a - b);
      agrees(a, (money) => money.negate(), -a);
      agrees(a, (money) => money.absolute(), a < 0n ? -a : a);
      agrees(a, (money) => money.add(money), a + a);
      agrees(a, (money) => money.subtract(money), 0n);
      const one = Money.fromBigInt(a);
      assertEquals(one.compare(other), a < b ? -1 : a > b ? 1 : 0);
      assertEquals(one.equals(other), a === b);
      assertEquals(one.sign(), a < 0n ? -1 : a > 0n ? 1 : 0);
      assertEquals(one.isZero(), a === 0n);
    }),
    RUNS,
  );
});

Deno.test("Money: addProduct and addProduct3 are BigInt's, also over 2^53", () => {
  fc.assert(
    fc.property(amount, integer, integer, integer, (start, a, b, c) => {
      // A product that leaves the range throws even where the amount would bring the sum back into it.
      const two = BigInt(a) * BigInt(b);
      const three = two * BigInt(c);
      if (two <= LIMIT && two >= -LIMIT) agrees(start, (money) => money.addProduct(a, b), start + two);
      else assertThrows(() => Money.fromBigInt(start).addProduct(a, b), RangeError);
      if (three > LIMIT || three < -LIMIT) {
        assertThrows(() => Money.fromBigInt(start).addProduct3(a, b, c), RangeError);
      } else if (two <= LIMIT && two >= -LIMIT) agrees(start, (money) => money.addProduct3(a, b, c), start + three);
    }),
    RUNS,
  );
});

Deno.test("Money: mulDiv rounds half away from zero, on each of its three paths", () => {
  fc.assert(
    fc.property(amount, integer, integer.filter((d) => d !== 0), (start, n, d) => {
      agrees(start, (money) => money.mulDiv(n, d), rounded(start, BigInt(n), BigInt(d)));
    }),
    RUNS,
  );
  const medium = fc.integer({ min: 1, max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(amount, medium, medium, (start, n, d) => {
      agrees(start, (money) => money.mulDiv(n, d), rounded(start, BigInt(n), BigInt(d)));
    }),
    RUNS,
  );
  for (
    const [value, n, d, expected] of [[1, 1, 2, 1n], [-1, 1, 2, -1n], [5, 1, 10, 1n], [-5, 1, 10, -1n], [
      4,
      1,
      10,
      0n,
    ]] as const
  ) {
    assertEquals(Money.of(value).mulDiv(n, d).toBigInt(), expected, `${value} × ${n} ÷ ${d}`);
  }
  // Quotients about one limb and below two, where a limb is carried.
  for (const value of [2 ** 51, 2 ** 51 + 1, 3 * 2 ** 50, 2 ** 52 - 1]) {
    for (const n of [2, -2]) {
      agrees(BigInt(value), (money) => money.mulDiv(n, 1), BigInt(value) * BigInt(n));
      agrees(BigInt(-value), (money) => money.mulDiv(n, 1), BigInt(-value) * BigInt(n));
    }
  }
});

Deno.test("Money: toNumber is the nearest float of the exact decimal", () => {
  fc.assert(
    fc.property(amount, fc.integer({ min: 0, max: 18 }), (value, scale) => {
      const money = Money.fromBigInt(value);
      const text = money.toString(scale);
      assertEquals(money.toNumber(scale), Number(text) + 0);
      assertEquals(BigInt(text.replace(".", "")), value);
    }),
    RUNS,
  );
});

Deno.test("Money: limbs go out and come back", () => {
  fc.assert(fc.property(amount, (value) => {
    const { hi, lo } = Money.fromBigInt(value);
    assertEquals(new Money().setLimbs(hi, lo).toBigInt(), value);
    assertEquals(new Money().set(Money.fromBigInt(value)).toBigInt(), value);
  }));
  assertThrows(() => new Money().setLimbs(0, -1), RangeError, "limbs are 0 and -1");
  assertThrows(() => new Money().setLimbs(2 ** 52, 0), RangeError, "2^104");
  assertEquals(Object.is(new Money().setLimbs(-0, -0).hi, 0), true);
});

Deno.test("Money: parse reads decimals exactly and refuses those below a unit", () => {
  assertEquals(Money.parse("10000.5", 8).toBigInt(), 1_000_050_000_000n);
  assertEquals(Money.parse("-0.000000000000000001", 18).toBigInt(), -1n);
  assertEquals(Money.parse("9007199254740", 18).toString(0), "9007199254740" + "0".repeat(18));
  assertThrows(() => Money.parse("0.123456789", 8), RangeError, "0.123456789 has 9 decimals; at most 8 are kept");
});

Deno.test("Money: factors that are not integers below 2^53 are refused", () => {
  for (const bad of [NaN, Infinity, 0.1, 2 ** 53]) {
    assertThrows(() => new Money().addProduct(bad, 1), RangeError, "Cannot multiply");
    assertThrows(() => Money.of(1).mulDiv(bad, 7), RangeError, "Cannot take");
  }
  assertThrows(() => Money.of(1).mulDiv(1, 0), RangeError, "the divisor not 0");
});

Deno.test("Money: small is the count where one number holds it, else NaN", () => {
  for (const units of [0n, 1n, -1n, 2n ** 52n - 1n, 1n - 2n ** 52n]) {
    assertEquals(Money.fromBigInt(units).small, Number(units));
  }
  // -2^52 itself is in the upper limb alone.
  assertEquals(Money.fromBigInt(-(2n ** 52n)).small, -(2 ** 52));
  for (const units of [2n ** 52n, -(2n ** 52n) - 1n, 2n ** 80n, -(2n ** 80n)]) {
    assertEquals(Money.fromBigInt(units).small, NaN);
  }
});
