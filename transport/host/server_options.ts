import type { ConnectionCounts, Principal, Rates, TokenOptions } from "../auth/mod.ts";
import type { HubLimits } from "../hub/mod.ts";
import type { HttpLimits } from "../link/http_server.ts";
import type { PeerTicket } from "./peers.ts";
import type { Server } from "./server.ts";

/** How a server is put up. */
export interface ServerOptions {
  /** 0 lets the system choose. */
  readonly port: number;
  /** 127.0.0.1 unless told. */
  readonly hostname?: string;
  /** Certificate and key, PEM files. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** Who makes tokens; on loopback, where there is none, a token is made for this start. */
  readonly issuers?: TokenOptions["issuers"];
  /** What tokens name as their audience; "lockstep" unless said. */
  readonly audience?: string;
  /** Names under which it may be asked for, beside those of loopback; pages that may use it. */
  readonly hosts?: readonly string[];
  readonly origins?: readonly string[];
  /** Trading over plain text off loopback is wanted. */
  readonly plainTextTrade?: boolean;
  /** Proxies by address that are trusted to name the clients they speak for. */
  readonly proxies?: readonly string[];
  /** Whether data channels are taken, with signalling at /peer; true. Nothing of them is loaded before somebody wants one. */
  readonly peers?: boolean;
  /** STUN and TURN servers for data channels, with credentials for who asks; none. */
  readonly iceServers?: (principal: Principal) => PeerTicket["iceServers"];
  /** Data channels go by a TURN server alone, so that neither end learns the other's address; false. */
  readonly relayOnly?: boolean;
  /** Where who did what is written; nowhere where absent. */
  readonly auditFile?: string;
  /** Where revocations are kept over restarts; nowhere where absent. */
  readonly revocationsFile?: string;
  /** Bounds, each of which has a default: of requests, of what comes in, of connections, of each session's hub. */
  readonly limits?: {
    readonly http?: HttpLimits;
    readonly rates?: Rates;
    readonly connections?: ConnectionCounts;
    readonly hub?: Partial<HubLimits>;
    /** The most bytes of a frame; 1 MiB. */
    readonly frameBytesMax?: number;
  };
  /** Puts up more routes, before the first request. */
  readonly mount?: (server: Server) => void;
  /** Takes lines of the log; nobody where absent. */
  readonly log?: (line: string) => void;
}
