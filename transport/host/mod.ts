/**
 * Sessions that are served: what moves one on, what tells a hub of it, and what takes commands to it.
 *
 * - `publisher.ts` is a recorder: it hears what happens in a session and says it as messages of the protocol's channels.
 * - `driver.ts` moves a session on, as fast as it goes, at so many simulated seconds a second, or a turn at a time; it pauses,
 *   steps and seeks, and hands over commands between two moves. None of that changes what the session puts out.
 *
 * @module
 */
export { type ClockData, Driver, type DriverOptions, type DriverState, type Pace } from "./driver.ts";
export { Publisher, type PublisherOptions, type PublisherSink } from "./publisher.ts";
export { MACHINE, type Timing } from "./timing.ts";
