/**
 * Positions, cost, cash, profit and loss, in exact integers; margin; and a second book-keeping that must agree.
 *
 * @module
 */
export { Account, type RoundTripSink } from "./account.ts";
export { Conservation } from "./conservation.ts";
export { type MarginModel, marginModel } from "./margin.ts";
export { Valuation } from "./valuation.ts";
