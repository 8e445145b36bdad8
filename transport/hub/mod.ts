/**
 * The hub: what happens in a session goes out to whoever follows it, and what they ask comes in.
 *
 * ```
 * publish() → Topic (sequence, history, snapshot) → Cohort (those in step: one frame for all) ──→ Link, Link, Link …
 *                      ↑                                 ↓ no credit        ↑ caught up
 *                      └──────── Outbox (one client: where it stands in each topic, answers) ──→ Link
 * ```
 *
 * - A **topic** is a channel of one symbol: an epoch, sequences from 1, a bounded history whose messages are encoded once a codec.
 * - A **cohort** is all connections with the same subscriptions and codec that are in step: a frame is built once for all.
 * - **Credit**: at most a window of bytes is unacknowledged. A member without credit may be some frames behind its cohort; then it
 *   leaves, and an **outbox** holds where it stands in each topic. What it gets next is made from the histories when it can take
 *   it: conflated topics merged to one message, lossless ones each message, by lanes. When it has all it goes back.
 * - Whoever subscribes or comes back begins in an outbox too, at a snapshot or where it stood, so there is one way to catch up.
 * - A **connection** outlives its links for a grace. It ends with it, with its token, or when somebody ends it.
 *
 * A server takes links with `greet`, which waits for the hello, asks who it is, and calls `Hub.connect`.
 *
 * @module
 */
export type { Connection } from "./connection.ts";
export { type ChannelCount, Counters, type HubMetrics } from "./counters.ts";
export { greet, type GreetOptions, refuseLink } from "./greet.ts";
export { type Hello, Hub, type HubOptions } from "./hub.ts";
export type { OwnersRequest } from "./intake.ts";
export { DASHBOARD_FLUSH, DEFAULT_LIMITS, FLUSH_PROFILES, type FlushLimits, type HubLimits } from "./limits.ts";
export type { Principal } from "../auth/principal.ts";
