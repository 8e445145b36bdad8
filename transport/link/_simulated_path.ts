import type { Rng } from "../../engine/core/rng.ts";
import type { Ending } from "./_endpoint.ts";
import type { LinkLane } from "./link.ts";
import type { NetworkOptions, Trouble } from "./simulated.ts";
import type { Timers } from "./timers.ts";

/** A frame on its way in order, or the end of the link. */
interface Passenger {
  readonly frame: Uint8Array | undefined;
  readonly at: number;
}

/** One direction of a simulated network. */
export class SimulatedPath {
  /** Bytes that were sent and have neither arrived nor been lost. */
  bytes = 0;
  readonly counts = { sent: 0, lost: 0, retransmitted: 0, duplicated: 0, reordered: 0, stalled: 0 };
  arrive: (frame: Uint8Array) => void = () => {};
  ended: (code: number, reason: string) => void = () => {};
  #options: NetworkOptions;
  readonly #timers: Timers;
  readonly #rng: Rng;
  readonly #queues: Readonly<Record<LinkLane, Queue>>;
  readonly #scattered = new Set<() => void>();
  #partitioned = false;
  /** When the sender's side of the wire is free again. */
  #freeAt = 0;
  #end: Ending | undefined;

  constructor(options: NetworkOptions, timers: Timers, rng: Rng) {
    this.#options = options;
    this.#timers = timers;
    this.#rng = rng;
    const deliver = (passenger: Passenger) => this.#deliver(passenger);
    this.#queues = { reliable: new Queue(timers, deliver), lossy: new Queue(timers, deliver) };
  }

  send(frame: Uint8Array, lane: LinkLane): void {
    const { mode = "carrier", reorderMs = 50, stallMs = 500 } = this.#options;
    // Every chance is drawn for every frame: then one setting changes nothing for the others.
    const [loss, duplicate, reorder, stall] = [
      this.#rng.float32(),
      this.#rng.float32(),
      this.#rng.float32(),
      this.#rng.float32(),
    ];
    const late = this.#rng.float32() * reorderMs;
    const draw = this.#rng.child(`frame ${this.counts.sent++}`);
    let at = this.#arrival(frame.length, draw);
    if (stall < (this.#options.stall ?? 0)) {
      this.counts.stalled++;
      this.stall(stallMs);
    }
    const lossless = mode === "carrier" && lane === "reliable";
    const lost = loss < (this.#options.loss ?? 0);
    if (lossless) {
      if (lost) at += this.#retransmission(draw);
      return this.#board(this.#queues.reliable, frame, at);
    }
    if (lost || this.#partitioned) return void this.counts.lost++;
    if (duplicate < (this.#options.duplicate ?? 0)) {
      this.counts.duplicated++;
      this.#scatter(frame, at + draw.float32() * reorderMs);
    }
    if (reorder < (this.#options.reorder ?? 0)) {
      this.counts.reordered++;
      this.#scatter(frame, at + late);
    } else this.#board(this.#queues[lane], frame, at);
  }

  /** The end goes after all that is in order. */
  finish(code: number, reason: string): void {
    this.#end ??= { code, reason };
    this.#queues.reliable.push({ frame: undefined, at: this.#arrival(0, this.#rng.child("end")) });
  }

  /** Frees all that is on its way. */
  clear(): void {
    for (const queue of [this.#queues.reliable, this.#queues.lossy]) queue.clear();
    for (const cancel of this.#scattered) cancel();
    this.#scattered.clear();
    this.bytes = 0;
    this.#freeAt = 0;
  }

  turn(trouble: Trouble): void {
    this.#options = { ...this.#options, ...trouble };
  }

  partition(on: boolean): void {
    this.#partitioned = on;
    this.#queues.reliable.hold(on);
    this.#queues.lossy.hold(on);
  }

  stall(ms: number): void {
    this.#queues.reliable.stallUntil(this.#timers.now() + ms);
    this.#queues.lossy.stallUntil(this.#timers.now() + ms);
  }

  #arrival(bytes: number, draw: Rng): number {
    const { delayMs = 0, jitterMs = 0, bytesPerSecond = Infinity } = this.#options;
    const now = this.#timers.now();
    this.#freeAt = Math.max(this.#freeAt, now) + bytes * 1000 / bytesPerSecond;
    return this.#freeAt + delayMs + draw.float32() * jitterMs;
  }

  #retransmission(draw: Rng): number {
    const { loss = 0, retransmitMs = 200 } = this.#options;
    let ms = 0;
    // TCP gives up after some fifteen; ten keep a run with loss 1 from standing for hours.
    for (let tries = 0, wait = retransmitMs; tries < 10; tries++, wait *= 2) {
      this.counts.retransmitted++;
      ms += wait;
      if (draw.float32() >= loss) break;
    }
    return ms;
  }

  #board(queue: Queue, frame: Uint8Array, at: number): void {
    this.bytes += frame.length;
    queue.push({ frame, at });
  }

  /** Sends a frame on its own, past the queue. */
  #scatter(frame: Uint8Array, at: number): void {
    this.bytes += frame.length;
    const cancel = this.#timers.after(at - this.#timers.now(), () => {
      this.#scattered.delete(cancel);
      if (!this.#partitioned) return this.#deliver({ frame, at });
      this.counts.lost++;
      this.bytes -= frame.length;
    });
    this.#scattered.add(cancel);
  }

  #deliver({ frame }: Passenger): void {
    if (frame) {
      this.bytes -= frame.length;
      return this.arrive(frame);
    }
    this.clear();
    if (this.#end) this.ended(this.#end.code, this.#end.reason);
  }
}

/** Passengers that arrive in the order in which they left, with one timer for the first. */
class Queue {
  readonly #timers: Timers;
  readonly #deliver: (passenger: Passenger) => void;
  #waiting: Passenger[] = [];
  #held = false;
  #stalledUntil = 0;
  #cancel: (() => void) | undefined;

  constructor(timers: Timers, deliver: (passenger: Passenger) => void) {
    this.#timers = timers;
    this.#deliver = deliver;
  }

  push(passenger: Passenger): void {
    this.#waiting.push(passenger);
    this.#cancel ??= this.#schedule();
  }

  hold(on: boolean): void {
    this.#held = on;
    this.#again();
  }

  stallUntil(time: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, time);
    this.#again();
  }

  clear(): void {
    this.#waiting = [];
    this.#again();
  }

  #again(): void {
    this.#cancel?.();
    this.#cancel = this.#schedule();
  }

  #schedule(): (() => void) | undefined {
    if (this.#held || this.#waiting.length === 0) return undefined;
    const at = Math.max(this.#waiting[0].at, this.#stalledUntil);
    return this.#timers.after(Math.max(0, at - this.#timers.now()), () => this.#run());
  }

  /** Delivers all that is due; whom a passenger comes to may clear or hold what is behind it. */
  #run(): void {
    const waiting = this.#waiting;
    const now = this.#timers.now();
    let i = 0;
    // A timer may ring a fraction of a millisecond early.
    while (i < waiting.length && waiting[i].at <= now + 0.5 && !this.#held && this.#stalledUntil <= now + 0.5) {
      this.#deliver(waiting[i++]);
      if (this.#waiting !== waiting) break;
    }
    if (this.#waiting === waiting) this.#waiting = waiting.slice(i);
    this.#again();
  }
}
