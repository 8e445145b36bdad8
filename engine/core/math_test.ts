import { assert, assertEquals } from "@std/assert";
import { exp, exponential, log, log1p, lognormal, normal, pow, sqrt } from "./math.ts";
import { Rng } from "./rng.ts";

const bits = new BigInt64Array(1);
const float = new Float64Array(bits.buffer);

/** How many floats lie between two results of one sign. */
function ulps(a: number, b: number): number {
  if (Object.is(a, b) || (a !== a && b !== b)) return 0;
  float[0] = a;
  const first = bits[0];
  float[0] = b;
  return Math.abs(Number(first - bits[0]));
}

type Two = (x: number, y: number) => number;

/** Compares with the engine's own function, itself up to an ulp off the truth: so 2 are allowed. */
function near(ours: Two, theirs: Two, x: () => number, y: () => number = () => 0): void {
  let differ = 0;
  for (let i = 0; i < 50_000; i++) {
    const a = x(), b = y();
    const apart = ulps(ours(a, b), theirs(a, b));
    assert(apart <= 2, `${ours.name}(${a}, ${b}) is ${ours(a, b)}, not ${theirs(a, b)}`);
    if (apart > 0) differ++;
  }
  assert(differ < 50_000 / 5, `${ours.name} differs in ${differ} of 50,000`);
}

const rng = new Rng("math");
const between = (low: number, high: number) => () => low + (high - low) * rng.float();
const orders = (low: number, high: number) => () => Math.exp(low + (high - low) * rng.float());

Deno.test("exp: within 2 ulp of Math.exp, to the ends and into the subnormals", () => {
  near(exp, Math.exp, between(-700, 700));
  near(exp, Math.exp, between(-1, 1));
  near(exp, Math.exp, between(-745, -708));
  near(exp, Math.exp, between(709, 709.78));
});

Deno.test("log: within 2 ulp of Math.log at every size and about 1", () => {
  near(log, Math.log, orders(-744, 709));
  near(log, Math.log, between(0.5, 1.5));
  near(log, Math.log, between(0.9999, 1.0001));
});

Deno.test("log1p: within 2 ulp of Math.log1p, also where 1 + x rounds", () => {
  near(log1p, Math.log1p, between(-0.999, 100));
  near(log1p, Math.log1p, orders(-40, 700));
  near(log1p, (x) => Math.log1p(x), () => -orders(-40, -0.01)());
});

Deno.test("pow: within 2 ulp of Math.pow, however large the exponent", () => {
  near(pow, Math.pow, orders(-10, 10), between(-50, 50));
  near(pow, Math.pow, between(0.5, 1.5), between(-500, 500));
  near(pow, Math.pow, between(-5, 5), () => rng.int(60) - 30);
  near(pow, Math.pow, between(0, 1e6), () => [0.5, 0.6, 1.5, 3][rng.int(4)]);
  near(pow, Math.pow, orders(-700, 700), between(-1, 1));
});

const SPECIAL = [0, -0, 1, -1, 2, -2, 0.5, -0.5, 3, 5e-324, -5e-324, 1e-310, 1e308, -1e308, Infinity, -Infinity, NaN];

Deno.test("math: special cases are those of Math", () => {
  for (const x of [...SPECIAL, 709.79, 709.7827, -745.13, -745.14, -0.29, 0.41, 1e-17, -1e-17, -0.9999999999999999]) {
    assert(ulps(exp(x), Math.exp(x)) <= 1, `exp(${x}) is ${exp(x)}`);
    assert(ulps(log(x), Math.log(x)) <= 1, `log(${x}) is ${log(x)}`);
    assert(ulps(log1p(x), Math.log1p(x)) <= 1, `log1p(${x}) is ${log1p(x)}`);
    assertEquals(sqrt(x), Math.sqrt(x));
    for (const y of [...SPECIAL, 1023, 1024, -1074, -1075, 2 ** 53, 2 ** 53 - 1]) {
      assert(ulps(pow(x, y), Math.pow(x, y)) <= 1, `pow(${x}, ${y}) is ${pow(x, y)}, not ${Math.pow(x, y)}`);
    }
  }
});

Deno.test("math: results are the same to the last bit on every engine", () => {
  const sums = new Int32Array(4);
  const draw = new Rng("golden");
  const words = new Int32Array(float.buffer);
  const take = (lane: number, value: number) => {
    float[0] = value;
    sums[lane] = Math.imul(Math.imul(sums[lane] ^ words[0], 0x9e3779b1) ^ words[1], 0x85ebca77);
  };
  for (let i = 0; i < 20_000; i++) {
    take(0, exp(draw.float() * 1400 - 700));
    take(1, log(draw.float() * 1000));
    take(2, log1p(draw.float() * 4 - 1));
    take(3, pow(draw.float() * 10, draw.float() * 20 - 10) + normal(draw));
  }
  assertEquals([...sums], [-1157646678, 2097162863, 1411256265, -671525104]);
});

Deno.test("normal, lognormal, exponential: their moments and tails", () => {
  const draw = new Rng("moments");
  const count = 200_000;
  let sum = 0, square = 0, cube = 0, fourth = 0, beyond2 = 0, below = 0, wait = 0;
  for (let i = 0; i < count; i++) {
    const x = normal(draw);
    sum += x;
    square += x * x;
    cube += x * x * x;
    fourth += x * x * x * x;
    if (x > 2 || x < -2) beyond2++;
    if (lognormal(draw, 3, 0.5) < Math.exp(3)) below++;
    wait += exponential(draw);
  }
  const about = (value: number, expected: number, room: number) =>
    assert(Math.abs(value / count - expected) < room, `${value / count}, not ${expected}`);
  about(sum, 0, 0.01);
  about(square, 1, 0.015);
  about(cube, 0, 0.04);
  about(fourth, 3, 0.1);
  about(beyond2, 0.0455, 0.003);
  about(below, 0.5, 0.006);
  about(wait, 1, 0.012);
});
