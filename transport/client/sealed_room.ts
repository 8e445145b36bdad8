/**
 * Data that peers of a room share, and nobody else reads: not the server, which brings them together, and no relay.
 *
 * Whoever joins calls all who are in the room already, each over a data channel of their own, and seals it (sealed_link.ts). A peer
 * whose key is not proved, because somebody stands between or does not know the code, is told of by `onRefused` and gets
 * nothing. The server sees who joins which room and when peers call each other; sizes and times of messages are in the open.
 *
 * A peer whose link is lost is gone until one of the two joins again: then what was sent meanwhile has not come.
 *
 * With a code, whoever knows it is one of them, under whichever name; with thumbprints a peer is known by its key.
 *
 * @module
 */
import * as v from "valibot";
import type { DataChannelLink } from "../link/datachannel.ts";
import { dialPeer } from "../link/peer_client.ts";
import { type PeerServer, servePeers } from "../link/peer_server.ts";
import { peerTicket } from "../protocol/rest.ts";
import { Sealer, type SealProof, type SealRole } from "../signal/sealed.ts";
import { RestClient } from "./rest_client.ts";
import { type SealedLink, sealLink } from "./sealed_link.ts";

/** Who sent something. */
export interface SealedPeer {
  /** Its id in the room; its own word. */
  readonly id: string;
  /** Of its key: with thumbprints, who it is. */
  readonly thumbprint: string;
}

/** How one joins a room. */
export interface SealedRoomOptions extends SealProof {
  /** The server: "http://127.0.0.1:8787/". */
  readonly url: string | URL;
  /** A token that may read what the room is about. */
  readonly token?: string;
  /** "session:paper-1", "instrument:BTCUSDT", "class:a", "strategy:name". */
  readonly room: string;
  /** One's own keys, where others know them by thumbprint; made for the room where absent. */
  readonly keys?: CryptoKeyPair;
  /** Peers that one talks with, at most; 16. */
  readonly peersMax?: number;
  /** How long a peer may take to be reached, and then to prove its key, ms; 10,000. */
  readonly timeoutMs?: number;
  /** The one local address to use: "127.0.0.1" on a host that has loopback alone. */
  readonly bindAddress?: string;
  /** Gets messages of the others, those of one peer in order. */
  readonly onMessage: (message: Uint8Array<ArrayBuffer>, from: SealedPeer) => void;
  /** Somebody came or went: who is there now. It is called while one joins, too, before there is a room. */
  readonly onPeers?: (peers: readonly SealedPeer[]) => void;
  /** Somebody could not be reached, or did not prove to be one of us. */
  readonly onRefused?: (why: string) => void;
}

/**
 * A room that one has joined.
 *
 * @example Not run with the other examples, as the native stack of data channels serves one isolate of a process.
 * ```ts ignore
 * const code = makeJoinCode(); // told to the others by another way than the server
 * const room = await SealedRoom.join({
 *   url: "http://127.0.0.1:8787/",
 *   token,
 *   room: "session:paper-1",
 *   code,
 *   onMessage: (message, { id }) => console.log(id, new TextDecoder().decode(message)),
 * });
 * await room.send(new TextEncoder().encode("spread looks wide"));
 * await room.close();
 * ```
 */
export class SealedRoom {
  readonly #options: SealedRoomOptions;
  readonly #rest: RestClient;
  /** One's own id in the room. */
  readonly id: string;
  readonly #talks = new Map<string, SealedLink>();
  /** Links that are not sealed yet. */
  #meeting = 0;
  #server: PeerServer | undefined;
  #closed = false;

  private constructor(options: SealedRoomOptions, rest: RestClient, id: string) {
    this.#options = options;
    this.#rest = rest;
    this.id = id;
  }

