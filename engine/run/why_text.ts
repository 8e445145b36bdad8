import { isoTime } from "../core/gap_error.ts";
import { clean, duration, left, money, number, right, wrap } from "../stats/_format.ts";
import { sparkline } from "../stats/sparkline.ts";
import type { CheckSeen } from "../risk/explain.ts";
import type { CauseRow, FillStory, KnownLate, Leg, MarketSeen, OrderStory, QueuePoint } from "./order_story.ts";

const WIDTH = 80;
/** Rows of each table; of more, the first and the last. */
const ROWS_MAX = 12;
const FILLS_MAX = 8;
const EVENTS_MAX = 40;
/** Other orders of its group of linked orders. */
const OTHERS_MAX = 4;
const LABEL = 12;
const LEG = 9;

/** An order's story as a trader reads it: prices in currency, sizes in lots, times from when it was sent. */
export function whyText(story: OrderStory): string {
  const say = new Words(story);
  const sections = [
    head(story, say),
    saw(story, say),
    checks(story),
    legs(story, say),
    queue(story, say),
    fills(story, say),
    events(story, say),
    end(story, say),
  ];
  return sections.filter((lines) => lines.length > 0).map((lines) => lines.map((line) => line.trimEnd()).join("\n"))
    .join("\n\n");
}

/** Numbers of one story in words. */
class Words {
  readonly #tick: number;
  readonly #decimals: number;
  readonly #sent: bigint;

  constructor({ instrument: { tick }, sent }: OrderStory) {
    this.#tick = Number(tick);
    this.#decimals = tick.includes("e") ? 8 : (tick.split(".")[1] ?? "").length;
    this.#sent = sent;
  }

