/** Where an axis has its lines. */

const MINUTE = 60;
const DAY = 86_400;
const MONTH_MEAN = 30.44 * DAY;
/** Steps of time that people count in, in seconds; below a second the decimals of values serve. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, DAY, 2 * DAY]
  .concat([7 * DAY, 14 * DAY]);
const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200];

/** Round values from `min` to `max`, `count` of them or a few less: 1, 2 or 5 times a power of ten apart. */
export function niceSteps(min: number, max: number, count: number): number[] {
  const raw = (max - min) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  if (!(power > 0 && power < Infinity)) return [];
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= raw) ?? 10);
  const values: number[] = [];
  // Integer multiples, so that no rounding adds up.
  for (let n = Math.ceil(min / step); n * step <= max; n++) {
    values.push(Number((n * step).toPrecision(12)));
    if (values.length > 2 * count) break;
  }
  return values;
}

/** Round UTC times from `from` to `to` in Unix seconds, `count` of them or a few less, with what to call them. */
export function timeTicks(from: number, to: number, count: number): { time: number; label: string }[] {
  if (!(to > from)) return [];
  const raw = (to - from) / count;
  if (raw < 0.5) {
    return niceSteps(from, to, count).map((time) => ({
      time,
      label: new Date(time * 1000).toISOString().slice(17, 23),
    }));
  }
  const step = STEPS.find((each) => each >= raw);
  if (step === undefined) return monthTicks(from, to, raw);
  const times: number[] = [];
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) times.push(time);
  return times.map((time) => ({ time, label: clock(time, step) }));
}

function clock(time: number, step: number): string {
  const iso = new Date(time * 1000).toISOString();
  if (step >= DAY || time % DAY === 0) return iso.slice(5, 10);
  return step >= MINUTE ? iso.slice(11, 16) : iso.slice(11, 19);
}

function monthTicks(from: number, to: number, raw: number): { time: number; label: string }[] {
  const step = MONTHS.find((each) => each * MONTH_MEAN >= raw) ?? MONTHS[MONTHS.length - 1];
  const first = new Date(from * 1000);
  const ticks: { time: number; label: string }[] = [];
  let month = Math.floor((first.getUTCFullYear() * 12 + first.getUTCMonth()) / step) * step;
  for (let time = monthStart(month); time <= to; time = monthStart(month += step)) {
    const iso = new Date(time * 1000).toISOString();
    if (time >= from) ticks.push({ time, label: iso.slice(0, step >= 12 ? 4 : 7) });
  }
  return ticks;
}

/** Unix seconds of the start of a month, counted from that of the year 0. */
function monthStart(month: number): number {
  const date = new Date(0);
  date.setUTCFullYear(Math.floor(month / 12), month % 12, 1);
  return date.getTime() / 1000;
}
