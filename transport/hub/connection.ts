import type { Principal } from "../auth/principal.ts";
import type { Link } from "../link/link.ts";
import type { Timers } from "../link/timers.ts";
import type { Codec } from "../protocol/codec.ts";
import { errorData, type ErrorName, ERRORS } from "../protocol/errors.ts";
import type { ServerMessage } from "../protocol/messages.ts";
import type { Cohort, Member } from "./cohort.ts";
import type { Compression } from "./compression.ts";
import type { Counters, HubMetrics } from "./counters.ts";
import type { Credit } from "./credit.ts";
import type { Interest, Route, Subscription } from "./interest.ts";
import type { HubLimits } from "./limits.ts";
import { type Batch, Outbox, Overrun, SNAPSHOT_FIRST } from "./outbox.ts";
import type { Paced, Pacer } from "./pacer.ts";
import type { Position } from "./recovery.ts";
import type { Reader, Switchboard } from "./switchboard.ts";
import type { Topic } from "./topic.ts";
import type { Wire } from "./wire.ts";

/** What a connection needs of its hub. */
export interface ConnectionHost {
  readonly clock: Timers;
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
  /** Where the client said in its hello that it stands, by topic, until it asks for these. */
  positions: Map<string, Position> | undefined;
  readonly #host: ConnectionHost;
  readonly #outbox = new Outbox();
  #principal: Principal;
  /** The link it has, or had last. */
  #wire: Wire;
  #client: string;
  #attached = true;
  #interest: Interest;
  #subscriptions: readonly Subscription[] = [];
  #cohort: Cohort | undefined;
  #over = false;
  /** While several things change, nothing is sent. */
  #held = 0;

  /** Takes a link, for a client that says `hello` and acts for `principal`. */
  constructor(id: string, host: ConnectionHost, principal: Principal, wire: Wire, client: string) {
    this.id = id;
    this.#host = host;
    this.#principal = principal;
    this.#wire = wire;
    this.#client = client;
    this.credit = wire.credit;
    this.#interest = host.switchboard.acquire([], host.readerOf(principal));
    this.#listen(wire);
  }

  /** Who it acts for. */
  get principal(): Principal {
    return this.#principal;
  }

  /** What the client calls itself. */
  get client(): string {
    return this.#client;
  }

  get codec(): Codec {
    return this.#wire.codec;
  }

  get compression(): Compression | null {
    return this.#wire.compression;
  }

  /** Its link; undefined while it waits for another. */
  get link(): Link | undefined {
    return this.#attached ? this.#wire.link : undefined;
  }

