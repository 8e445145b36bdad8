/**
 * Signalling: how two peers find each other and agree on a data channel, before anything goes over it.
 *
 * `mountSignalling` puts PeerServer's protocol up in a Hono application, so that the unmodified peerjs client works. `PeerExchange` is
 * its inside without sockets. `Tickets` let one peer in under one id; `rooms.ts` says who may know of whom, `ice_servers.ts` by
 * whose help peers find a way. `Sealer` closes what
 * two peers say to each other to everybody between them, signalling included, which therefore needs no trust for that.
 *
 * The links that come of it are in transport/link: `servePeers` takes calls, `dialPeer` makes them.
 *
 * Put together:
 *
 * ```
 * const tickets = new Tickets({ secret, now: Date.now });
 * const signalling = mountSignalling(app, { tickets, principal, allow });   // routes at /peer
 * const http = await serveHttp({ app, onUpgrade: signalling.upgrade });     // and its sockets
 * const peers = await servePeers({ signalling: `${http.url}/peer`, id, ticket: () => tickets.make({ peer: id, rooms }), onLink });
 * ```
 *
 * A caller first asks the server, with its session token, for a ticket; only that goes into the URL of the socket. To stop:
 * `signalling.drain(ms)`, then `peers.close()`, `signalling.close()`, `http.close()`.
 *
 * @module
 */
export { type ExchangeLimits, type ExchangeOptions, PeerExchange } from "./exchange.ts";
export { type IceServer, iceServersFor, type IceServersOptions } from "./ice_servers.ts";
export { mountSignalling, type Signalling, type SignallingOptions } from "./mount.ts";
export { type QualityReport, readQualityReport } from "./quality_report.ts";
export { maySee, maySeeAll, parseRoom, type Room, ROOM_KINDS, type RoomKind } from "./rooms.ts";
export {
  makeJoinCode,
  makeSealKeys,
  SealedTalk,
  Sealer,
  type SealOffer,
  type SealProof,
  type SealRole,
  sealThumbprint,
} from "./sealed.ts";
export { type Ticket, type TicketOptions, type TicketRequest, Tickets } from "./tickets.ts";
export { turnCredentials, type TurnRequest } from "./turn_credentials.ts";
