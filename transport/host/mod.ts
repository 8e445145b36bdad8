/**
 * Sessions that are served: what moves one on, what tells a hub of it, what takes commands to it, and the server that clients
 * come to.
 *
 * ```
 * Server: one port ─ Doorway (callers, counts, rates, hello) ─► Hub ◄─ HostedSession ─ Driver ─► engine's session
 *   │                                                                    └ Publisher ◄───────────────┘ what happens
 *   └ mountRest ─ Sessions (make, keep, fork, forget) ─ StrategyRegistry, TapeRegistry, TapeUploads
 * ```
 *
 * Read first:
 *
 * - `hosted_session.ts`: a session with a hub. `publisher.ts` is its recorder: it hears what happens and says it as messages of
 *   the protocol's channels. `driver.ts` says what moves it on: `backtest_driver.ts`, as fast as it goes, at so many simulated
 *   seconds a second, or a turn at a time; it pauses, steps and seeks. `paper_driver.ts` goes by the world's clock. Both hand over
 *   commands between two moves. None of that changes what the session puts out.
 * - `session_commands.ts`, `turns.ts`, `dead_man.ts`: what clients may ask. `modes.ts` is the one place that knows what a mode
 *   cannot have. `answered.ts` keeps a command that is sent again from being done again.
 * - `server.ts`: page, WebSockets, event streams, long polling, data channels, health and metrics on one port; `doorway.ts` is
 *   the way in for all of them, put together of what transport/auth offers.
 * - `sessions.ts`: sessions that clients make, by registered names alone, each recorded in a folder as any run is; `rest_api.ts`
 *   says so over HTTP. A fork is the same options and the commands so far (`inputs.ts`), run forward to its place.
 *
 * @module
 */
export { BacktestDriver, type BacktestDriverOptions } from "./backtest_driver.ts";
export type { ClockData, Driver, DriverState, Pace, TapeClock } from "./driver.ts";
export type { ForkPlace, HostOptions } from "./host_options.ts";
export { HostedSession } from "./hosted_session.ts";
export { checkMode, commandsIn, type Mode } from "./modes.ts";
export { Publisher, type PublisherOptions, type PublisherSink } from "./publisher.ts";
export { mountRest, type RestApi } from "./rest_api.ts";
export { Server } from "./server.ts";
export type { ServerOptions } from "./server_options.ts";
export { type Guard, StallWatch } from "./stall_watch.ts";
export { type SessionInfo, type SessionPlan, Sessions, type SessionsOptions } from "./sessions.ts";
export { type RegisteredStrategy, StrategyRegistry } from "./strategy_registry.ts";
export { checkTape, type RegisteredTape, TapeRegistry } from "./tape_registry.ts";
export { TapeUploads, type TapeUploadsOptions } from "./tape_uploads.ts";
