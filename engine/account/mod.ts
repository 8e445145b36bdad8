/**
 * Positions, cost, cash, profit and loss, in exact integers; margin; and a second book-keeping that must agree.
 *
 * @module
 */
export { Account } from "./account.ts";
export { Conservation } from "./conservation.ts";
export { type MarginModel, marginModel } from "./margin.ts";
export { parseMargin } from "./margin_text.ts";
export type { RoundTripSink } from "./round_trip_sink.ts";
export { Valuation } from "./valuation.ts";
