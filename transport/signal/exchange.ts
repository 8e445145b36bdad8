import { BucketTable } from "../auth/bucket_table.ts";
import { type Rate, TokenBucket } from "../auth/token_bucket.ts";
import type { Timers } from "../link/timers.ts";
import { Calls } from "./calls.ts";
import { Letters } from "./letters.ts";
import { type QualityReport, readQualityReport } from "./quality_report.ts";
import { parseRoom } from "./rooms.ts";
import type { Ticket, Tickets } from "./tickets.ts";
import { errorText, isPeerId, messageText, type PeerMessage, readMessage, waits } from "./wire.ts";

/** A socket, as far as the exchange uses it. */
export interface PeerPort {
  /** Bytes that the peer has not taken. */
  readonly buffered: number;
  send(text: string): void;
  /** Closes with a WebSocket status. */
  close(status: number, reason: string): void;
  /** Cuts it at once. */
  terminate(): void;
}

/** What a peer asks for when it comes, as its URL says. */
export interface PeerRequest {
  readonly key: string;
  readonly id: string;
  readonly token: string;
  /** Where it came from, for limits. */
  readonly address: string;
}

/** A socket that was let in: who has it tells what it hears. */
export interface PeerSocket {
  receive(text: string): void;
  /** The socket has closed. */
  gone(): void;
}

/** Bounds of what peers may do; each has a default that peerjs in good order never meets. */
export interface ExchangeLimits {
  /** Peers at a time, those that may resume among them; 10,000. */
  readonly peersMax?: number;
  /** Of one address; 256. */
  readonly peersPerAddressMax?: number;
  /** Messages of one connection, but for answers to others' offers; 300 at once, 30 a second. */
  readonly messages?: Rate;
  /** Messages of one address, all its connections together; 3000 at once, 300 a second. */
  readonly addressMessages?: Rate;
  /** Characters of one connection; 1 MiB at once, 64 KiB a second. */
  readonly characters?: Rate;
  /** Attempts of one address; 60 at once, 2 a second. */
  readonly attempts?: Rate;
  /** Characters of one message; 65,536. */
  readonly messageMax?: number;
  /** A peer that reads so slowly that more bytes wait is cut; 1 MiB. */
  readonly bufferedMax?: number;
  /** How long a message waits for its receiver; 5000 ms. */
  readonly waitMs?: number;
  /** A peer that says nothing for so long is closed; 90,000 ms. */
  readonly idleMs?: number;
  /** How long an id is held for its ticket after its socket has closed; 600,000 ms. Without tickets it is free at once. */
  readonly resumeMs?: number;
}

/** How peers are let in. */
export interface ExchangeOptions {
  /** "peerjs", which the client sends unless told. */
  readonly key?: string;
  /** Wall time, as tickets have it. */
  readonly clock: Timers;
  /** Where given, a peer's token must be a ticket. */
  readonly tickets?: Tickets;
  readonly limits?: ExchangeLimits;
  /** Gets what a peer's heartbeat said of its links, for metrics. */
  readonly onQuality?: (peer: string, report: QualityReport) => void;
}

interface PeerState {
  readonly id: string;
  /** The token, or the ticket's serial: whoever has it has the id. */
  readonly secret: string;
  readonly address: string;
  rooms: readonly string[];
  port: PeerPort | undefined;
  heard: number;
}

const POLICY = 1008, RESTART = 1012, REPLACED = 4001, IDLE = 4002;
const SWEEP_MS = 1000;

/**
 * The exchange of PeerServer's messages between peers, without sockets: who is there, whose id is whose, what waits for whom.
 *
 * All that a peer can make it hold is bounded, and what a peer does wrong ends that peer's connection alone.
 *
 * | operation | cost |
 * |---|---|
 * | connect, receive | O(1), and O(waiting) for a peer that comes |
 * | sweep, once a second | O(peers) |
 */
export class PeerExchange {
  readonly #key: string;
  readonly #clock: Timers;
  readonly #tickets: Tickets | undefined;
  readonly #limits: Required<ExchangeLimits>;
  readonly #onQuality: (peer: string, report: QualityReport) => void;
  readonly #peers = new Map<string, PeerState>();
  readonly #perAddress = new Map<string, number>();
  readonly #attempts: BucketTable;
  readonly #perAddressMessages: BucketTable;
  readonly #letters: Letters;
  readonly #calls = new Calls();
  #sweeping: (() => void) | undefined;
  #draining = false;

  constructor({ key = "peerjs", clock, tickets, limits = {}, onQuality = () => {} }: ExchangeOptions) {
    this.#key = key;
    this.#clock = clock;
    this.#tickets = tickets;
    this.#onQuality = onQuality;
    this.#limits = { ...DEFAULTS, ...limits };
    const { attempts, addressMessages } = this.#limits, now = () => clock.now();
    this.#attempts = new BucketTable({ ...attempts, entriesMax: ADDRESSES_MAX, now });
    this.#perAddressMessages = new BucketTable({ ...addressMessages, entriesMax: ADDRESSES_MAX, now });
    const { waitMs } = this.#limits;
    this.#letters = new Letters({ waitMs, countMax: 128, bytesMax: 524_288, totalBytesMax: 33_554_432 });
  }

