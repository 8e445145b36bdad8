import type { Principal } from "../auth/principal.ts";
import type { Link } from "../link/link.ts";
import type { Codec } from "../protocol/codec.ts";
import { errorData, type ErrorName, ERRORS } from "../protocol/errors.ts";
import type { Message, ServerMessage } from "../protocol/messages.ts";
import type { HubClock } from "./clock.ts";
import type { Cohort, Member } from "./cohort.ts";
import { type Compression, compressionFor } from "./compression.ts";
import type { Counters, HubMetrics } from "./counters.ts";
import { Credit } from "./credit.ts";
import type { Interest, Route, Subscription } from "./interest.ts";
import type { HubLimits } from "./limits.ts";
import { type Batch, Outbox, Overrun, SNAPSHOT_FIRST } from "./outbox.ts";
import type { Paced, Pacer } from "./pacer.ts";
import type { Position } from "./recovery.ts";
import type { Reader, Switchboard } from "./switchboard.ts";
import type { Topic } from "./topic.ts";

/** What a client says in its hello that its connection goes by. */
export interface Wishes {
  readonly client: string;
  readonly compression?: readonly string[];
  readonly window?: number;
  readonly timing?: boolean;
}

/** What a connection needs of its hub. */
export interface ConnectionHost {
  readonly clock: HubClock;
  readonly limits: HubLimits;
  readonly counters: Counters;
  readonly metrics: HubMetrics;
  readonly switchboard: Switchboard;
  readonly pacer: Pacer;
  readerOf(principal: Principal): Reader;
  /** A frame came. */
  received(connection: Connection, frame: Uint8Array | string): void;
  /** Its link is gone; it may come back. */
  detached(connection: Connection): void;
  /** It is over. */
  ended(connection: Connection): void;
}

/** How long a link that was closed may take to close, in ms. */
const CLOSE_MS = 1000;
/** Where a client that had a topic at `had` (undefined: had not) goes on in it; undefined: where it was. */
export type StartOf = (topic: Topic, had: number | undefined) => number | undefined;

/**
 * A client's place at a hub. It outlives its links: over another one it goes on where the client says that it stands.
 *
 * While its client keeps up it is a member of a cohort; else it is alone, with an outbox of its own, and goes back when it has
 * caught up.
 */
export class Connection implements Member, Paced {
  /** Names it when a client comes back. */
  readonly id: string;
  credit: Credit;
  at = 0;
  slot = -1;
  /** Wall time in ms at which something was last received. */
  heardAt: number;
  /** What came over this link and was refused. */
  faults = 0;
  /** Where the client said in its hello that it stands, by topic, until it asks for these. */
  positions: Map<string, Position> | undefined;
  readonly #host: ConnectionHost;
  readonly #outbox = new Outbox();
  #principal: Principal;
  #wishes: Wishes;
  #codec: Codec;
  #compression: Compression | null = null;
  #link: Link | undefined;
  #interest: Interest;
  #subscriptions: readonly Subscription[] = [];
  #cohort: Cohort | undefined;
  #over = false;
  /** While several things change, nothing is sent. */
  #held = 0;
  #ackedAt: number;
  #ackedThen = 0;

  constructor(id: string, host: ConnectionHost, principal: Principal, codec: Codec, wishes: Wishes) {
    this.id = id;
    this.#host = host;
    this.#principal = principal;
    this.#codec = codec;
    this.#wishes = wishes;
    this.credit = new Credit(host.limits.windowBytes, host.limits.windowBytesMax);
    this.heardAt = this.#ackedAt = host.clock.now();
    this.#interest = host.switchboard.acquire([], host.readerOf(principal));
  }

  /** Who it acts for. */
  get principal(): Principal {
    return this.#principal;
  }

  /** What the client calls itself. */
  get client(): string {
    return this.#wishes.client;
  }

  get codec(): Codec {
    return this.#codec;
  }

  get compression(): Compression | null {
    return this.#compression;
  }

  /** Its link; undefined while it waits for another. */
  get link(): Link | undefined {
    return this.#link;
  }

  /** Whether it is over for good. */
  get over(): boolean {
    return this.#over;
  }

