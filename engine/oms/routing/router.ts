import { closest } from "../../core/closest.ts";
import { Code } from "../../core/codes.ts";
import type { Core } from "../../core/core.ts";
import { fullName } from "../../core/instrument_names.ts";
import type { Service, Services } from "../../core/services.ts";
import { loadValue, saveValue } from "../../core/plain_state.ts";
import type { StateReader } from "../../core/state_reader.ts";
import type { StateWriter } from "../../core/state_writer.ts";
import type { Context } from "../../core/strategy.ts";
import { ACKNOWLEDGED, isFinal, PENDING_NEW, REJECT, REPLACE_DONE, SIZED } from "../order_life.ts";
import {
  type Child,
  Route,
  type RouteLevel,
  type RouteOrder,
  type RouteState,
  type RouteVenue,
  type RouteView,
} from "./route.ts";
import { type KnownVenue, RouteMarket } from "./route_market.ts";
import type { OrderRouter } from "./order_router.ts";
import { type PlannedChild, planRest, planRound, type RoundRequest } from "./route_plan.ts";
import {
  amount,
  checkRequest,
  type CompleteSettings,
  completeSettings,
  DEFAULTS,
  type RouteRequest,
  type RouterSettings,
} from "./route_request.ts";
import { instrumentsOf, partsOf } from "./route_start.ts";
import { SentLevels } from "./sent_levels.ts";
import { VenueHealth } from "./venue_health.ts";

/** Routes at work at once; and finished ones that can still be looked at. */
const ROUTES_MAX = 1000;
const HISTORY_MAX = 256;

/**
 * The router of a session: an {@linkcode OrderRouter}, which says what it does and assumes.
 *
 * | call | cost |
 * |---|---|
 * | `route`, and each round | a look at each venue, and the levels that are taken |
 * | memory | 1000 routes at work, 256 finished ones, each with 64 children a round at most; nothing by length of the tape |
 */
export class Router implements Service, OrderRouter {
  readonly name = "router";
  readonly #core: Core;
  readonly #context: Context;
  readonly #services: Services;
  #settings: CompleteSettings = DEFAULTS;
  readonly #known = new Map<number, KnownVenue>();
  /** By the indices of their instruments. */
  readonly #markets = new Map<string, RouteMarket>();
  /** Routes at work, and finished ones that are kept, in the order in which they began. */
  readonly #routes = new Map<number, Route>();
  readonly #children = new Map<number, { readonly route: Route; readonly child: Child }>();
  /** Ids of finished routes, oldest first. */
  readonly #finished: number[] = [];
  #lastId = 0;
  #watching = false;

  constructor(core: Core, context: Context, services: Services) {
    this.#core = core;
    this.#context = context;
    this.#services = services;
    services.add(this);
  }

