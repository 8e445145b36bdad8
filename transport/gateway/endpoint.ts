import { refusal } from "./binance_error.ts";
import type { GatewayClock } from "./gateway_clock.ts";
import type { Params } from "./params.ts";
import type { SpotExchange } from "./spot_exchange.ts";
import type { SpotMarket } from "./spot_market.ts";
import type { Weights } from "./weights.ts";

/** Who asks: an address, and the key that was checked where the endpoint wants one. */
export interface Asker {
  readonly address: string;
  readonly key: string;
}

/** What can be asked, over REST and the WebSocket API alike. */
export interface Endpoint {
  /** Whether it needs a key, or a key and a signature. */
  readonly security: "none" | "key" | "signed";
  /** What it weighs. */
  readonly weight: number | ((params: Params) => number);
  /** Parameters that it reads; those of signatures are not among them. */
  readonly params: readonly string[];
  /** It tells of the market: who asks and does not listen makes time go on by that. */
  readonly market?: true;
  /** New orders that it counts as. */
  readonly orders?: number;
  /** Answers, as plain JSON. Throws BinanceError. */
  answer(params: Params, asker: Asker): unknown;
}

/** Endpoints by name. */
export type Endpoints = Readonly<Record<string, Endpoint>>;

/** What endpoints answer from. */
export interface Answering {
  readonly exchange: SpotExchange;
  readonly clock: GatewayClock;
  readonly weights: Weights;
}

const SYMBOL = /^[A-Z0-9_.-]{1,20}$/;

/** The market that a request names. Throws BinanceError. */
export function marketOf(exchange: SpotExchange, params: Params): SpotMarket {
  return marketNamed(exchange, params.text("symbol"));
}

/** The market of a symbol. Throws BinanceError where there is none. */
function marketNamed(exchange: SpotExchange, symbol: string): SpotMarket {
  const market = SYMBOL.test(symbol) ? exchange.market(symbol) : undefined;
  if (market === undefined) throw refusal("BAD_SYMBOL");
  return market;
}

/** The market that a request names by `symbol`; else those of `symbols`, or all. */
export function marketsOf(exchange: SpotExchange, params: Params): SpotMarket | readonly SpotMarket[] {
  if (params.has("symbol")) return marketOf(exchange, params);
  const names = params.list("symbols");
  return names ? Array.from(new Set(names), (symbol) => marketNamed(exchange, symbol)) : exchange.markets;
}

/** What `tell` says of one market, or of each in a list. */
export function each<Told>(of: SpotMarket | readonly SpotMarket[], tell: (market: SpotMarket) => Told): Told | Told[] {
  return isOne(of) ? tell(of) : of.map(tell);
}

function isOne(of: SpotMarket | readonly SpotMarket[]): of is SpotMarket {
  return !Array.isArray(of);
}
