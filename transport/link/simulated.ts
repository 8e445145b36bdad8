import { Rng, type Seed } from "../../engine/core/rng.ts";
import { ERRORS } from "../protocol/errors.ts";
import type { Link, LinkLane } from "./link.ts";
import { Endpoint, frameAs, type LinkLimits } from "./_endpoint.ts";
import { SimulatedPath } from "./_simulated_path.ts";
import type { Timers } from "./timers.ts";

/** What a simulated network does to frames; chances are from 0 to 1, all of them 0 unless told. */
export interface NetworkOptions extends LinkLimits {
  /** The same seed brings the same trouble. */
  readonly seed: Seed;
  /**
   * carrier: as over TCP or a reliable data channel, whole and in order; a loss costs a retransmission's time, and only the
   * lossy lane loses. raw: frames of both lanes really are lost, doubled and out of order. carrier where absent.
   */
  readonly mode?: "carrier" | "raw";
  /** Frames arrive as text; false. */
  readonly text?: boolean;
  /** One way; 0. */
  readonly delayMs?: number;
  /** At most so much is added to each delay; 0. */
  readonly jitterMs?: number;
  /** Each direction's rate; no bound. */
  readonly bytesPerSecond?: number;
  /** Chance that a frame is lost. */
  readonly loss?: number;
  /** What the first retransmission of a frame costs; each further one twice the one before; 200. */
  readonly retransmitMs?: number;
  /** Chance that a frame comes twice. */
  readonly duplicate?: number;
  /** Chance that a frame comes out of order. */
  readonly reorder?: number;
  /** A frame out of order comes at most so much later; 50. */
  readonly reorderMs?: number;
  /** Chance, a frame, that all behind it stands still. */
  readonly stall?: number;
  /** For so long; 500. */
  readonly stallMs?: number;
  /** After so long in a partition both ends give the link up with LINK_LOST; 15,000. */
  readonly lostAfterMs?: number;
  /** Bounds of the client's end where they are others than the server's. */
  readonly client?: LinkLimits;
}

/** What of a network may change while it carries. */
export type Trouble = Partial<
  Pick<
    NetworkOptions,
    "delayMs" | "jitterMs" | "bytesPerSecond" | "loss" | "retransmitMs" | "duplicate" | "reorder" | "stall"
  >
>;

/** What the network did. */
export interface NetworkCounts {
  /** Frames handed to it. */
  readonly sent: number;
  /** Frames that never arrived. */
  readonly lost: number;
  /** Times that a frame was sent again. */
  readonly retransmitted: number;
  /** Frames that it doubled. */
  readonly duplicated: number;
  /** Frames that it let go out of order. */
  readonly reordered: number;
  /** Times that it stood still by chance. */
  readonly stalled: number;
}

/** The network between two ends, to break and heal by hand. */
export interface SimulatedNetwork {
  /** Of both directions, so far. */
  readonly counts: NetworkCounts;
  /** Nothing comes through, either way: what is reliable waits, the rest is lost. */
  partition(): void;
  /** Frames come through again. */
  heal(): void;
  /** From now on it does to frames what is said here, and else what it did. */
  turn(trouble: Trouble): void;
  /** What goes to one end stands still for so many ms, as with a reader that hangs. */
  stall(to: "server" | "client", ms: number): void;
}

/**
 * Two ends of a link, and the network between them: delay, loss and worse, all of it drawn from a seed: with the same seed, timers and
 * frames, the same happens again.
 *
 * | operation | cost |
 * |---|---|
 * | send | O(1); a few draws |
 * | delivery | O(1) a frame; one timer for all frames in order, one for each out of order |
 *
 * @example
 * ```ts
 * import { simulatedPair } from "./simulated.ts";
 * import { systemTimers } from "./timers.ts";
 *
 * const [server, client] = simulatedPair({ seed: 7, delayMs: 2, loss: 0.1, retransmitMs: 1 }, systemTimers);
 * const heard = new Promise<number>((resolve) => client.onFrame = (frame) => resolve(frame.length));
 * server.send(new Uint8Array(5));
 * if (await heard !== 5) throw new Error("not heard");
 * server.terminate();
 * client.terminate();
 * ```
 */
