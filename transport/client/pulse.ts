import { ProtocolError } from "../protocol/errors.ts";
import { ClockOffset } from "./clock_offset.ts";
import type { Timers } from "../link/timers.ts";
import { Heartbeat, type HeartbeatOptions } from "./heartbeat.ts";
import type { AnswerData } from "./requests.ts";
import type { Counters } from "./stats.ts";
import type { Wire } from "./wire.ts";

/** What a pulse asks and tells. */
export interface PulseHost {
  wire(): Wire | undefined;
  dead(error: ProtocolError): void;
}

/**
 * When a new link is pinged beside its heartbeat, ms after its hello: the first answers are read late, by a page that is still
 * being built, and tell nothing of the link.
 */
const EARLY_MS = [250, 500, 1000, 2000, 4000, 8000];

/** Pings over the link that is there, and what their answers say: that it lives, how fast it is, and what the server's clock shows. */
export class Pulse {
  readonly offset = new ClockOffset();
  readonly #clock: Timers;
  readonly #counters: Counters;
  readonly #heartbeat: Heartbeat;
  readonly #ping: () => void;
  #cancelEarly = () => {};

  constructor(options: HeartbeatOptions, clock: Timers, counters: Counters, host: PulseHost) {
    this.#clock = clock;
    this.#counters = counters;
    this.#ping = () => host.wire()?.send({ type: "ping", id: "ping", data: { sent: clock.now() } });
    this.#heartbeat = new Heartbeat(options, clock, {
      ping: this.#ping,
      received: () => host.wire()?.bytesReceived ?? 0,
      dead: () => host.dead(new ProtocolError("HEARTBEAT_LOST", "Cannot keep the link: no sign of life came")),
    });
  }

  /** A link is there; the server wishes for a ping every `intervalMs`, 0 where it has no wish. */
  start(intervalMs: number): void {
    this.#heartbeat.start(intervalMs > 0 ? intervalMs : Infinity);
    this.#cancelEarly();
    const cancels = EARLY_MS.map((ms) => this.#clock.after(ms, this.#ping));
    this.#cancelEarly = () => cancels.forEach((cancel) => cancel());
  }

  /** There is none; `lost`: it did not end as it should have. */
  stop(lost = false): void {
    this.#cancelEarly();
    this.#heartbeat.stop(lost);
  }

  /** Asks now whether the link lives. */
  probe(): void {
    this.#heartbeat.probe(Math.max(2000, 4 * (this.#counters.lastRoundTripMs ?? 0)));
  }

  /** Takes the answer to a ping. */
  pong({ sent, received }: AnswerData<"pong">): void {
    const now = this.#clock.now();
    if (!(sent <= now)) return;
    this.#counters.roundTrip(now - sent);
    this.offset.take(sent, received, now);
  }

  /** Takes what the server says of a frame. */
  frame({ written, merged, skipped }: AnswerData<"frame">): void {
    this.#counters.merged += merged;
    this.#counters.skipped += skipped;
    this.#counters.frameAgeMs = this.#clock.now() + this.offset.ms - written;
  }
}
