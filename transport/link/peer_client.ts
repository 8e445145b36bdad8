/**
 * The caller's end of a link over a data channel; load it when it is first needed, as it brings peerjs with it.
 *
 * ICE is not restarted on a link that lost its way. One end of a session's link is the server, whose stack refuses (`restartIce` of
 * node-datachannel 0.33.4 throws), and peerjs 1.5.5, in browsers too, takes a second offer of a call that stands as the end of it.
 * What a restart is for comes of another call, which gathers all ways anew: a link whose way has died is given up by its
 * heartbeats, the client dials again, and the session goes on by sequence with nothing lost, over this carrier or whichever comes
 * first (see fallback.ts). A test cuts the way under a link and looks.
 *
 * @module
 */
import type { DataConnection, Peer } from "peerjs";
import { type CodecName, subprotocolOf } from "../protocol/codec.ts";
import { type ErrorName, ProtocolError } from "../protocol/errors.ts";
import { guardPeer } from "./_peer_guard.ts";
import { peerOptionsOf, type PeerPlace, randomToken } from "./_peer_place.ts";
import type { LinkLimits } from "./_endpoint.ts";
import { DataChannelLink } from "./datachannel.ts";
import type { Quality } from "./quality.ts";
import { watchQuality } from "./quality_watch.ts";
import { useWebRtc, type WebRtc } from "./webrtc.ts";

/** How a peer is called. */
export interface PeerDialOptions extends PeerPlace, LinkLimits {
  /** The id of who is called. */
  readonly peer: string;
  readonly codec: CodecName;
  /** The caller's own id, which a ticket names; made up where absent. */
  readonly id?: string;
  /** Where signalling needs one. */
  readonly ticket?: string;
  /** How long opening may take; 15,000 ms. */
  readonly timeoutMs?: number;
  /** How often the link's quality is reported to signalling, in heartbeats; 5000 ms, 0 for never. */
  readonly reportMs?: number;
  /** Gets the same, for one's own use. */
  readonly onQuality?: (quality: Quality) => void;
  /** Signalling is about to stop, and the server with it perhaps: come back after so many ms. */
  readonly onDrain?: (reconnectMs: number) => void;
  /** Gives the attempt up. */
  readonly signal?: AbortSignal;
}

/**
 * Calls a peer through signalling and opens a link to it over a data channel, in browsers and on Deno. No server but signalling is
 * asked unless `iceServers` names one. Rejects with a `ProtocolError`: LINK_LOST where nothing answers, TOKEN_INVALID where the
 * ticket is not taken.
 */
export async function dialPeer(options: PeerDialOptions): Promise<DataChannelLink> {
  const rtc = await useWebRtc();
  let peer: Peer | undefined;
  try {
    const Peer = await rtc.peer();
    const id = options.id ?? crypto.randomUUID();
    peer = new Peer(id, peerOptionsOf(options, options.ticket ?? randomToken()));
    guardPeer(peer, {
      onOther: (type, payload) => type === "DRAIN" && options.onDrain?.(reconnectMsOf(payload)),
    });
    return await openLink({ peer, rtc, options });
  } catch (error) {
    peer?.destroy();
    await rtc.release();
    throw error;
  }
}

/** The link of a call, made in the same turn in which the call opens: the callee's first frames may come with its opening. */
function openLink(parts: Parts): Promise<DataChannelLink> {
  const { peer, options } = parts, { codec, timeoutMs = 15_000, signal, peer: callee } = options;
  return new Promise((resolve, reject) => {
    const fail = (name: ErrorName, why: string) => {
      settle();
      reject(new ProtocolError(name, `Cannot call ${callee}: ${why}`));
    };
    const aborted = () => fail("LINK_LOST", "the attempt was given up");
    const timer = setTimeout(() => fail("LINK_LOST", `nothing answered in ${timeoutMs} ms`), timeoutMs);
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", aborted);
    };
    if (signal?.aborted) return aborted();
    signal?.addEventListener("abort", aborted);
    peer.on("error", ({ type, message }) => {
      // What peerjs says of single candidates ends nothing: the link opens by others, or in vain.
      if (type !== "webrtc") fail(/ticket/i.test(message) ? "TOKEN_INVALID" : "LINK_LOST", message);
    });
    peer.once("open", () => {
      const call = peer.connect(callee, { serialization: "raw", reliable: true, label: subprotocolOf(codec) });
      call.on("error", ({ message }) => fail("LINK_LOST", message));
      call.on("close", () => fail("LINK_LOST", "the call was ended"));
      call.once("open", () => {
        settle();
        resolve(linkOf(call, parts));
      });
    });
  });
}

interface Parts {
  readonly peer: Peer;
  readonly rtc: WebRtc;
  readonly options: PeerDialOptions;
}

function linkOf(call: DataConnection, { peer, rtc, options }: Parts): DataChannelLink {
  const { frameBytesMax, bufferBytesMax, reportMs = 5000, onQuality } = options;
  let unwatch = () => {};
  const link = new DataChannelLink(call.peerConnection, call.dataChannel, {
    ...(frameBytesMax === undefined ? {} : { frameBytesMax }),
    ...(bufferBytesMax === undefined ? {} : { bufferBytesMax }),
    text: options.codec === "json",
    remote: options.peer,
    onFree: () => {
      unwatch();
      peer.destroy();
      void rtc.release();
    },
  });
  if (reportMs > 0) {
    const report = (quality: Quality) => {
      onQuality?.(quality);
      if (peer.open) peer.socket.send({ type: "HEARTBEAT", payload: { peer: options.peer, ...quality } });
    };
    unwatch = watchQuality(link, { probeMs: reportMs / 5, probesPerSample: 5, onQuality: report });
  }
  return link;
}

function reconnectMsOf(payload: unknown): number {
  const ms = typeof payload === "object" && payload !== null && "reconnectMs" in payload ? payload.reconnectMs : 0;
  return typeof ms === "number" && ms >= 0 ? ms : 0;
}
