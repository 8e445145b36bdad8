import type { Codec, CodecName } from "../protocol/codec.ts";
import type { BackoffOptions } from "../../engine/live/backoff.ts";
import type { BreakerOptions } from "./circuit_breaker.ts";
import type { Timers } from "../link/timers.ts";
import { type Dial, webSocketDial } from "./dial.ts";
import type { HeartbeatOptions } from "./heartbeat.ts";
import type { MakeFallback } from "./fallback_keeper.ts";
import type { QueueOptions } from "./offline_queue.ts";
import type { PageLike } from "./page_events.ts";
import type { ErrorReport } from "./report.ts";
import type { MakeKeeper } from "./state_keeper.ts";
import type { TokenSource } from "./token.ts";
import type { WindowOptions } from "./topic.ts";

/** How a client is made. One of `url` and `dial` must be given; all else has its default. */
export interface ClientOptions {
  /** A WebSocket to dial: "ws://127.0.0.1:8787/ws". */
  readonly url?: string | URL;
  /** Makes links of other carriers; several are tried in turn, the first being the one preferred. */
  readonly dial?: Dial | readonly Dial[];
  /** "json"; "protobuf" is fetched when it is asked for. */
  readonly codec?: CodecName;
  /** Has the server compress large frames, of MessagePack and Protobuf; what inflates them is fetched when it is asked for. None. */
  readonly compression?: "deflate";
  /** Sent in hello. A function is asked again for each new token, so that a session outlives its token. */
  readonly token?: TokenSource;
  /** The session to join; the server's only one where absent. */
  readonly session?: string;
  /** What the client calls itself; "lockstep-client". */
  readonly name?: string;
  /** Wants each frame to say when it was written, for the statistics; false. */
  readonly timing?: boolean;
  /** How long an attempt may take until the server's hello; 10,000 ms. */
  readonly connectMs?: number;
  /** How long a request may wait for its answer; 10,000 ms. */
  readonly requestMs?: number;
  readonly backoff?: BackoffOptions;
  readonly heartbeat?: HeartbeatOptions;
  readonly queue?: QueueOptions;
  readonly breaker?: BreakerOptions;
  readonly window?: WindowOptions;
  /** Leaves a data channel that does badly, and returns to it: `fallback: fallBack()`; see fallback_keeper.ts. */
  readonly fallback?: MakeFallback;
  /** Keeps last states for when there is no connection: `keepStates(indexedDbCache())`. None where absent. */
  readonly cache?: MakeKeeper;
  /** Hears every line of the debug log; the last 200 are kept in `client.log` in any case. */
  readonly debug?: (line: string) => void;
  /** Opts in to error reports: gets one for each error, with no token and no data of the session in it. */
  readonly report?: (report: ErrorReport) => void;
  /** Put in by tests: time (ms since 1970), chance, the page, and where codecs come from. */
  readonly clock?: Timers;
  readonly random?: () => number;
  readonly page?: PageLike;
  readonly loadCodec?: (name: CodecName) => Promise<Codec>;
}

/** The dials that options name; throws TypeError where there is none. */
export function dialsOf({ url, dial }: ClientOptions): readonly Dial[] {
  const dials = dial === undefined ? [] : typeof dial === "function" ? [dial] : dial;
  if (dials.length > 0) return dials;
  if (url !== undefined) return [webSocketDial(url)];
  throw new TypeError("Cannot connect: url is undefined and there is no dial; give one of them");
}

/** What loads a codec, with what inflates its frames where options want them compressed; `plain` where they name none. */
export function codecsOf(plain: LoadCodec, { loadCodec: load = plain, compression }: ClientOptions): LoadCodec {
  return compression ? async (name) => (await import("./inflate.ts")).inflating(await load(name)) : load;
}

type LoadCodec = (name: CodecName) => Promise<Codec>;