  /**
   * Joins a room; resolves when all who are there were called. Rejects with a ProtocolError where the server takes one not in, and
   * with RangeError for a code that `makeJoinCode` did not make, or not just one proof.
   */
  static async join(options: SealedRoomOptions): Promise<SealedRoom> {
    const { url, token, room: name, peersMax = 16, timeoutMs = 10_000 } = options;
    await Sealer.make("caller", proofOf(options));
    const rest = new RestClient(new URL(url), token), query = `room=${encodeURIComponent(name)}`;
    const asked = await rest.post(`api/tickets?${query}`, undefined, peerTicket);
    const { id, ticket, peer, iceServers, relayOnly } = asked, room = new SealedRoom(options, rest, id);
    room.#server = await servePeers({
      ...room.#place,
      id,
      ticket: () => ticket,
      iceServers: () => iceServers,
      relayOnly,
      protocols: ["msgpack"],
      callsMax: 2 * peersMax,
      callsPerPeerMax: 1,
      openMs: timeoutMs,
      onLink: (link) => void room.#meet(link, "callee"),
      onTrouble: (what) => options.onRefused?.(what),
    });
    try {
      const there = await rest.get(`peer/peerjs/peers?${query}`, v.array(v.string()));
      const others = there.filter((each) => each !== id && each !== peer).slice(0, peersMax);
      await Promise.all(others.map((each) => room.#call(each)));
      return room;
    } catch (error) {
      await room.close();
      throw error;
    }
  }

  /** Who is there and has proved its key. */
  get peers(): readonly SealedPeer[] {
    return Array.from(this.#talks, ([id, { thumbprint }]) => ({ id, thumbprint }));
  }

  /** Sends a message, of 1 MiB less 24 bytes at most, to all who are there, or to one; resolves when it was handed over. */
  async send(message: Uint8Array<ArrayBuffer>, to?: string): Promise<void> {
    const links = to === undefined ? [...this.#talks.values()] : [this.#talks.get(to)];
    await Promise.all(links.map((talk) => talk?.send(message)));
  }

  /** Leaves. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const link of this.#talks.values()) link.close();
    await this.#server?.close();
  }

  get #place() {
    const { url, bindAddress } = this.#options;
    return { signalling: new URL("peer", url), ...(bindAddress === undefined ? {} : { bindAddress }) };
  }

  async #call(peer: string): Promise<void> {
    const { timeoutMs = 10_000, onRefused } = this.#options;
    try {
      // Each call comes to signalling as somebody else: one id has one socket there.
      const { id, ticket, iceServers, relayOnly } = await this.#rest.post("api/tickets", undefined, peerTicket);
      const place = { ...this.#place, iceServers, relayOnly, timeoutMs, reportMs: 0 };
      await this.#meet(await dialPeer({ ...place, peer, id, ticket, codec: "msgpack" }), "caller");
    } catch (error) {
      onRefused?.(`${peer}: ${(error as Error).message}`);
    }
  }

  /** Seals a link and keeps it, resolving when that is done; what comes by it is told until it ends. */
  async #meet(link: DataChannelLink, role: SealRole): Promise<void> {
    const { keys, timeoutMs, peersMax = 16, onRefused } = this.#options;
    if (this.#closed || this.#talks.size + this.#meeting >= 2 * peersMax) return link.terminate();
    this.#meeting++;
    try {
      const sealed = await sealLink(link, { role, proof: proofOf(this.#options), keys, timeoutMs, name: this.id });
      if (this.#keep(sealed)) void this.#listen(sealed);
      else sealed.close();
    } catch (error) {
      onRefused?.((error as Error).message);
    } finally {
      this.#meeting--;
    }
  }

  /** Whether a link is the one to talk over: of several with one peer, who called and was called, both ends choose the same. */
  #keep(link: SealedLink): boolean {
    const { name, id, thumbprint } = link, former = this.#talks.get(name);
    const { peersMax = 16 } = this.#options;
    if (this.#closed || name === this.id || (former === undefined && this.#talks.size >= peersMax)) return false;
    // Another's name, which a key shows.
    if (former && this.#options.thumbprint !== undefined && former.thumbprint !== thumbprint) return false;
    if (former && former.id < id) return false;
    this.#talks.set(name, link);
    former?.close();
    this.#tellPeers();
    return true;
  }

  async #listen(link: SealedLink): Promise<void> {
    const { name: id, thumbprint } = link, { onMessage, onRefused } = this.#options;
    try {
      for await (const message of link.messages) told(() => onMessage(message, { id, thumbprint }));
    } catch (error) {
      onRefused?.(`${id}: ${(error as Error).message}`);
      link.close();
    }
    if (this.#talks.get(id) !== link) return;
    this.#talks.delete(id);
    this.#tellPeers();
  }

  #tellPeers(): void {
    told(() => this.#options.onPeers?.(this.peers));
  }
}

/** Calls what the application gave: its faults are its own, and no peer's. */
function told(call: () => void): void {
  try {
    call();
  } catch (error) {
    reportError(error);
  }
}

function proofOf({ code, thumbprint }: SealProof): SealProof {
  return { ...(code === undefined ? {} : { code }), ...(thumbprint === undefined ? {} : { thumbprint }) };
}
