import { assertAlmostEquals, assertEquals } from "@std/assert";
import { sharedData } from "../../tests/shared_data.ts";
import { EquityCurve } from "./equity_curve.ts";
import { type Figures, figures } from "./figures.ts";
import { RoundTrips } from "./round_trips.ts";

const DAY = 86_400;
const GOOG = sharedData("bars/GOOG.csv");

Deno.test({
  name: `figures: SMA 10/30 on GOOG has backtesting.py's figures${GOOG ? "" : " (ignored: bars/GOOG.csv is not here)"}`,
  ignore: GOOG === undefined,
  fn() {
    const bars = Deno.readTextFileSync(GOOG!).trim().split("\n").slice(1).map((line) => {
      const [day, open, , , close] = line.split(",");
      return { time: Date.parse(day) / 1000, open: Number(open), close: Number(close) };
    });
    const found = smaCross(bars, 10, 30);
    const expected: Partial<Figures> = {
      roundTrips: 66,
      equityFinal: 51422.99,
      equityPeak: 75787.44,
      returnPercent: 414.2298999999996,
      buyAndHoldPercent: 522.0601851851852,
      annualReturnPercent: 21.191099249053224,
      annualVolatilityPercent: 36.49716090702389,
      cagrPercent: 21.160245705962623,
      sharpe: 0.5806232244485349,
      sortino: 1.0853434352488662,
      calmar: 0.44166409202994605,
      maxDrawdownPercent: -47.98012705007589,
      averageDrawdownPercent: -5.925851581948801,
      maxDrawdownSec: 584 * DAY,
      winRatePercent: 46.96969696969697,
      bestTradePercent: 53.59595229490424,
      worstTradePercent: -18.39887353835481,
      averageTradePercent: 2.531715975158555,
      expectancyPercent: 3.2748078066748834,
      maxTradeSec: 183 * DAY,
      profitFactor: 2.167945974262033,
      sqn: 1.0766187356697705,
      kelly: 0.1518705127029717,
      exposurePercent: 96.74115456238361,
      startSec: bars[0].time,
      endSec: bars[0].time + 3116 * DAY,
    };
    assertClose(found, expected);
    // Its own test rounds these two up to whole days.
    assertEquals(Math.ceil(found.averageDrawdownSec! / DAY), 41);
    assertEquals(Math.ceil(found.averageTradeSec! / DAY), 46);
    assertEquals(found.notes, []);
  },
});

/** The rule in plain code: in from the first cross on, at the next open, with all the cash; out at the last open. */
function smaCross(bars: { time: number; open: number; close: number }[], fast: number, slow: number): Figures {
  const curve = new EquityCurve();
  const trips = new RoundTrips();
  const average = (end: number, n: number) => bars.slice(end - n + 1, end + 1).reduce((sum, b) => sum + b.close, 0) / n;
  let cash = 10_000;
  let position = 0;
  let entry = { time: 0, price: 0 };
  let target = 0;
  const fill = (time: number, price: number, side: number) => {
    if (position !== 0) {
      const pnl = position * (price - entry.price);
      const value = Math.abs(position) * entry.price;
      trips.add(entry.time, time, Math.sign(position), Math.abs(position), entry.price, price, pnl, pnl / value);
      cash += pnl;
    }
    position = side * Math.floor(cash / price);
    entry = { time, price };
  };
  bars.forEach(({ time, open, close }, i) => {
    if (i === bars.length - 1) fill(time, open, 0);
    else if (target !== 0) fill(time, open, target);
    target = 0;
    curve.sample(time, cash + position * (close - entry.price), position !== 0);
    if (i < slow) return;
    const before = average(i - 1, fast) - average(i - 1, slow);
    const now = average(i, fast) - average(i, slow);
    if (before < 0 && now > 0) target = 1;
    else if (before > 0 && now < 0) target = -1;
  });
  return figures(curve, trips, { hold: { first: bars[slow - 1].close, last: bars[bars.length - 1].close } });
}

