/** What a gateway's clock is made of. */
export interface GatewayClockOptions {
  /** Wall time, ms since 1970-01-01 UTC. */
  readonly wall: () => number;
  /** The session's time, ns since 1970-01-01 UTC. */
  readonly session: () => bigint;
  /** Clients see the tape's own times, and sign by them; wall time unless said. */
  readonly tapeTime?: boolean;
}

/**
 * The time that clients of a gateway see. They sign with the wall clock, so the time of the tape is shifted to now: the exchange's
 * own clock is the wall's, and what happens is stamped with its time on the tape and a constant beside it, set when the tape begins
 * to go on. At another speed than 1, and where the tape waits for its clients, the two part.
 *
 * With `tapeTime` both are the tape's own, for clients that ask the exchange for its time.
 *
 * @example
 * ```ts
 * import { GatewayClock } from "./gateway_clock.ts";
 * let wall = 1_700_000_000_000;
 * const clock = new GatewayClock({ wall: () => wall, session: () => 5_000_000_000n });
 * clock.anchor();
 * wall += 250;
 * if (clock.of(6_000_000_000n) !== 1_700_000_001_000 || clock.now() !== wall) throw new Error("unexpected");
 * ```
 */
export class GatewayClock {
  readonly #options: GatewayClockOptions;
  #shift = 0;

  constructor(options: GatewayClockOptions) {
    this.#options = options;
  }

  /**
   * The session is about to go on: its time is now's. One that goes by the world's time has it already (`world`). Returns by how many
   * ms what was stamped before has to be stamped later.
   */
  anchor(world = false): number {
    const { wall, session, tapeTime } = this.#options, before = this.#shift;
    this.#shift = tapeTime || world ? 0 : wall() - millis(session());
    return this.#shift - before;
  }

  /** The exchange's clock: what `time` answers, and signatures are held against. ms since 1970. */
  now(): number {
    return this.#options.tapeTime ? millis(this.#options.session()) : this.#options.wall();
  }

  /** When something happened, by session time in ns since 1970. */
  of(ns: bigint): number {
    return millis(ns) + this.#shift;
  }

  /** The session's time as clients see it. */
  get market(): number {
    return this.of(this.#options.session());
  }
}

function millis(ns: bigint): number {
  return Number(ns / 1_000_000n);
}
