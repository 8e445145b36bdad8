import type { DataConnection, Peer } from "peerjs";
import { CODEC_NAMES, type CodecName, subprotocolOf } from "../protocol/codec.ts";
import { guardPeer } from "./_peer_guard.ts";
import { peerOptionsOf, type PeerPlace, randomToken } from "./_peer_place.ts";
import type { LinkLimits } from "./_endpoint.ts";
import { DataChannelLink } from "./datachannel.ts";
import { configurationOf, useWebRtc, type WebRtc } from "./webrtc.ts";

/** Who called. */
export interface PeerCaller {
  /** Its id at signalling; with tickets, the one its ticket names. */
  readonly peer: string;
  readonly codec: CodecName;
}

/** How peers' calls are taken. */
export interface PeerServerOptions extends Omit<PeerPlace, "iceServers">, LinkLimits {
  /** The id by which it is called. */
  readonly id: string;
  /** A ticket for that id; asked for anew where the one before is not taken any more. Without it, signalling must need none. */
  readonly ticket?: () => string;
  /** STUN and TURN servers, asked for at each call, as credentials end; none. */
  readonly iceServers?: () => readonly RTCIceServer[];
  /** Codecs that are spoken; all. */
  readonly protocols?: readonly CodecName[];
  /** Calls at a time, and of one peer; 256 and 8. */
  readonly callsMax?: number;
  readonly callsPerPeerMax?: number;
  /** How long a call may take to open, ms; 15,000. */
  readonly openMs?: number;
  /** How long it waits before it goes back to signalling that it lost, ms; 1000. */
  readonly returnMs?: number;
  /** The address that a peer's link has, for limits and logs; its id at signalling where absent. */
  readonly remoteOf?: (peer: string) => string;
  /** Gets each link, in the same turn in which it opened. */
  readonly onLink: (link: DataChannelLink, caller: PeerCaller) => void;
  /** Gets what went wrong and harms nobody else: a call that failed, signalling that is away. */
  readonly onTrouble?: (what: string) => void;
}

/** Peers' calls are taken. */
export interface PeerServer {
  readonly id: string;
  /** Links there are now. */
  readonly links: ReadonlySet<DataChannelLink>;
  /** Ends all links and leaves signalling. */
  close(): Promise<void>;
}

/**
 * Takes calls of peers over data channels: unmodified peerjs, in a browser or on Deno, that calls `id` with
 * `{ serialization: "raw", reliable: true, label: "lockstep.1.json" }`, where the label names the codec.
 *
 * It goes back to signalling whenever it loses it; links do not mind. Rejects where signalling does not take it the first time.
 */