  get subscriptions(): readonly Subscription[] {
    return this.#subscriptions;
  }

  /** Whether its client gets everything as it is published; else it is behind, or waits for a link. */
  get inStep(): boolean {
    return this.#cohort?.inStep(this) ?? false;
  }

  /** Bytes of answers that wait here, and what its link holds. */
  get heldBytes(): number {
    return this.#outbox.answerBytes + (this.#link?.buffered ?? 0);
  }

  /**
   * How near its client is to be cut: up to a half while it is behind its cohort, then the share of a lossless topic's history that
   * it has still to get; above 1 something is lost to it.
   */
  get pressure(): number {
    if (this.#link === undefined) return 0;
    if (this.#cohort !== undefined) return this.#cohort.lagOf(this) / 2;
    let most = 0;
    for (const [topic, seq] of this.#outbox.cursors) {
      if (!topic.lossless || seq === SNAPSHOT_FIRST || seq === topic.seq) continue;
      most = Math.max(most, topic.covers(seq) ? (topic.seq - seq) / topic.spec.history : Infinity);
    }
    return most;
  }

  /** Answers a request by its id, before whatever else waits. */
  answer<Type extends ServerMessage["type"]>(
    id: string | undefined,
    type: Type,
    data: Extract<ServerMessage, { type: Type }>["data"],
  ): void {
    this.#post({ type, ...(id === undefined ? {} : { id }), data } as ServerMessage);
  }

  /** Refuses a request, or tells of a fault. */
  refuse(id: string | undefined, name: ErrorName, message: string, retryMs = 0): void {
    this.#host.counters.erred(name);
    this.answer(id, "error", errorData(name, message, retryMs));
  }

  /** Sends a message after everything that was published before it. */
  send(message: ServerMessage): void {
    if (this.#link === undefined) return;
    this.#cohort?.flush();
    const bytes = this.#codec.encode(message);
    if (this.#direct()) return this.#write([bytes], false);
    this.#leave();
    this.#outbox.sendAfter(bytes);
    this.pump();
  }

  /** Acts for somebody else from now on, or for longer. */
  renew(principal: Principal): void {
    this.#principal = principal;
    this.follow(this.#subscriptions);
  }

  /** Closes the link and ends the connection; it cannot come back. */
  close(name: ErrorName | undefined, reason: string): void {
    if (this.#over) return;
    if (name !== undefined) this.#lastWords(name, reason);
    this.#drop(name === undefined ? 0 : ERRORS[name][0], reason);
    this.end();
  }

  /** Closes the link; the client may come back over another. */
  cut(name: ErrorName, reason: string): void {
    this.#lastWords(name, reason);
    this.#drop(ERRORS[name][0], reason);
    this.#host.detached(this);
  }

  /** Frees the link at once: nothing can be said to a client that does not read. */
  terminate(name: ErrorName): void {
    this.#host.counters.erred(name);
    const link = this.#detach();
    link?.terminate();
    this.#host.detached(this);
  }

  /** Takes a link, and lets the one it had go. */
  attach(link: Link, codec: Codec, wishes: Wishes): void {
    if (this.#link !== undefined) {
      this.#host.counters.erred("REPLACED");
      this.#drop(ERRORS.REPLACED[0], "it goes on over another link");
    }
    const { limits, clock } = this.#host;
    const window = Math.min(wishes.window ?? limits.windowBytes, limits.windowBytesMax);
    this.credit = new Credit(window, wishes.window === undefined ? limits.windowBytesMax : window);
    this.#codec = codec;
    this.#wishes = wishes;
    this.#compression = compressionFor(codec, wishes.compression);
    this.#link = link;
    this.heardAt = this.#ackedAt = clock.now();
    this.#ackedThen = 0;
    this.faults = 0;
    this.#outbox.clear();
    for (const { rateMs } of this.#interest.limited) this.#host.pacer.join(this, rateMs);
    link.onFrame = (frame) => {
      if (this.#link === link) this.#host.received(this, frame);
    };
    link.onClose = () => {
      if (this.#link !== link) return;
      this.#detach();
      this.#host.detached(this);
    };
  }

  /** Does several things at once: nothing is sent until `work` is through. */
  hold(work: () => void): void {
    this.#held++;
    try {
      work();
    } finally {
      this.#held--;
    }
    this.pump();
  }

  /**
   * Follows other topics from now on. `startOf` says where the client stands in those that it asked for; in others it stands where
   * it stood, or gets a snapshot where what it is shown of them has changed.
   */
  follow(subscriptions: readonly Subscription[], startOf: StartOf = () => undefined): void {
    const { switchboard, pacer } = this.#host, before = this.#interest, { cursors } = this.#outbox;
    const attached = this.#link !== undefined;
    this.#leave();
    const interest = switchboard.acquire(subscriptions, this.#host.readerOf(this.#principal));
    this.#subscriptions = subscriptions;
    this.#interest = interest;
    switchboard.release(before);
    for (const topic of [...cursors.keys()]) if (!interest.routes.has(topic)) cursors.delete(topic);
    for (const topic of interest.routes.keys()) {
      const had = cursors.get(topic), start = startOf(topic, had);
      if (start !== undefined) cursors.set(topic, start);
      else if (had === undefined) cursors.set(topic, topic.spec.snapshot ? SNAPSHOT_FIRST : topic.seq);
    }
    if (attached) {
      for (const { rateMs } of before.limited) pacer.leave(this, rateMs);
      for (const { rateMs } of interest.limited) pacer.join(this, rateMs);
    }
    this.pump();
  }

  /** The client has so many bytes of this link's frames. */
  acknowledge(bytes: number): void {
    const now = this.#host.clock.now();
    if (!this.credit.acknowledge(bytes, now)) return;
    this.#host.metrics.acknowledged?.(this.credit.roundTripMs);
    this.pump();
  }

  /** Looks whether its client still reads, is heard of, and may be here. Called now and then. */
  check(now: number): void {
    const { limits } = this.#host, link = this.#link;
    if (this.#principal.expires !== undefined && now >= this.#principal.expires) {
      return this.close("TOKEN_EXPIRED", "the token has expired");
    }
    if (link === undefined) return;
    const { credit } = this, moves = credit.acked !== this.#ackedThen && link.buffered < credit.window;
    if (moves || (credit.outstanding === 0 && link.buffered === 0)) {
      this.#ackedThen = credit.acked;
      this.#ackedAt = now;
    } else if (now - this.#ackedAt >= limits.stallMs) return this.terminate("SLOW_CONSUMER");
    if (now - this.heardAt >= limits.heartbeatMs * 2.5) this.terminate("HEARTBEAT_LOST");
    else if (this.pressure > 1) {
      this.cut("SLOW_CONSUMER", "it reads more slowly than what must not be lost is published");
    }
  }

  /** Sends what there is credit for, and goes back to its cohort where that is all. */
  pump(): void {
    const link = this.#link;
    if (link === undefined || this.#held > 0) return;
    if (this.#cohort !== undefined) {
      if (this.#cohort.serve(this) && this.#outbox.due.size > 0) this.#sendDue();
      return;
    }
    while (this.#link === link && this.#open(link)) {
      const batch = this.#next(this.#interest.routes.values());
      if (batch === undefined) {
        if (this.#link === link) this.#join();
        return;
      }
      this.#writeBatch(batch);
    }
    if (this.heldBytes > this.#host.limits.outboxBytesMax) this.terminate("SLOW_CONSUMER");
  }

  tick(intervalMs: number): void {
    const { cursors, due } = this.#outbox;
    for (const { topic, rateMs } of this.#interest.limited) {
      if (rateMs === intervalMs && cursors.get(topic) !== topic.seq) due.add(topic);
    }
    if (due.size > 0) this.pump();
  }

  fellBehind(cursors: Map<Topic, number>): void {
    this.#cohort = undefined;
    for (const [topic, seq] of cursors) this.#outbox.cursors.set(topic, seq);
    this.pump();
  }

  failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.cut("TOO_LARGE", reason);
  }

  /** It is over: nobody can come back to it. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#detach();
    this.#host.switchboard.release(this.#interest);
    this.#host.ended(this);
  }

  /** Whether something may go at once, past no other. */
  #direct(): boolean {
    const link = this.#link;
    return link !== undefined && this.#held === 0 && this.inStep && this.#open(link);
  }

  #open(link: Link): boolean {
    return this.credit.open && link.buffered < this.credit.window;
  }

  #post(message: Message): void {
    if (this.#link === undefined) return;
    const bytes = this.#codec.encode(message);
    if (this.#direct()) return this.#write([bytes], false);
    this.#leave();
    this.#outbox.answer(bytes);
    this.pump();
  }

  /** Leaves its cohort: its outbox says where it stands. */
  #leave(): void {
    const cohort = this.#cohort;
    if (cohort === undefined) return;
    for (const [topic, seq] of cohort.cursorsOf(this)) this.#outbox.cursors.set(topic, seq);
    cohort.remove(this);
    this.#cohort = undefined;
  }

  #join(): void {
    const { switchboard, counters } = this.#host;
    const cohort = switchboard.cohort({
      interest: this.#interest,
      codec: this.#codec,
      compression: this.#compression,
      timing: this.#wishes.timing ?? false,
    });
    const { cursors } = this.#outbox;
    for (const { topic } of this.#interest.steady) cursors.delete(topic);
    counters.caughtUp++;
    this.#cohort = cohort;
    cohort.add(this);
  }

  #next(routes: Iterable<Route>): Batch | undefined {
    const { limits, clock } = this.#host;
    try {
      return this.#outbox.next(routes, this.#codec, limits.flush, clock.now());
    } catch (error) {
      if (!(error instanceof Overrun)) throw error;
      this.cut("SLOW_CONSUMER", error.message);
      return undefined;
    }
  }

  #sendDue(): void {
    const link = this.#link;
    while (link !== undefined && this.#link === link && this.#open(link)) {
      const batch = this.#next(this.#interest.limited);
      if (batch === undefined) return;
      this.#writeBatch(batch);
    }
  }

  #writeBatch({ parts, snapshot, at, merged, skipped, entries }: Batch): void {
    const { counters, clock } = this.#host;
    for (const entry of entries) {
      const { channel, lane } = entry.fields, bytes = entry.encoded(this.#codec).length;
      counters.channels[channel].sent++;
      counters.channels[channel].bytes += bytes;
      counters.laneBytes[lane] += bytes;
    }
    counters.merged += merged;
    counters.skipped += skipped;
    if (this.#wishes.timing && entries.length > 0) {
      const written = clock.now(), enqueued = Math.min(at, written);
      parts.unshift(this.#codec.encode({ type: "frame", data: { written, enqueued, merged, skipped } }));
    }
    counters.framesBuilt++;
    this.#write(parts, snapshot);
  }

  #write(parts: Uint8Array[], snapshot: boolean): void {
    const link = this.#link!, { counters, switchboard, clock } = this.#host;
    const frame = switchboard.compressor.pack(this.#codec.frame(parts), this.#compression, snapshot);
    this.credit.spend(frame.length, clock.now());
    counters.framesSent++;
    counters.bytesSent += frame.length;
    try {
      link.send(frame);
    } catch (error) {
      this.failed(error);
    }
  }

  /** Says why it is closed, where the client may still hear it. */
  #lastWords(name: ErrorName, reason: string): void {
    this.#host.counters.erred(name);
    const link = this.#link;
    if (link === undefined || link.buffered > this.#host.limits.windowBytesMax) return;
    const message = this.#codec.encode({ type: "error", data: errorData(name, reason, 0) });
    link.send(this.#codec.frame([message]));
  }

  #drop(code: number, reason: string): void {
    const link = this.#detach();
    if (link === undefined) return;
    const calledOff = this.#host.clock.after(CLOSE_MS, () => link.terminate());
    link.onClose = () => calledOff();
    link.close(code, reason);
  }

  /** Lets go of its link and of all that waits for it. */
  #detach(): Link | undefined {
    const link = this.#link;
    this.#link = undefined;
    this.#cohort?.remove(this);
    this.#cohort = undefined;
    this.#outbox.clear();
    for (const { rateMs } of this.#interest.limited) this.#host.pacer.leave(this, rateMs);
    if (link !== undefined) {
      link.onFrame = () => {};
      link.onClose = () => {};
    }
    return link;
  }
}
