/**
 * The life of our orders, as far as we know: a table of (state, event), and the columns that hold them.
 *
 * @module
 */
export { nextState, STATE_NAMES } from "./order_life.ts";
export { OrderTable } from "./order_table.ts";