export async function servePeers(options: PeerServerOptions): Promise<PeerServer> {
  const rtc = await useWebRtc();
  const Peer = await rtc.peer();
  const server = new Server(options, rtc, new Peer(options.id, peerOptionsOf(placeOf(options), tokenOf(options))));
  try {
    await server.opened;
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** The place with the servers of now. */
function placeOf(options: PeerServerOptions): PeerPlace {
  return { ...options, iceServers: options.iceServers?.() };
}

function tokenOf({ ticket }: PeerServerOptions): string {
  return ticket?.() ?? randomToken();
}

class Server implements PeerServer {
  readonly id: string;
  readonly links = new Set<DataChannelLink>();
  readonly opened: Promise<void>;
  readonly #options: PeerServerOptions;
  readonly #rtc: WebRtc;
  readonly #peer: Peer;
  /** Calls that are open or opening, by peer. */
  readonly #calls = new Map<string, number>();
  #callCount = 0;
  #timers = new Set<ReturnType<typeof setTimeout>>();
  #closed = false;
  /** Between losing signalling and being back. */
  #returning = false;
  #formerTicket = "";

  constructor(options: PeerServerOptions, rtc: WebRtc, peer: Peer) {
    this.id = options.id;
    this.#options = options;
    this.#rtc = rtc;
    this.#peer = peer;
    guardPeer(peer, { admits: (src) => this.#admits(src) });
    peer.on("connection", (call) => this.#take(call));
    peer.on("disconnected", () => this.#return());
    this.opened = new Promise((resolve, reject) => {
      peer.on("open", () => {
        this.#returning = false;
        resolve();
      });
      peer.on("error", ({ type, message }) => {
        this.#refused(type);
        this.#trouble(`${type}: ${message}`);
        reject(new Error(`Cannot serve peers as ${options.id}: ${message}; look at the id, its ticket and signalling`));
      });
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const link of [...this.links]) link.terminate();
    this.#peer.destroy();
    await this.#rtc.release();
  }

  #admits(src: string): boolean {
    const { callsMax = 256, callsPerPeerMax = 8 } = this.#options;
    const admitted = this.#callCount < callsMax && (this.#calls.get(src) ?? 0) < callsPerPeerMax;
    if (admitted) this.#peer.options.config = configurationOf(placeOf(this.#options));
    else this.#trouble(`a call of ${src} is one too many`);
    return admitted;
  }

  #take(call: DataConnection): void {
    const { peer, label } = call;
    const codec = (this.#options.protocols ?? CODEC_NAMES).find((name) => subprotocolOf(name) === label);
    const over = this.#count(peer);
    const timer = this.#later(this.#options.openMs ?? 15_000, () => {
      this.#trouble(`a call of ${peer} did not open`);
      call.close();
      over();
    });
    const forget = () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
    call.on("error", ({ message }) => this.#trouble(`a call of ${peer}: ${message}`));
    call.on("close", () => {
      forget();
      over();
    });
    // Once: a second channel of the same call would open it again.
    call.once("open", () => {
      forget();
      if (codec === undefined || !call.reliable) {
        this.#trouble(`a call of ${peer} has no codec or order: its label is ${label.slice(0, 40)}`);
        call.close();
        return over();
      }
      this.#link(call, { peer, codec }, over);
    });
  }

  #link(call: DataConnection, caller: PeerCaller, over: () => void): void {
    const link = new DataChannelLink(call.peerConnection, call.dataChannel, {
      ...limitsOf(this.#options),
      text: caller.codec === "json",
      remote: this.#options.remoteOf?.(caller.peer) ?? caller.peer,
      onFree: () => {
        this.links.delete(link);
        call.close();
        over();
      },
    });
    this.links.add(link);
    this.#options.onLink(link, caller);
  }

  /** Counts a call; what it returns ends it, once. */
  #count(peer: string): () => void {
    this.#callCount++;
    this.#calls.set(peer, (this.#calls.get(peer) ?? 0) + 1);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#callCount--;
      const left = (this.#calls.get(peer) ?? 1) - 1;
      if (left > 0) this.#calls.set(peer, left);
      else this.#calls.delete(peer);
    };
  }

  /** Goes back to signalling, with the ticket that holds the id as long as that is taken. */
  #return(): void {
    if (this.#closed || this.#peer.destroyed) return;
    this.#returning = true;
    this.#later(this.#options.returnMs ?? 1000, () => {
      if (!this.#closed && !this.#peer.destroyed && this.#peer.disconnected) this.#peer.reconnect();
    });
  }

  /** Chooses the ticket for the next attempt by what became of this one. */
  #refused(type: string): void {
    const { options } = this.#peer, { ticket } = this.#options;
    if (!ticket || !this.#returning) return;
    const current = options.token ?? "";
    if (type === "server-error") options.token = ticket();
    else if (type === "unavailable-id") options.token = this.#formerTicket; // that one holds the id after all
    else return;
    this.#formerTicket = current;
  }

  #later(ms: number, work: () => void): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  #trouble(what: string): void {
    if (!this.#closed) this.#options.onTrouble?.(what);
  }
}

function limitsOf({ frameBytesMax, bufferBytesMax }: LinkLimits): LinkLimits {
  return {
    ...(frameBytesMax === undefined ? {} : { frameBytesMax }),
    ...(bufferBytesMax === undefined ? {} : { bufferBytesMax }),
  };
}