/** What backtesting.py 0.6.6 makes of the same curve at other spacings. */
const SPACINGS: { name: string; times: (i: number) => number; count: number; expected: Partial<Figures> }[] = [
  {
    name: "hours, weekends too",
    times: (i) => Date.UTC(2024, 0, 5, 3 + i) / 1000,
    count: 2500,
    expected: {
      returnPercent: 518.7196316787957,
      annualReturnPercent: 50080.05493352144,
      annualVolatilityPercent: 82479.06723513878,
      cagrPercent: 59659.19788141173,
      sharpe: 0.6071850302422637,
      sortino: 759.4653612918046,
      calmar: 1565.591616564249,
      maxDrawdownPercent: -31.987942707194637,
      averageDrawdownPercent: -3.32563437999715,
      equityFinal: 62319.49452286238,
      equityPeak: 64144.76252664552,
      maxDrawdownSec: 1645200,
      averageDrawdownSec: 81067.924528,
    },
  },
  {
    name: "business days",
    // 2020-01-01 was a Wednesday.
    times: (i) => Date.UTC(2020, 0, 1 + i + 2 * Math.floor((i + 2) / 5)) / 1000,
    count: 900,
    expected: {
      returnPercent: 211.00226823227234,
      annualReturnPercent: 37.444469879419586,
      annualVolatilityPercent: 26.41942200816942,
      cagrPercent: 38.98125414710278,
      sharpe: 1.4173084433051184,
      sortino: 3.0341154445715968,
      calmar: 1.7888138692186946,
      maxDrawdownPercent: -20.932569074821807,
      averageDrawdownPercent: -3.0814642364973093,
      maxDrawdownSec: 8726400,
      averageDrawdownSec: 1407085.714285,
    },
  },
  {
    name: "weeks",
    times: (i) => Date.UTC(2015, 0, 2 + 7 * i) / 1000,
    count: 300,
    expected: {
      annualReturnPercent: 3.2395571737146467,
      annualVolatilityPercent: 8.51169108628542,
      cagrPercent: 3.250860928460675,
      sharpe: 0.38060088657757185,
      sortino: 0.5879425392174508,
      calmar: 0.159336114018693,
      averageDrawdownPercent: -4.032635238948344,
      maxDrawdownSec: 111283200,
      averageDrawdownSec: 14313600,
    },
  },
  {
    name: "month ends",
    times: (i) => Date.UTC(2001, 1 + i, 0) / 1000,
    count: 140,
    expected: {
      annualReturnPercent: 1.451613901379889,
      annualVolatilityPercent: 4.187521052967673,
      sharpe: 0.3466523231808323,
      sortino: 0.5391459378531359,
      calmar: 0.20858660611807345,
      averageDrawdownPercent: -3.1157339317939585,
    },
  },
  {
    name: "year ends",
    times: (i) => Date.UTC(1950 + i, 11, 31) / 1000,
    count: 60,
    expected: {
      annualReturnPercent: 0.08425833638547875,
      annualVolatilityPercent: 1.2306374850670727,
      cagrPercent: 0.08425735849888483,
      sharpe: 0.06846722727683406,
      sortino: 0.1027483290134699,
      maxDrawdownSec: 473299200,
      averageDrawdownSec: 205113600,
    },
  },
];

for (const { name, times, count, expected } of SPACINGS) {
  Deno.test(`figures: samples by ${name} are annualised as backtesting.py does`, () => {
    const curve = new EquityCurve();
    let state = count;
    let equity = 10_000;
    for (let i = 0; i < count; i++) {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      equity *= 1 + (state / 2 ** 31 - 0.48) * 0.04;
      curve.sample(times(i), equity);
    }
    assertClose(figures(curve, new RoundTrips()), expected);
  });
}

Deno.test("figures: nothing sampled and nothing traded is all null, and JSON keeps it", () => {
  const found = figures(new EquityCurve(), new RoundTrips());
  const { roundTrips, notes, ...rest } = found;
  assertEquals(roundTrips, 0);
  assertEquals(notes, []);
  for (const value of Object.values(rest)) assertEquals(value, null);
  assertEquals(JSON.parse(JSON.stringify(found)), found);
});

Deno.test("figures: below two days annual figures are null and say why", () => {
  const curve = new EquityCurve();
  for (let i = 0; i < 100; i++) curve.sample(i * 60, 1000 + i % 7);
  const found = figures(curve, new RoundTrips());
  assertEquals([found.sharpe, found.sortino, found.calmar, found.annualReturnPercent, found.cagrPercent], [
    null,
    null,
    null,
    null,
    null,
  ]);
  assertEquals(found.notes, ["Annual figures: n/a, span under 2 days."]);
  assertAlmostEquals(found.maxDrawdownPercent!, -6 / 1006 * 100, 1e-12);
});

Deno.test("figures: a run that starts without equity has money figures and no percentages", () => {
  const curve = new EquityCurve();
  [0, 5, -3, 2].forEach((equity, i) => curve.sample(i * DAY, equity));
  const found = figures(curve, new RoundTrips());
  assertEquals([found.returnPercent, found.maxDrawdownPercent, found.sharpe], [null, null, null]);
  assertEquals([found.maxDrawdown, found.recoveryFactor, found.equityPeak], [8, 0.25, 5]);
  assertEquals(found.notes, ["Returns in percent: n/a, the run starts without equity."]);
});

Deno.test("figures: equity that falls to 0 has no annual figures", () => {
  const curve = new EquityCurve();
  [100, 50, 0, 20].forEach((equity, i) => curve.sample(i * DAY, equity));
  const found = figures(curve, new RoundTrips());
  assertEquals([found.sharpe, found.maxDrawdownPercent, found.returnPercent], [null, -100, -80]);
  assertEquals(found.notes, ["Annual figures: n/a, equity fell to 0 or below."]);
});

Deno.test("figures: trades without a loss have no profit factor, and one trade no SQN", () => {
  const trips = new RoundTrips();
  trips.add(0, 1, 1, 1, 100, 101, 1, 0.01);
  const found = figures(new EquityCurve(), trips);
  assertEquals([found.profitFactor, found.sqn, found.kelly, found.winRatePercent], [null, null, null, 100]);
});

/** Equal to 1e-8 of the value, as the Python project's own test asks. */
function assertClose(found: Figures, expected: Partial<Figures>): void {
  for (const [name, value] of Object.entries(expected) as [keyof Figures, number][]) {
    assertAlmostEquals(found[name] as number, value, Math.abs(value) * 1e-8, `${name} is ${found[name]}, not ${value}`);
  }
}
