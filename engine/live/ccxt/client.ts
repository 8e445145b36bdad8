import { closest } from "../../core/closest.ts";
import type { Keys } from "../keys.ts";

/** An order as ccxt has it; what an exchange does not say is not there. */
export interface CcxtOrder {
  readonly id?: string;
  readonly clientOrderId?: string;
  readonly symbol?: string;
  readonly status?: string;
  readonly side?: string;
  readonly price?: number;
  readonly amount?: number;
  readonly filled?: number;
}

/** An execution of ours, or of anyone's where it is of the market. */
export interface CcxtTrade {
  readonly id?: string;
  readonly order?: string;
  readonly symbol?: string;
  readonly timestamp?: number;
  readonly side?: string;
  readonly price?: number;
  readonly amount?: number;
  readonly takerOrMaker?: string;
  readonly fee?: { readonly cost?: number; readonly currency?: string };
}

/** A book as ccxt keeps it: the best first. */
export interface CcxtBook {
  readonly bids: readonly (readonly [price?: number, size?: number, ...rest: unknown[]])[];
  readonly asks: readonly (readonly [price?: number, size?: number, ...rest: unknown[]])[];
  readonly timestamp?: number;
}

/** What trades, as ccxt describes it. */
export interface CcxtMarket {
  readonly id?: string;
  readonly symbol: string;
  readonly quote: string;
  readonly settle?: string;
  readonly contract?: boolean;
  readonly inverse?: boolean;
  readonly contractSize?: number;
  readonly precision?: { readonly price?: number; readonly amount?: number };
}

/** A position, as ccxt describes it. */
export interface CcxtPosition {
  readonly symbol?: string;
  readonly contracts?: number;
  readonly side?: string;
  readonly entryPrice?: number;
}

/** What is used of an exchange class of ccxt's. */
export interface CcxtClient {
  readonly id: string;
  /** What a market's precision says: a step (4), decimals (2), or digits that count (3). */
  readonly precisionMode?: number;
  /** What the exchange can: true, or "emulated", or not. */
  readonly has: Readonly<Record<string, unknown>>;
  loadMarkets(): Promise<Readonly<Record<string, CcxtMarket | undefined>>>;
  createOrder(
    symbol: string,
    type: string,
    side: string,
    amount: number,
    price?: number,
    params?: object,
  ): Promise<CcxtOrder>;
  cancelOrder(id: string, symbol?: string, params?: object): Promise<CcxtOrder>;
  editOrder(
    id: string,
    symbol: string,
    type: string,
    side: string,
    amount?: number,
    price?: number,
    params?: object,
  ): Promise<CcxtOrder>;
  cancelAllOrders(symbol?: string): Promise<unknown>;
  cancelAllOrdersAfter(ms: number): Promise<unknown>;
  fetchOrder(id: string, symbol?: string): Promise<CcxtOrder>;
  fetchOrders(symbol?: string): Promise<readonly CcxtOrder[]>;
  fetchOpenOrders(symbol?: string): Promise<readonly CcxtOrder[]>;
  fetchMyTrades(symbol?: string, since?: number, limit?: number): Promise<readonly CcxtTrade[]>;
  fetchBalance(): Promise<object>;
  fetchPositions(symbols?: string[]): Promise<readonly CcxtPosition[]>;
  fetchTime(): Promise<number | undefined>;
  fetchOrderBook(symbol: string, limit?: number): Promise<CcxtBook>;
  fetchTrades(symbol: string, since?: number, limit?: number): Promise<readonly CcxtTrade[]>;
  loadTimeDifference(): Promise<unknown>;
  watchOrders(symbol?: string): Promise<readonly CcxtOrder[]>;
  watchMyTrades(symbol?: string): Promise<readonly CcxtTrade[]>;
  watchOrderBook(symbol: string, limit?: number): Promise<CcxtBook>;
  watchTrades(symbol: string): Promise<readonly CcxtTrade[]>;
  setSandboxMode(enabled: boolean): void;
  close(): Promise<unknown>;
}

type Made = new (config: object) => CcxtClient;

/** How an exchange class is made. */
export interface CcxtOptions {
  readonly keys?: Keys;
  /** On its test network, where it has one. */
  readonly testnet?: boolean;
}

/**
 * An exchange by ccxt's name of it. The library is 28 MB, and loaded only here. Rejects with RangeError for an exchange that it does
 * not have.
 */
export async function ccxtClient(id: string, { keys, testnet }: CcxtOptions): Promise<CcxtClient> {
  const { default: ccxt } = await import("ccxt");
  const names: readonly string[] = ccxt.exchanges;
  if (!names.includes(id)) {
    throw new RangeError(`Cannot connect to ccxt:${id}: ccxt has no such exchange; ${closest(id, names)}`);
  }
  // Some have no streams: they are asked again and again.
  const streaming: Readonly<Record<string, Made | undefined>> = ccxt.pro,
    asking: Readonly<Record<string, unknown>> = ccxt;
  const Exchange = streaming[id] ?? asking[id] as Made;
  const secrets = keys === undefined ? {} : { apiKey: keys.id, secret: keys.secret, password: keys.passphrase };
  const client = new Exchange({ ...secrets, enableRateLimit: true, newUpdates: true });
  if (testnet) client.setSandboxMode(true);
  return client;
}
