/**
 * The client: a session's channels as async iterables, its books whole, its commands as promises, over a connection that finds
 * its way back by itself. For browsers and Deno.
 *
 * Begin with `connect` (client.ts). Carriers are functions that make links (`dial`), so that a WebSocket, a data channel or a
 * link in memory serve alike, and a client moves from one to another in the middle of all (`client.move`).
 *
 * How it is made: connector.ts keeps a link (attempt.ts, state.ts, backoff.ts, heartbeat.ts), wire.ts turns its frames into
 * messages, feeds.ts leads these to those who want them (topic.ts for order, fold.ts for state), commands.ts sends commands.
 *
 * What not every page needs is not loaded with this module: deciding for a session from outside (drive.ts), Protobuf (fetched
 * by `codec: "protobuf"`), carriers but WebSocket (their own dials; server_dial.ts goes over HTTP where no WebSocket can be opened),
 * data that peers share and no server reads (sealed_room.ts, sealed_link.ts), states kept for offline (state_keeper.ts, cache.ts), one client for many (pool.ts), the way
 * from a poor data channel to WebSocket and back (fallback_keeper.ts), React (react.ts).
 *
 * @module
 */
export { Client, connect } from "./client.ts";
export type { ClientOptions } from "./options.ts";
export type { ClientEvents } from "./events.ts";
export type { ClientState } from "./state.ts";
export type { ClientStats } from "./stats.ts";
export type { Command, CommandOptions } from "./commands.ts";
export type { BookView, Level } from "./book.ts";
export { Book } from "./book.ts";
export type { BookSubscription } from "./book_subscription.ts";
export type { Subscription } from "./subscription.ts";
export type {
  CommandAnswer,
  HistoryAnswer,
  ServerHello,
  SnapshotData,
  Turn,
  Update,
  UpdateData,
  Wishes,
} from "./update.ts";
export { type Dial, type DialWish, webSocketDial } from "./dial.ts";
export type { MakeKeeper } from "./state_keeper.ts";
export type { ErrorReport } from "./report.ts";
export type { TokenSource } from "./token.ts";
export type { Timers } from "../link/timers.ts";
export { defineStatusElement, type StatusElement } from "./status_element.ts";