export function simulatedPair(
  options: NetworkOptions,
  timers: Timers,
): [server: SimulatedLink, client: SimulatedLink, network: SimulatedNetwork] {
  check(options);
  const rng = new Rng(options.seed);
  const toClient = new SimulatedPath(options, timers, rng.child("to client"));
  const toServer = new SimulatedPath(options, timers, rng.child("to server"));
  const server = new SimulatedLink("simulated:server", toClient, options);
  const client = new SimulatedLink("simulated:client", toServer, { ...options, ...options.client });
  const text = options.text ?? false;
  toClient.arrive = (frame) => client.hear(frameAs(text, frame));
  toServer.arrive = (frame) => server.hear(frameAs(text, frame));
  toClient.ended = (code, reason) => (client.hearEnd(code, reason), server.hearEnd(code, reason));
  toServer.ended = (code, reason) => (server.hearEnd(code, reason), client.hearEnd(code, reason));
  const [network, forget] = networkOf([toClient, toServer], [server, client], options, timers);
  server.left = client.left = () => {
    if (server.over && client.over) forget();
  };
  return [server, client, network];
}

/** One end of a simulated link. */
export class SimulatedLink extends Endpoint implements Link {
  /** Nothing comes to this end any more. */
  over = false;
  /** Called when that is so. */
  left: () => void = () => {};
  readonly #out: SimulatedPath;

  constructor(remote: string, out: SimulatedPath, limits: LinkLimits) {
    super("simulated", remote, limits);
    this.#out = out;
  }

  get buffered(): number {
    return this.#out.bytes;
  }

  /** The network brings a frame. */
  hear(frame: Uint8Array | string): void {
    this.receive(frame);
  }

  /** The network brings the end. */
  hearEnd(code: number, reason: string): void {
    this.end(code, reason);
    this.#leave();
  }

  /** The network gives the link up. */
  give(reason: string): void {
    this.cut(ERRORS.LINK_LOST[0], reason);
  }

  protected override transmit(frame: Uint8Array, lane: LinkLane): void {
    this.#out.send(frame, lane);
  }

  protected override finish(code: number, reason: string): void {
    this.#out.finish(code, reason);
  }

  protected override abort(code: number, reason: string): void {
    this.#out.clear();
    this.#out.finish(code, reason);
    this.#leave();
  }

  #leave(): void {
    this.over = true;
    this.left();
  }
}

function networkOf(
  paths: readonly SimulatedPath[],
  links: readonly SimulatedLink[],
  { lostAfterMs = 15_000 }: NetworkOptions,
  timers: Timers,
): [network: SimulatedNetwork, forget: () => void] {
  let cancel = () => {};
  const forget = () => {
    cancel();
    for (const path of paths) path.clear();
  };
  const network: SimulatedNetwork = {
    get counts() {
      const sum = (of: (counts: NetworkCounts) => number) => of(paths[0].counts) + of(paths[1].counts);
      return {
        sent: sum(({ sent }) => sent),
        lost: sum(({ lost }) => lost),
        retransmitted: sum(({ retransmitted }) => retransmitted),
        duplicated: sum(({ duplicated }) => duplicated),
        reordered: sum(({ reordered }) => reordered),
        stalled: sum(({ stalled }) => stalled),
      };
    },
    partition() {
      cancel();
      for (const path of paths) path.partition(true);
      cancel = timers.after(lostAfterMs, () => {
        for (const link of links) link.give(`nothing came through for ${lostAfterMs} ms`);
      });
    },
    heal() {
      cancel();
      for (const path of paths) path.partition(false);
    },
    turn(trouble) {
      check(trouble);
      for (const path of paths) path.turn(trouble);
    },
    stall: (to, ms) => paths[to === "client" ? 0 : 1].stall(ms),
  };
  return [network, forget];
}

function check(options: Partial<NetworkOptions>): void {
  for (const chance of ["loss", "duplicate", "reorder", "stall"] as const) {
    const value = options[chance] ?? 0;
    if (!(value >= 0 && value <= 1)) {
      throw new RangeError(`Cannot simulate: ${chance} is ${value}; it is a chance from 0 to 1`);
    }
  }
  for (const time of ["delayMs", "jitterMs", "retransmitMs", "reorderMs", "stallMs", "lostAfterMs"] as const) {
    const value = options[time] ?? 0;
    if (!(value >= 0)) throw new RangeError(`Cannot simulate: ${time} is ${value}; it is 0 or more`);
  }
  const { bytesPerSecond = 1 } = options;
  if (!(bytesPerSecond > 0)) {
    throw new RangeError(`Cannot simulate: bytesPerSecond is ${bytesPerSecond}; it is above 0`);
  }
}
