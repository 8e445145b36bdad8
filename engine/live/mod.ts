/**
 * Live exchanges: what stands where the simulated venue stands, and what brings the market in.
 *
 * - `exchange.ts` says what an exchange is: its instruments, a market feed, an order entry. Each exchange has a folder with a file of
 *   dialect for its market data and one for its orders, over machinery that they share.
 * - `order_entry.ts` is how orders leave and answers come back; `network.ts` and `live_tools.ts` are all that anything here has of
 *   the machine: sockets, requests, timers and wall time are handed in, so that tests have their own.
 * - Market data: a `market_dialect.ts` is all that differs from exchange to exchange; `live_market.ts` stands on it, with
 *   `kept_socket.ts` (back-off, renewal, silence), `market_lane.ts` (two sockets while one is renewed), `fed_book.ts` (lines to rows, and
 *   whether the book is whole), `book_resync.ts` and `rest_client.ts` (weights). `_market_conformance.ts` is what every dialect passes.
 * - Orders: `live_orders.ts` is what all entries share, `order_link.ts` a connection that is greeted and whose requests wait for their
 *   answers, `order_reports.ts` what makes one story of what an exchange says twice and in any order; `signing.ts` is the only place
 *   that reads a secret. `_order_conformance.ts` is what every entry passes, at a scripted exchange that speaks its dialect.
 * - A session's orders: `order_desk.ts` makes an exchange's of them and reports of its words, and writes down what leaves
 *   (`order_log.ts`, read again by `order_books.ts`); `order_seeker.ts` looks up what had no answer. `reconcile.ts` settles what the
 *   exchange and the log say before a session begins, `order_watch.ts` holds them against each other while it runs, `dead_man.ts` is
 *   the exchange's own switch.
 * - `notifier.ts` posts alerts and events where people see them; it never holds up a session.
 * - `recorder.ts` keeps what comes in, lines and rows, in a store that is handed in (`engine/run/recording_folder.ts` is the disk's);
 *   `gap_report.ts` says what of it is missing.
 * - What comes in beside the data is a coded event (`live_event.ts`). Secrets are `Keys`, which neither print nor serialise.
 *
 * @module
 */
export type { Endpoints, Exchange } from "./exchange.ts";
export type { LiveTools } from "./live_tools.ts";
export { LIVE_EVENTS, type LiveEvent, type LiveEventName } from "./live_event.ts";