  use(settings: RouterSettings): void {
    const complete = completeSettings(this.#settings, settings), { instruments } = this.#context;
    const names = instruments.flatMap((each) => [each.venue, fullName(each)]);
    for (const name of Object.keys(complete.venues)) {
      if (names.includes(name)) continue;
      throw new RangeError(
        `Cannot set the router's venue ${name}: no instrument trades there; ${closest(name, names)}`,
      );
    }
    for (const name of Object.keys(settings.symbols ?? {})) instrumentsOf(name, complete.symbols, this.#context);
    this.#settings = complete;
  }

  route(request: RouteRequest): number {
    checkRequest(request);
    const market = this.#market(request.symbol), { side, weights } = request;
    const size = market.unitsOf(amount("size", request.size));
    const names = weights ? Object.keys(weights) : request.venues;
    const allowed = new Uint8Array(market.instruments.length).fill(names === undefined ? 1 : 0);
    for (const name of names ?? []) allowed[market.sourceOf(name)] = 1;
    const limits = request.limit === undefined ? undefined : market.limitTicks(side, amount("limit", request.limit));
    const parts = weights && partsOf(market, weights, size);
    if (this.#routes.size - this.#finished.length >= ROUTES_MAX) return -Code.OPEN_ROUTES;
    const order: RouteOrder = {
      symbol: request.symbol,
      side,
      policy: request.policy,
      tif: request.tif,
      children: request.children,
    };
    const route = new Route(++this.#lastId, order, market, size, allowed, limits, parts);
    this.#routes.set(route.id, route);
    this.#advance(route);
    return route.id;
  }

  view(id: number): RouteView | undefined {
    return this.#routes.get(id)?.view(this.#core);
  }

  cancel(id: number): boolean {
    const route = this.#routes.get(id);
    if (route === undefined || route.final) return false;
    route.cancelled = true;
    for (const { order, state } of route.children) if (!isFinal(state)) this.#context.cancel(order);
    if (route.out === 0) this.#end(route, "cancelled", 0);
    return true;
  }

  levels(symbol: string, side: number, n: number): RouteLevel[] {
    const market = this.#market(symbol), { book, open } = market, levels: RouteLevel[] = [];
    market.look(this.#settings);
    for (book.begin(side, open); levels.length < n && book.next();) {
      const { source, price, lots } = book;
      levels.push({ instrument: market.instruments[source], venue: market.names[source], price, lots });
    }
    return levels;
  }

  venues(symbol: string): RouteVenue[] {
    const market = this.#market(symbol), { now, feeds } = this.#core;
    return market.health.map((health, i) => ({
      instrument: health.instrument,
      venue: market.names[i],
      state: health.state(this.#settings.silence),
      age: now - feeds[health.instrument].heard,
      fillRatio: health.fillRatio,
    }));
  }

  fill(slot: number, price: number, lots: number): void {
    const found = this.#children.get(this.#core.orders.id[slot]);
    found?.route.fill(found.child, this.#core, price, lots);
  }

  order(slot: number, event: number, code: number): void {
    const { orders } = this.#core, found = this.#children.get(orders.id[slot]);
    if (found === undefined) return;
    const { route, child } = found;
    // A fill after its end is late: it has been counted, and nothing else is new.
    if (isFinal(child.state)) return;
    const health = route.market.health[child.source];
    child.state = orders.state[slot];
    if (event === SIZED || event === REPLACE_DONE) child.size = orders.size[slot];
    if (event === REJECT) {
      health.rejected(this.#settings.rejections, this.#settings.pause);
      if ((route.request.tif ?? "ioc") === "ioc") route.refused[child.source] = 1;
    } else if (event <= ACKNOWLEDGED || child.filled > 0) health.accepted();
    if (!isFinal(child.state)) return;
    route.market.sent[child.source].ended(child.order, this.#core.now);
    if (!child.rests) health.ended(child.filled, child.size);
    if (event === REJECT || (child.rests && !route.cancelled)) route.code = code;
    if (route.out === 0) this.#advance(route);
  }

  timer(): void {
    this.#watching = false;
    for (const route of [...this.#routes.values()]) {
      if (route.state === "waiting") this.#advance(route);
      else if (route.state === "resting") this.#look(route);
    }
  }

  rebase(shift: number): void {
    for (const { health, sent } of this.#known.values()) {
      health.rebase(shift);
      sent.rebase(shift);
    }
  }

  save(to: StateWriter): void {
    const known = [...this.#known].map(([i, { health, sent }]) => [i, health.save(), sent.save()]);
    const routes = [...this.#routes.values()].map((route) => {
      const { id, request, market: { instruments }, size, allowed, limits, parts } = route;
      return { id, request, instruments: [...instruments], size, allowed, limits, parts, state: route.save() };
    });
    const settings = this.#settings, finished = this.#finished, lastId = this.#lastId, watching = this.#watching;
    saveValue(to, { settings, known, routes, finished, lastId, watching } satisfies Saved, "the router");
  }

  load(from: StateReader): void {
    const { settings, known, routes, finished, lastId, watching } = loadValue(from) as Saved;
    this.#settings = settings;
    for (const [i, health, sent] of known) {
      const venue = this.#venue(i as number);
      venue.health.load(health);
      venue.sent.load(sent);
    }
    for (const { id, request, instruments, size, allowed, limits, parts, state } of routes) {
      const route = new Route(id, request, this.#marketOver(instruments), size, allowed, limits, parts);
      route.load(state);
      this.#routes.set(id, route);
      for (const child of route.children) this.#children.set(child.order, { route, child });
    }
    this.#finished.push(...finished);
    this.#lastId = lastId;
    this.#watching = watching;
  }

  /** Nothing is out: sends the next round, puts to rest what is left, waits, or ends. */
  #advance(route: Route): void {
    const { request: { side, tif = "ioc", policy = "sweep", children = "level" }, market, limits } = route;
    while (route.out === 0) {
      if (route.filled >= route.size) return this.#end(route, "filled", 0);
      if (route.cancelled) return this.#end(route, "cancelled", 0);
      if (route.code === Code.TIME_UP) return this.#end(route, "ended", Code.TIME_UP);
      market.look(this.#settings);
      const open = route.allowed.map((allowed, i) => allowed & market.open[i] & (1 - route.refused[i]));
      const reached = open.includes(1);
      if (!reached && (tif === "ioc" || !route.allowed.some((allowed, i) => allowed && !route.refused[i]))) {
        return this.#end(route, "ended", route.code || Code.NO_VENUE);
      }
      if (!reached) return this.#wait(route, "waiting");
      const round: RoundRequest = { side, left: route.left, policy, children, open, limits, parts: route.partsLeft };
      const takes = route.rounds - route.rests < this.#settings.rounds ? planRound(market, round) : [];
      if (takes.length > 0) this.#send(route, takes, false);
      else if (tif === "ioc") return this.#end(route, "ended", this.#whyNot(route, round));
      else if (!this.#rest(route, round)) return;
    }
  }

  /** Puts what is left to rest; false where that ended the route, or it waits. */
  #rest(route: Route, round: RoundRequest): boolean {
    const rests = planRest(route.market, round);
    if (rests.length === 0) this.#end(route, "ended", Code.ORDER_SIZE_MIN);
    else if (route.rests >= this.#settings.rounds) this.#end(route, "ended", Code.ROUTE_ROUNDS);
    else {
      route.rests++;
      this.#send(route, rests, true);
      if (route.out > 0) this.#wait(route, "resting");
      return true;
    }
    return false;
  }

  #send(route: Route, planned: readonly PlannedChild[], rests: boolean): void {
    const { market, request: { side, tif } } = route;
    route.rounds++;
    route.state = "working";
    route.code = 0;
    for (const { source, price, lots, levels } of planned) {
      const instrument = market.instruments[source];
      const order = this.#context.submit({ instrument, side, price, size: lots, tif: rests ? tif : "ioc" });
      if (order < 0) {
        route.refused[source] = 1;
        route.code = -order;
        continue;
      }
      const child = { order, source, price, size: lots, filled: 0, state: PENDING_NEW, round: route.rounds, rests };
      route.children.push(child);
      this.#children.set(order, { route, child });
      const { book } = market.book.sources[source];
      for (const { price, lots } of levels) {
        market.sent[source].add({ order, side, price, lots, shown: book.size(-side, price) });
      }
    }
  }

  /** Why a round has nothing to send. */
  #whyNot(route: Route, { open, left }: RoundRequest): number {
    if (route.rounds - route.rests >= this.#settings.rounds) return Code.ROUTE_ROUNDS;
    const { lotUnits } = route.market.book;
    return open.some((each, i) => each === 1 && lotUnits[i] <= left) ? Code.NO_LIQUIDITY : Code.ORDER_SIZE_MIN;
  }

  /** Whether what rests still does so at venues that can be reached. */
  #look(route: Route): void {
    const { market } = route;
    for (const { source, order, state } of route.children) {
      if (isFinal(state) || market.health[source].state(this.#settings.silence) === "open") continue;
      this.#context.cancel(order);
    }
    this.#wait(route, "resting");
  }

  #wait(route: Route, state: RouteState): void {
    route.state = state;
    if (this.#watching) return;
    this.#watching = true;
    this.#services.after(this, this.#settings.watch);
  }

  #end(route: Route, state: RouteState, code: number): void {
    route.state = state;
    route.code = code;
    this.#finished.push(route.id);
    if (this.#finished.length <= HISTORY_MAX) return;
    // A fill may come late, and counts as long as the route can be looked at.
    const oldest = this.#finished.shift()!;
    for (const { order } of this.#routes.get(oldest)!.children) this.#children.delete(order);
    this.#routes.delete(oldest);
  }

  #market(name: string): RouteMarket {
    return this.#marketOver(instrumentsOf(name, this.#settings.symbols, this.#context));
  }

  #marketOver(instruments: readonly number[]): RouteMarket {
    const key = instruments.join(), known = this.#markets.get(key);
    if (known !== undefined) return known;
    const market = new RouteMarket(this.#core, instruments, (i) => this.#venue(i));
    this.#markets.set(key, market);
    return market;
  }

  #venue(instrument: number): KnownVenue {
    const known = this.#known.get(instrument);
    if (known !== undefined) return known;
    const venue = { health: new VenueHealth(this.#core, instrument), sent: new SentLevels() };
    this.#known.set(instrument, venue);
    return venue;
  }
}

/** What a snapshot keeps of a router. */
interface Saved {
  readonly settings: CompleteSettings;
  readonly known: readonly unknown[][];
  readonly routes: readonly {
    readonly id: number;
    readonly request: RouteOrder;
    readonly instruments: readonly number[];
    readonly size: number;
    readonly allowed: Uint8Array;
    readonly limits: Float64Array | undefined;
    readonly parts: Float64Array | undefined;
    readonly state: unknown;
  }[];
  readonly finished: readonly number[];
  readonly lastId: number;
  readonly watching: boolean;
}