  price(ticks: number | null, more = 0): string {
    return ticks === null ? "none" : number(ticks * this.#tick, this.#decimals + more);
  }

  /** Lots; a model's may be fractions. */
  lots(lots: number): string {
    return number(lots, Number.isInteger(lots) ? 0 : 1);
  }

  /** A time, counted from when the order was sent. */
  after(time: bigint | null): string {
    return time === null ? "never" : `+${span(time - this.#sent)}`;
  }

  touch({ bid, bidSize, ask, askSize }: MarketSeen): string {
    if (bid === null && ask === null) return "no book";
    return `${this.lots(bidSize)} × ${this.price(bid)} | ${this.price(ask)} × ${this.lots(askSize)}`;
  }
}

/** Nanoseconds in the unit that shows them best. */
function span(ns: bigint): string {
  const size = Number(ns < 0n ? -ns : ns), sign = ns < 0n ? "-" : "";
  if (size === 0) return "0";
  if (size >= 600e9) return `${sign}${duration(size / 1e9)}`;
  const [unit, scale] = size < 1e3 ? ["ns", 1] : size < 1e6 ? ["us", 1e3] : size < 1e9 ? ["ms", 1e6] : ["s", 1e9];
  const value = size / scale;
  return `${sign}${Number(value.toFixed(value < 10 ? 3 : value < 100 ? 2 : 1))}${unit}`;
}

function label(name: string, text: string): string[] {
  return wrap(text, WIDTH - LABEL).map((line, i) => `${left(i === 0 ? name : "", LABEL)}${line}`);
}

function head(story: OrderStory, say: Words): string[] {
  const { request, instrument, parent, link } = story;
  const { side, type, tif, price, size, trigger, display } = request;
  const words = [
    `${side} ${say.lots(size)} ${instrument.name}`,
    type,
    ...price === null ? [] : [`@ ${say.price(price)}`],
    ...trigger === null ? [] : [`trigger ${type === "trailing_stop" ? `${trigger} ticks` : say.price(trigger)}`],
    ...display === null ? [] : [`showing ${say.lots(display)}`],
    tif,
    ...request.postOnly ? ["post-only"] : [],
    ...request.reduceOnly ? ["reduce-only"] : [],
  ];
  return [
    `Order ${story.order} of ${clean(story.run)}`,
    ...label("asked", words.join(" ")),
    ...label("sent", `${isoTime(story.sent)}, by ${sender(story)}`),
    ...parent ? label("parent", `${parent.id}, a ${parent.algo}`) : [],
    ...link
      ? label("links", `group ${link.id}, ${link.kind === "bracket" ? "a" : "an"} ${link.kind}${others(story)}`)
      : [],
    ...request.bySession ? label("", "an order of the session's own, which is held to no limit") : [],
    ...story.warnings.flatMap((warning) => label("warning", warning)),
  ];
}

/** Who sent an order: the strategy, or a command of somebody outside. */
function sender({ from, strategy }: OrderStory): string {
  return from.startsWith("command ") ? clean(from) : `${clean(strategy)} in ${from}`;
}

/** The orders that its group of linked orders has beside it: the newest few, where they are many. */
function others({ order, link }: OrderStory): string {
  const ids = link!.orders.filter((id) => id !== order), shown = ids.slice(-OTHERS_MAX);
  if (ids.length === 0) return "";
  const more = ids.length > shown.length ? `${ids.length - shown.length} others and ` : "";
  return `, with ${more}order${shown.length > 1 ? "s" : ""} ${shown.join(", ")}`;
}

function saw({ saw: seen }: OrderStory, say: Words): string[] {
  const lines = ["What it saw"];
  const depth = Math.max(seen.bids.length, seen.asks.length);
  for (let i = 0; i < depth; i++) {
    const bid = seen.bids[i], ask = seen.asks[i];
    lines.push(
      `  ${right(bid ? say.lots(bid[1]) : "", 10)} × ${left(bid ? say.price(bid[0]) : "", 12)} | ` +
        `${right(ask ? say.price(ask[0]) : "", 12)} × ${ask ? say.lots(ask[1]) : ""}`,
    );
  }
  const age = seen.ageNs === null ? "nothing had reached it yet" : `${span(BigInt(Math.round(seen.ageNs)))} old`;
  lines.push(
    ...label("  mid", `${say.price(seen.mid, 1)}, last trade ${say.price(seen.lastPrice)}`),
    ...label(
      "  position",
      `${say.lots(seen.position)} lots, ${number(seen.openOrders)} ${seen.openOrders === 1 ? "order" : "orders"} open`,
    ),
    ...label("  tape", `${number(seen.rows)} rows had reached it, the last ${age}`),
  );
  return lines;
}

function checks({ checks: all, refused }: OrderStory): string[] {
  if (all.length === 0) return refused ? ["Risk", `  refused: ${refused.text}`] : [];
  const numbered = all.filter(({ limit, observed, passed }) => limit !== null || observed !== null || passed === false);
  const plain = all.filter((each) => !numbered.includes(each) && each.passed).map(({ check }) => check);
  const lines = ["Risk", ...label("  passed", plain.join(", "))];
  if (numbered.length > 0) {
    lines.push(`  ${left("check", 18)}${left("whose", 24)}${right("limit", 14)}${right("observed", 14)}`);
  }
  for (const check of numbered) lines.push(checkLine(check));
  if (refused) lines.push(...label("  refused", refused.text));
  return lines;
}

function checkLine({ check, scope, limit, observed, unit, passed }: CheckSeen): string {
  const shown = (value: number | null) => value === null ? "" : money(value).replace(/\.00$/, "");
  const verdict = passed === null ? "not reached" : passed ? "ok" : "REFUSED";
  return `  ${left(check, 18)}${left(scope, 24)}${right(shown(limit), 14)}${right(shown(observed), 14)} ` +
    `${unit === "" ? "" : `${unit} `}${verdict}`;
}

function legs({ legs: all, refusedRequests, lateKnowledge }: OrderStory, say: Words): string[] {
  if (all.length === 0 && refusedRequests.length === 0) return [];
  const lines = [
    lateKnowledge ? "Latency: out, venue and back as modelled; nothing is heard before the venue knew" : "Latency",
    `  ${left("", 8)}${["sent", "out", "venue", "back", "heard"].map((word) => right(word, LEG)).join("")}`,
  ];
  for (const leg of all.slice(0, ROWS_MAX)) lines.push(...legLines(leg, say));
  if (all.length > ROWS_MAX) lines.push(`  … and ${number(all.length - ROWS_MAX)} more requests`);
  for (const { what, time, why, from } of refusedRequests.slice(0, ROWS_MAX)) {
    lines.push(...label(`  ${what}`, `${say.after(time)}, in ${from}: not sent, ${why}`));
  }
  return lines;
}

function legLines(leg: Leg, say: Words): string[] {
  const { what, sent, arrived, answered, late, heard, answer } = leg;
  const between = (from: bigint | null, to: bigint | null) => from === null || to === null ? "—" : span(to - from);
  const cells = [
    say.after(sent),
    between(sent, arrived),
    between(arrived, answered),
    between(answered, late?.modelled ?? heard),
  ];
  const asked = what === "amend" ? ` ${say.lots(leg.size!)} @ ${say.price(leg.price!)}` : "";
  return [
    `  ${left(what, 8)}${[...cells, say.after(heard)].map((cell) => right(cell, LEG)).join("")}` +
    `  ${answer === null ? "no answer" : answer}${asked}`,
    ...late ? [`          ${knownLate(late, say)}`] : [],
  ];
}

function knownLate({ known, modelled }: KnownLate, say: Words): string {
  return `the venue knew only ${say.after(known)}; by latency it would be heard ${say.after(modelled)}`;
}

function queue({ queue: { model, points, changes } }: OrderStory, say: Words): string[] {
  if (points.length === 0) return [];
  const how = model === "exact" ? "exact" : `by the queue model ${model}`;
  const lines = [`Queue, ${how}: ${number(changes)} changes`];
  if (points.length > 2) {
    const start = points[0].time;
    const time = points.map((point) => Number(point.time - start)), value = points.map(({ ahead }) => ahead);
    const most = say.lots(value.reduce((a, b) => Math.max(a, b), 0));
    sparkline({ time, value }, { width: 60, height: 3 }).forEach((line, i) =>
      lines.push(
        `  ${
          right(
            i === 0 ? most : i === 2 ? say.lots(value.reduce((a, b) => Math.min(a, b), Infinity)) : "",
            10,
          )
        } ┤${line}`,
      )
    );
  }
  lines.push(`  ${right("after", 12)}${right("row", 12)}${right("lots ahead", 14)}${right("at its price", 14)}`);
  for (const point of some(points, ROWS_MAX)) {
    const row = point.row === null ? "own" : number(point.row);
    lines.push(
      `  ${right(say.after(point.time), 12)}${right(row, 12)}${right(say.lots(point.ahead), 14)}${
        right(say.lots(point.level), 14)
      }`,
    );
  }
  return lines;
}

/** At most `count` of the points, evenly chosen, with the first and the last. */
function some(points: readonly QueuePoint[], count: number): QueuePoint[] {
  if (points.length <= count) return [...points];
  return Array.from({ length: count }, (_, i) => points[Math.round(i * (points.length - 1) / (count - 1))]);
}

function fills(story: OrderStory, say: Words): string[] {
  const { fills: all } = story;
  if (all.length === 0) return [];
  const lines = ["Fills"];
  for (const fill of all.slice(0, FILLS_MAX)) lines.push(...fillLines(fill, story, say));
  if (all.length > FILLS_MAX) lines.push(`  … and ${number(all.length - FILLS_MAX)} more`);
  return lines;
}

function fillLines(fill: FillStory, { instrument: { currency }, legs: sent }: OrderStory, say: Words): string[] {
  const { cause, before, after, ahead } = fill;
  const fee = fill.fee === null ? "not heard of" : `fee ${trimmed(fill.fee)} ${currency}`;
  const lines = [
    `  ${say.lots(fill.lots)} @ ${say.price(fill.price)} ${fill.liquidity}, ${say.after(fill.time)}, ` +
    `heard ${say.after(fill.heard)}, ${fee}`,
  ];
  if (fill.late) lines.push(`    late       ${knownLate(fill.late, say)}`);
  if (cause) {
    lines.push(`    caused by  row ${number(cause.row)}: ${causeWords(cause, say)}`);
  } else if (fill.before !== null) lines.push("    caused by  its own arrival");
  else if (sent.length > 0) lines.push("    caused by  what only the exchange knows");
  else lines.push("    caused by  the end of the run: closed in hindsight, never sent");
  if (ahead !== null) lines.push(`    queue      ${say.lots(ahead)} lots ahead just before`);
  const known = before !== null && (before.bid !== null || before.ask !== null);
  if (before && known) lines.push(`    before     ${say.touch(before)}`);
  if (after && known) lines.push(`    after      ${say.touch(after)}`);
  return lines;
}

function causeWords({ kind, side, price, size }: CauseRow, say: Words): string {
  if (kind === "bar") return `bar that closed at ${say.price(price)}, volume ${say.lots(size)}`;
  // A trade has the side that began it, an execution that of the order which rested.
  const whose = kind === "trade" ? "aggressor " : kind === "execute" ? "resting " : "";
  const sided = side > 0 ? `${whose}buy ` : side < 0 ? `${whose}sell ` : "";
  return `${kind} ${sided}${say.lots(size)} @ ${say.price(price)}`;
}

function events({ events: all, lateKnowledge }: OrderStory, say: Words): string[] {
  if (all.length === 0) return [];
  const shown = all.length <= EVENTS_MAX ? all : [...all.slice(0, EVENTS_MAX / 2), ...all.slice(-EVENTS_MAX / 2)];
  const lines = [`In order of time${lateKnowledge ? "; at the venue as modelled" : ""}`];
  shown.forEach(({ time, at, what, price, size, market, state }, i) => {
    if (all.length > EVENTS_MAX && i === EVENTS_MAX / 2) lines.push(`  … ${number(all.length - EVENTS_MAX)} more …`);
    const amount = size === undefined ? "" : ` ${say.lots(size)}${price == null ? "" : ` @ ${say.price(price)}`}`;
    const around = market ? `: ${say.touch(market)}` : state ? `: ${state}` : "";
    lines.push(`  ${right(say.after(time), 12)}  ${left(at, 6)}${what}${amount}${around}`);
  });
  return lines;
}

function end(story: OrderStory, say: Words): string[] {
  const { end: { state, time, code }, filled, averagePrice, fees, slippage, replay, instrument: { currency } } = story;
  const why = code === "" ? "" : ` (${code})`,
    when = time === null ? ", open when the run ended" : `, ${say.after(time)}`;
  const lines = ["End", ...label("  state", `${state}${why}${when}`)];
  if (averagePrice !== null) {
    lines.push(
      ...label("  filled", `${say.lots(filled)} @ ${say.price(averagePrice, 2)}, fees ${trimmed(fees)} ${currency}`),
    );
  } else lines.push(...label("  filled", "nothing"));
  if (slippage) {
    const { mid, ticks, bps } = slippage;
    const how = ticks > 0 ? "worse" : ticks < 0 ? "better" : "level";
    lines.push(...label(
      "  slippage",
      `${number(Math.abs(ticks), 2)} ticks ${how} than the middle it saw (${say.price(mid, 1)}): ${
        number(bps, 2)
      } bps, ` +
        `${money(slippage.money)} ${currency}`,
    ));
  }
  const proof = replay.equal
    ? `${number(replay.records)} records made again up to here, all as the journal has them`
    : `NOT as the journal has it: ${replay.difference}`;
  return [...lines, ...label("  replay", proof)];
}

function trimmed(decimal: string): string {
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}
