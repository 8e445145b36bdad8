/**
 * Simulated venues: where orders meet a recorded market.
 *
 * `sim_venue.ts` is what all kinds of tape share: order types, times in force, triggers, self-trade policies. How resting
 * orders come to be filled is for `l2_venue.ts` (levels, with a queue model), `l3_venue.ts` (single orders, exact) and
 * `bar_venue.ts` (a path through each bar); `hftbacktest_venue.ts` is levels once more, as hftbacktest has them. Each states
 * its assumptions as bullets, as do the models of queue, latency and fees, each of which is one or two methods that a user
 * can replace.
 *
 * `away_venue.ts` stands where an exchange matches: it hands requests on. `told_venue.ts` says of some orders what an exchange said,
 * for the parity of live runs.
 *
 * `market.ts` is another thing: a whole order-driven market of many accounts, without a tape.
 *
 * @module
 */
export type { Execution, FeeModel, FeeRates } from "./fee_model.ts";
export { feeModel, type FeeSpec, parseFees } from "./fees.ts";
export { ConstantLatency, type LatencyModel, parseDuration } from "./latency.ts";
export { MAKER, TAKER } from "./liquidity.ts";
export { Market } from "./market.ts";
export { type QueueModel, queueModel } from "./queue_model.ts";
export { SimVenue } from "./sim_venue.ts";
export type { SelfTradePolicy, VenueOptions } from "./venue_options.ts";