  /** What it goes by while it has a link. */
  get wire(): Wire {
    return this.#wire;
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

  /** Whether its client has still to be sent what was published, or an answer. */
  get behind(): boolean {
    const late = ({ topic }: Route) => topic.seq > 0 && this.#outbox.cursors.get(topic) !== topic.seq;
    return this.#attached && (!this.inStep || this.heldBytes > 0 || this.#interest.limited.some(late));
  }

  /** Bytes of answers that wait here, and what its link holds. */
  get heldBytes(): number {
    return this.#outbox.answerBytes + (this.link?.buffered ?? 0);
  }

  /**
   * How near its client is to be cut: up to a half while it is behind its cohort, then the share of a lossless topic's history that
   * it has still to get; above 1 something is lost to it.
   */
  get pressure(): number {
    if (!this.#attached) return 0;
    if (this.#cohort !== undefined) return this.#cohort.lagOf(this) / 2;
    let most = 0;
    for (const [topic, seq] of this.#outbox.cursors) {
      if (!topic.lossless || seq === SNAPSHOT_FIRST || seq === topic.seq) continue;
      most = Math.max(most, topic.covers(seq) ? (topic.seq - seq) / topic.capacity : Infinity);
    }
    return most;
  }

  /** Answers a request, before whatever else waits. */
  answer<Type extends ServerMessage["type"]>(
    id: string | undefined,
    type: Type,
    data: Extract<ServerMessage, { type: Type }>["data"],
  ): void {
    if (!this.#attached) return;
    const bytes = this.#wire.codec.encode({ type, ...(id === undefined ? {} : { id }), data } as ServerMessage);
    if (this.#direct()) return this.#attempt(() => this.#wire.write([bytes]));
    this.#leave();
    this.#outbox.answer(bytes);
    this.pump();
  }

  /** Refuses a request, or tells of a fault. */
  refuse(id: string | undefined, name: ErrorName, message: string, retryMs = 0): void {
    this.#host.counters.erred(name);
    this.answer(id, "error", errorData(name, message, retryMs));
  }

  /** Sends a message after everything that was published before it. */
  send(message: ServerMessage): void {
    if (!this.#attached) return;
    this.#cohort?.flush();
    const bytes = this.#wire.codec.encode(message);
    if (this.#direct()) return this.#attempt(() => this.#wire.write([bytes]));
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
    this.#drop(name, reason);
    this.end();
  }

  /** Closes the link; the client may come back over another. */
  cut(name: ErrorName, reason: string): void {
    this.#drop(name, reason);
    this.#host.detached(this);
  }

  /** Frees the link at once: nothing can be said to a client that does not read. */
  terminate(name: ErrorName): void {
    this.#host.counters.erred(name);
    if (this.#detach()) this.#wire.link.terminate();
    this.#host.detached(this);
  }

  /** Goes on over another link, and lets the one it had go. */
  move(wire: Wire, client: string): void {
    this.#drop(this.#attached ? "REPLACED" : undefined, "it goes on over another link");
    this.#wire = wire;
    this.#client = client;
    this.credit = wire.credit;
    this.#attached = true;
    for (const { rateMs } of this.#interest.limited) this.#host.pacer.join(this, rateMs);
    this.#listen(wire);
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
    const attached = this.#attached;
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
    if (this.#principal.expires !== undefined && now >= this.#principal.expires) {
      return this.close("TOKEN_EXPIRED", "the token has expired");
    }
    if (!this.#attached) return;
    const state = this.#wire.stateAt(now);
    if (state === "stalled") this.terminate("SLOW_CONSUMER");
    else if (state === "silent") this.terminate("HEARTBEAT_LOST");
    else if (this.pressure > 1) {
      this.cut("SLOW_CONSUMER", "it reads more slowly than what must not be lost is published");
    }
  }

  /** Sends what there is credit for, and goes back to its cohort where that is all. */
  pump(): void {
    if (!this.#attached || this.#held > 0) return;
    if (this.#cohort !== undefined) {
      if (this.#cohort.serve(this) && this.#outbox.due.size > 0) this.#sendDue();
      return;
    }
    while (this.#attached && this.#wire.open) {
      const batch = this.#next(this.#interest.routes.values());
      if (batch === undefined) {
        if (this.#attached) this.#join();
        return;
      }
      this.#attempt(() => this.#wire.writeBatch(batch));
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
    this.cut("TOO_LARGE", error instanceof Error ? error.message : String(error));
  }

  /** It is over: nobody can come back to it. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#detach();
    this.#host.switchboard.release(this.#interest);
    this.#host.ended(this);
  }

  #listen(wire: Wire): void {
    const { link } = wire, heard = () => this.#attached && this.#wire === wire;
    link.onFrame = (frame) => heard() && this.#host.received(this, frame);
    link.onClose = () => {
      if (!heard()) return;
      this.#detach();
      this.#host.detached(this);
    };
  }

  /** Whether something may go at once, past no other. */
  #direct(): boolean {
    return this.#held === 0 && this.inStep && this.#wire.open;
  }

  /** A link that will not take a frame is no good any more. */
  #attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.failed(error);
    }
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
    const { switchboard, counters } = this.#host, { codec, compression, timing } = this.#wire;
    const cohort = switchboard.cohort({ interest: this.#interest, codec, compression, timing });
    for (const { topic } of this.#interest.steady) this.#outbox.cursors.delete(topic);
    counters.caughtUp++;
    this.#cohort = cohort;
    cohort.add(this);
  }

  #next(routes: Iterable<Route>): Batch | undefined {
    const { limits, clock } = this.#host;
    try {
      return this.#outbox.next(routes, this.#wire.codec, limits.flush, clock.now());
    } catch (error) {
      if (!(error instanceof Overrun)) throw error;
      this.cut("SLOW_CONSUMER", error.message);
      return undefined;
    }
  }

  #sendDue(): void {
    while (this.#attached && this.#wire.open) {
      const batch = this.#next(this.#interest.limited);
      if (batch === undefined) return;
      this.#attempt(() => this.#wire.writeBatch(batch));
    }
  }

  /** Closes its link, and says why. */
  #drop(name: ErrorName | undefined, reason: string): void {
    if (name !== undefined) this.#host.counters.erred(name);
    const wire = this.#wire;
    if (!this.#detach()) return;
    if (name !== undefined) wire.lastWords(name, reason);
    wire.close(name === undefined ? 0 : ERRORS[name][0], reason);
  }

  /** Lets go of its link and of all that waits for it; returns whether it had one. */
  #detach(): boolean {
    if (!this.#attached) return false;
    this.#attached = false;
    this.#cohort?.remove(this);
    this.#cohort = undefined;
    this.#outbox.clear();
    for (const { rateMs } of this.#interest.limited) this.#host.pacer.leave(this, rateMs);
    this.#wire.unhear();
    return true;
  }
}