  /** Characters of one message at most. */
  get messageMax(): number {
    return this.#limits.messageMax;
  }

  /** Peers that are there, or may resume. */
  get size(): number {
    return this.#peers.size;
  }

  /** Messages that wait for peers. */
  get waiting(): number {
    return this.#letters.size;
  }

  /** Whether an address may try once more now; counts the attempt. */
  attempt(address: string): boolean {
    return this.#attempts.take(address, 1) === 0;
  }

  /** Lets a peer in: it is told OPEN and gets what waited for it. Else it is told why not, closed, and undefined is returned. */
  connect(port: PeerPort, request: PeerRequest): PeerSocket | undefined {
    const answer = this.#admit(request);
    if (typeof answer === "string") {
      port.send(answer);
      port.close(POLICY, "refused");
      return undefined;
    }
    const former = answer.port;
    answer.port = port;
    answer.heard = this.#clock.now();
    former?.close(REPLACED, "another connection has taken over");
    port.send(messageText("OPEN"));
    for (const { text } of this.#letters.take(answer.id)) port.send(text);
    this.#sweepSoon();
    return this.#socketOf(answer, port);
  }

  /** Puts a peer into rooms, in place of those it was in; false where there is no such peer. Throws RangeError for what is no room. */
  announce(id: string, rooms: readonly string[]): boolean {
    for (const room of rooms) {
      if (!parseRoom(room)) throw new RangeError(`Cannot announce ${id}: ${room} is no room; write session:name`);
    }
    const peer = this.#peers.get(id);
    if (peer) peer.rooms = [...rooms];
    return peer !== undefined;
  }

  /** Ids of the peers that are there now, of one room or all, in order of the alphabet. */
  list(room?: string): string[] {
    const ids: string[] = [];
    for (const { id, port, rooms } of this.#peers.values()) {
      if (port && (room === undefined || rooms.includes(room))) ids.push(id);
    }
    return ids.sort();
  }

  /**
   * Takes no more peers, and tells those that are there to come back after so many ms; they are closed after `graceMs`. What peers
   * have between them goes on.
   */
  drain(reconnectMs: number, graceMs = 1000): void {
    if (this.#draining) return;
    this.#draining = true;
    for (const { port } of this.#peers.values()) port?.send(messageText("DRAIN", { payload: { reconnectMs } }));
    this.#sweeping?.();
    this.#sweeping = this.#clock.after(graceMs, () => this.close());
  }

  /** Closes all. */
  close(): void {
    this.#draining = true;
    this.#sweeping?.();
    this.#sweeping = undefined;
    for (const { port } of this.#peers.values()) port?.close(RESTART, "the server stops");
    this.#peers.clear();
    this.#perAddress.clear();
  }

  /** The peer's state, made or found; or the text of the refusal. */
  #admit({ key, id, token, address }: PeerRequest): PeerState | string {
    if (this.#draining) return errorText("The server is about to stop: come back later");
    if (id === "" || token === "" || key === "") return errorText("No id, token, or key was sent");
    if (key !== this.#key) return errorText("The key is not this server's");
    if (!isPeerId(id)) return errorText("The id is none: letters and digits, at most 64");
    if (token.length > 2048) return errorText("The token is too long");
    const ticket = this.#tickets?.verify(token);
    if (this.#tickets && ticket?.peer !== id) return errorText("The token is no ticket for this id");
    const secret = ticket?.serial ?? token;
    const held = this.#peers.get(id);
    if (held) return held.secret === secret ? held : messageText("ID-TAKEN", { payload: { msg: "ID is taken" } });
    return this.#newPeer({ id, secret, address, ticket });
  }

  #newPeer(
    { id, secret, address, ticket }: { id: string; secret: string; address: string; ticket: Ticket | undefined },
  ): PeerState | string {
    const now = this.#clock.now(), { peersMax, peersPerAddressMax } = this.#limits;
    if (ticket && ticket.expires <= now) return errorText("The ticket has expired");
    const count = this.#perAddress.get(address) ?? 0;
    if (this.#peers.size >= peersMax) return errorText("The server has as many peers as it takes");
    if (count >= peersPerAddressMax) return errorText("Your address has as many peers as it may");
    const peer = { id, secret, address, rooms: ticket?.rooms ?? [], port: undefined, heard: now };
    this.#perAddress.set(address, count + 1);
    this.#peers.set(id, peer);
    return peer;
  }

  #socketOf(peer: PeerState, port: PeerPort): PeerSocket {
    const { messages, characters, messageMax } = this.#limits, now = this.#clock.now();
    const messageBucket = new TokenBucket(messages, now), characterBucket = new TokenBucket(characters, now);
    const cut = (why: string) => {
      port.send(errorText(why));
      port.close(POLICY, "refused");
      this.#leave(peer, port);
    };
    return {
      receive: (text) => {
        if (peer.port !== port) return;
        const now = this.#clock.now();
        if (text.length > messageMax) return cut(`A message is longer than ${messageMax}`);
        let message: PeerMessage;
        try {
          message = readMessage(text);
        } catch {
          return cut("A message is malformed"); // what is wrong with it the parser says in words of its own
        }
        const { dst, connectionId } = message;
        if (!this.#calls.asked(peer.id, dst, connectionId)) {
          const wait = messageBucket.take(1, now) || characterBucket.take(text.length, now);
          if (wait > 0) return cut("Too much at once");
          if (this.#perAddressMessages.take(peer.address, 1) > 0) return cut("Too much at once from your address");
        }
        peer.heard = now;
        if (message.type === "HEARTBEAT") this.#tellQuality(peer.id, message.payload);
        else if (message.dst === "") this.#remove(peer);
        else this.#route(peer.id, message, now);
      },
      gone: () => this.#leave(peer, port),
    };
  }

  #tellQuality(peer: string, payload: unknown): void {
    const report = readQualityReport(payload);
    if (report) this.#onQuality(peer, report);
  }

  #route(src: string, { type, dst, payload, connectionId }: PeerMessage, now: number): void {
    const text = messageText(type, { src, dst, payload });
    if (type === "OFFER") this.#calls.offer(src, dst, connectionId, now);
    if (type === "CANDIDATE" && this.#calls.holds(src, dst, connectionId, text)) return;
    this.#deliver(src, dst, { text, waits: waits(type) }, now);
    if (type !== "ANSWER") return;
    for (const held of this.#calls.answer(src, dst, connectionId)) {
      this.#deliver(src, dst, { text: held, waits: true }, now);
    }
  }

  #deliver(src: string, dst: string, message: { readonly text: string; readonly waits: boolean }, now: number): void {
    const port = this.#peers.get(dst)?.port;
    if (port) this.#send(port, message.text);
    else if (message.waits && !this.#letters.add(src, dst, message.text, now)) this.#expire(src, dst);
  }

  #send(port: PeerPort, text: string): void {
    if (port.buffered + text.length > this.#limits.bufferedMax) port.terminate();
    else port.send(text);
  }

  #expire(src: string, dst: string): void {
    const port = this.#peers.get(src)?.port;
    if (port) this.#send(port, messageText("EXPIRE", { src: dst, dst: src }));
  }

  /** A socket has gone: its id is held for its ticket, or free. */
  #leave(peer: PeerState, port: PeerPort): void {
    if (peer.port !== port) return;
    peer.port = undefined;
    if (!this.#tickets) this.#remove(peer);
  }

  #remove(peer: PeerState): void {
    if (this.#peers.get(peer.id) !== peer) return;
    this.#peers.delete(peer.id);
    const left = (this.#perAddress.get(peer.address) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(peer.address, left);
    else this.#perAddress.delete(peer.address);
    const port = peer.port;
    peer.port = undefined;
    port?.close(1000, "left");
  }

  #sweepSoon(): void {
    if (this.#draining) return;
    this.#sweeping ??= this.#clock.after(SWEEP_MS, () => this.#sweep());
  }

  #sweep(): void {
    this.#sweeping = undefined;
    const now = this.#clock.now(), { idleMs, resumeMs } = this.#limits;
    for (const { src, dst } of firstOfEach(this.#letters.expired(now))) this.#expire(src, dst);
    for (const peer of this.#peers.values()) {
      if (now - peer.heard < (peer.port ? idleMs : resumeMs)) continue;
      const port = peer.port;
      port?.close(IDLE, "no heartbeat came");
      if (port) this.#leave(peer, port);
      else this.#remove(peer);
    }
    if (this.#peers.size > 0 || this.#letters.size > 0) this.#sweepSoon();
  }
}

/** Addresses that are told apart; newcomers beyond that share a bucket. */
const ADDRESSES_MAX = 10_000;
const DEFAULTS: Required<ExchangeLimits> = {
  peersMax: 10_000,
  peersPerAddressMax: 256,
  messages: { burst: 300, perSecond: 30 },
  addressMessages: { burst: 3000, perSecond: 300 },
  characters: { burst: 1_048_576, perSecond: 65_536 },
  attempts: { burst: 60, perSecond: 2 },
  messageMax: 65_536,
  bufferedMax: 1_048_576,
  waitMs: 5000,
  idleMs: 90_000,
  resumeMs: 600_000,
};

/** One letter of each sender and receiver: the sender is told once. */
function firstOfEach<T extends { readonly src: string; readonly dst: string }>(letters: readonly T[]): T[] {
  const seen = new Set<string>();
  return letters.filter(({ src, dst }) => !seen.has(`${src}\n${dst}`) && seen.add(`${src}\n${dst}`));
}
