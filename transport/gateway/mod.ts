/**
 * A session in an exchange's own dialect: Binance spot, by REST, streams and the WebSocket API, for bots that nobody here wrote.
 *
 * ```
 *             Rest ──┐                         ┌─ market, order, account and wallet endpoints ─► SpotExchange
 *   client ── WsApi ─┴─► Dispatcher ─► Endpoint┤                                                   ▲ recorder
 *             StreamSocket ◄─ MarketStreams,   └─ Desk ─► HostedSession.perform ─► risk, OMS, venue┘
 *                             UserStreams ◄──────────────────────────── SpotExchange
 * ```
 *
 * Read first:
 *
 * - `gateway.ts`: what is put together, and how a session is hosted with it.
 * - `spot_exchange.ts`: the session as a spot exchange knows it. It is a recorder: it hears what the session puts out, and changes
 *   nothing. `spot_market.ts`, `spot_orders.ts`, `balances.ts` and `candles.ts` are what it keeps; `spot_symbol.ts` writes and reads
 *   numbers.
 * - `desk.ts`: orders go by the session's commands alone, through risk and its journal, and are answered when they have arrived.
 * - `dispatcher.ts`: what every request meets, whichever way it came: weights, keys, signatures, `recvWindow`, names of parameters.
 * - `stream_feed.ts`, `depth_diffs.ts`: what each stream says; the depth stream chains exactly onto the snapshot.
 * - `gateway_clock.ts`, `pacing.ts`: the time that clients see, and when the session's goes on.
 *
 * What differs from the exchange: one account, which all keys share; each trade is an aggregate of its own; own orders do not show in
 * the market's book and trades unless the session's impact says so; commissions are paid in the quote asset, unless `commission` is
 * "received": then buys pay in the base asset, to clients alone, as the session books fees in money (`commissions.ts`); there are no
 * order lists (OCO), no TAKE_PROFIT_LIMIT, no trailing stops, no withdrawals; sockets are neither pinged nor closed after 24 hours.
 *
 * @module
 */
export type { ApiKey } from "./api_keys.ts";
export type { CommissionMode } from "./commissions.ts";
export { Gateway, type GatewayOptions } from "./gateway.ts";
export { BINANCE_RATES, type GatewayRates } from "./weights.ts";
