/**
 * Links: what carries frames between a client and a hub. A link takes whole frames and gives them whole, in order, and tells once
 * how it ended; which carrier it runs over is for whoever makes it to know.
 *
 * | carrier | server | client |
 * |---|---|---|
 * | WebSocket | `acceptWebSockets` | `dialWebSocket` |
 * | HTTP stream, where no WebSocket gets through | `acceptSse` | `dialSse` |
 * | long-polling, where answers are held back too | `acceptPolling` | `dialPolling` |
 * | data channel between peers | peer_server.ts | peer_client.ts, loaded on demand |
 * | memory, for one process | `memoryPair` | the same |
 * | a simulated network, for tests | `simulatedPair` | the same |
 *
 * `serveHttp` is the server under the first three. Pages import the dialling files by name, as this one brings the servers too.
 *
 * What a link ends with is a code of protocol/errors.ts, 0 where all is well. A WebSocket's close frame says it as status 1000 for 0
 * and else as status 4000 with a reason that begins with the code: "1001 read faster". Over HTTP it is an event "close" with
 * `{"code", "reason"}`. All links keep to _conformance.ts.
 *
 * @module
 */
export type { CodecName } from "../protocol/codec.ts";
export type { Carrier, Link, LinkLane } from "./link.ts";
export type { Endpoint, LinkLimits } from "./_endpoint.ts";
export type { HttpServerLink } from "./_http_server_link.ts";
export type { Caller, CheckCaller, Refusal } from "./caller.ts";
export {
  type HttpLimits,
  type HttpOptions,
  type HttpServer,
  serveHttp,
  type UpgradeHandler,
  type Upgrades,
} from "./http_server.ts";
export { MemoryLink, type MemoryOptions, memoryPair } from "./memory.ts";
export { acceptPolling, dialPolling } from "./polling.ts";
export {
  type NetworkCounts,
  type NetworkOptions,
  type SimulatedLink,
  type SimulatedNetwork,
  simulatedPair,
  type Trouble,
} from "./simulated.ts";
export { acceptSse, dialSse, type HttpCarrierOptions, type HttpDialOptions } from "./sse.ts";
export { systemTimers, type Timers, wallTimers } from "./timers.ts";
export { type DialOptions, dialWebSocket } from "./websocket_client.ts";
export { type AcceptOptions, acceptWebSockets, WebSocketServerLink } from "./websocket_server.ts";
