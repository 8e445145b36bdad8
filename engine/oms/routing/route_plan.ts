import type { RoutePolicy } from "./route_request.ts";
import type { RouteMarket } from "./route_market.ts";

/** A child that a round sends. */
export interface PlannedChild {
  readonly source: number;
  /** The worst price of its levels, in ticks. */
  readonly price: number;
  readonly lots: number;
  /** What it is to take of which level. */
  readonly levels: readonly { readonly price: number; readonly lots: number }[];
}

/** What a round is to do. */
export interface RoundRequest {
  readonly side: number;
  /** Units that are neither filled nor out. */
  readonly left: number;
  readonly policy: RoutePolicy;
  readonly children: "level" | "venue";
  /** By source: 1 where it may be used. */
  readonly open: Uint8Array;
  /** By source, the last tick within the limit; undefined without one. */
  readonly limits: Float64Array | undefined;
  /** explicit: units left of each source's part. */
  readonly parts: Float64Array | undefined;
}

/** Children of one round: what is left goes on to the next. */
const CHILDREN_MAX = 64;

/**
 * What children a round sends, by the books as we know them less what was sent there and cannot show in them yet.
 *
 * Nothing is sent of which the venue's minimum is not reached: a level smaller than that cannot be reached by itself.
 */
export function planRound(market: RouteMarket, round: RoundRequest): PlannedChild[] {
  const open = round.open.slice();
  for (;;) {
    const parts = round.policy === "pro_rata" ? proRata(market, round, open) : round.parts;
    const children = walk(market, round, open, parts);
    if (round.children === "level") return children;
    const merged = merge(children);
    const small = merged.find(({ source, price, lots }) => !market.admits(source, price, lots));
    if (small === undefined) return merged;
    open[small.source] = 0;
  }
}

/** Goes through the levels, best first, and takes what is needed of each. */
function walk(market: RouteMarket, round: RoundRequest, open: Uint8Array, parts?: Float64Array): PlannedChild[] {
  const { book, sent } = market, { side, policy } = round;
  const most = policy === "best_price" ? 1 : CHILDREN_MAX;
  const children: PlannedChild[] = [], used = new Float64Array(book.sources.length);
  let left = parts === undefined ? round.left : Math.min(round.left, parts.reduce((sum, part) => sum + part, 0));
  for (book.begin(side, open, round.limits); left > 0 && children.length < most && book.next();) {
    const { source, price } = book, unit = book.lotUnits[source];
    const wanted = parts === undefined ? left : Math.min(left, parts[source] - used[source]);
    const lots = Math.min(book.lots - sent[source].lots(side, price), Math.floor(wanted / unit));
    if (lots < 1 || (round.children === "level" && !market.admits(source, price, lots))) continue;
    children.push({ source, price, lots, levels: [{ price, lots }] });
    used[source] += lots * unit;
    left -= lots * unit;
  }
  return children;
}

/**
 * Each venue's part by what it shows: within the limit, or at its best price where there is none. What rounding to lots leaves
 * goes to the venues in the order of a sweep, a lot each, and then as much as each takes.
 */
function proRata(market: RouteMarket, { side, left, limits }: RoundRequest, open: Uint8Array): Float64Array {
  const { book, sent } = market, count = book.sources.length;
  const shown = new Float64Array(count), parts = new Float64Array(count);
  let silent = open.reduce((sum, each) => sum + each, 0);
  for (book.begin(side, open, limits); silent > 0 && book.next();) {
    const { source, price, lots } = book;
    if (limits === undefined && shown[source] > 0) continue;
    shown[source] += Math.max(0, lots - sent[source].lots(side, price)) * book.lotUnits[source];
    if (limits === undefined && shown[source] > 0) silent--;
  }
  const all = shown.reduce((sum, units) => sum + BigInt(units), 0n);
  if (BigInt(left) >= all) return shown;
  let over = left;
  for (let i = 0; i < count; i++) {
    const unit = book.lotUnits[i];
    parts[i] = Math.floor(Number(BigInt(left) * BigInt(shown[i]) / all) / unit) * unit;
    over -= parts[i];
  }
  // A lot each, so that no venue gets all of it; then whatever fits.
  for (const lots of [1, Infinity]) {
    const given = new Uint8Array(count);
    for (book.begin(side, open, limits); over > 0 && book.next();) {
      const { source } = book, unit = book.lotUnits[source];
      if (given[source]++ > 0) continue;
      const more = Math.min(lots, Math.floor(over / unit), (shown[source] - parts[source]) / unit) * unit;
      parts[source] += more;
      over -= more;
    }
  }
  return parts;
}

/** One child for each venue, in the order in which they come first. */
function merge(children: readonly PlannedChild[]): PlannedChild[] {
  const merged = new Map<number, PlannedChild>();
  for (const child of children) {
    const before = merged.get(child.source);
    if (before === undefined) merged.set(child.source, child);
    else {
      const { source, price } = child, levels = [...before.levels, ...child.levels];
      merged.set(source, { source, price, lots: before.lots + child.lots, levels });
    }
  }
  return [...merged.values()];
}

/**
 * Where what is left rests, at the limit: explicit, each part at its venue; else all of it at the open venue whose maker's fee
 * is lowest, then as in a sweep by latency and fill ratio. Empty where no venue takes it.
 */
export function planRest(market: RouteMarket, round: RoundRequest): PlannedChild[] {
  const { book } = market, { limits, left, parts } = round;
  const child = (source: number, units: number): PlannedChild => {
    const price = limits![source], lots = Math.floor(units / book.lotUnits[source]);
    return { source, price, lots, levels: [] };
  };
  const able = book.sources.map((_, i) => child(i, parts === undefined ? left : Math.min(left, parts[i])))
    .filter(({ source, price, lots }) => round.open[source] === 1 && market.admits(source, price, lots));
  if (parts !== undefined) return able;
  const cost = ({ source, price }: PlannedChild) => {
    const { rate, lot } = market.makers[source], { tickSize, lotSize, contract } = book.sources[source].instrument;
    return Math.abs(price) * tickSize * ratio(rate) + ratio(lot) / (lotSize * contract);
  };
  able.sort((a, b) => cost(a) - cost(b) || book.rank[a.source] - book.rank[b.source]);
  return able.slice(0, 1);
}

function ratio({ mantissa, decimals }: { readonly mantissa: number; readonly decimals: number }): number {
  return mantissa / Number(`1e${decimals}`);
}
