/** How well a data channel does. What is not known is null. */
export interface Quality {
  /** Round trip, smoothed, ms. */
  readonly rttMs: number | null;
  /** How much round trips differ from one to the next, smoothed, ms. */
  readonly jitterMs: number | null;
  /** Share of probes that nothing answered, of the last ones. */
  readonly loss: number | null;
  /** Bytes that wait to leave. */
  readonly buffered: number;
  /** What kind of address the way begins with here: "host", "srflx", "prflx" or "relay". */
  readonly candidate: string | null;
}

/** Probes that are remembered. */
const WINDOW = 32;
/** How long an answer to a probe may take, before it counts as lost. */
export const ANSWER_MS = 2000;
/** Weight of a new round trip in the mean, and of a new difference in the jitter (RFC 3550). */
const RTT_WEIGHT = 1 / 8, JITTER_WEIGHT = 1 / 16;

/**
 * Round trip, jitter and loss from numbered probes that the other end echoes.
 *
 * A probe counts as lost when nothing answered it in 2 s; a late answer still tells the round trip.
 *
 * | operation | cost |
 * |---|---|
 * | send, echo | O(1) |
 * | loss | O(32) |
 *
 * @example
 * ```ts
 * import { Probes } from "./quality.ts";
 *
 * const probes = new Probes();
 * probes.echo(probes.send(1000), 1012);
 * if (probes.rttMs !== 12) throw new Error("unexpected");
 * ```
 */
export class Probes {
  readonly #sent = new Float64Array(WINDOW);
  readonly #answered = new Uint8Array(WINDOW);
  #count = 0;
  #last: number | null = null;
  #rtt: number | null = null;
  #jitter: number | null = null;

  /** Round trip, smoothed; null before the first echo. */
  get rttMs(): number | null {
    return this.#rtt;
  }

  /** Null before the second echo. */
  get jitterMs(): number | null {
    return this.#jitter;
  }

  /** Number of a probe that leaves at `now` (ms). */
  send(now: number): number {
    const number = this.#count++;
    this.#sent[number % WINDOW] = now;
    this.#answered[number % WINDOW] = 0;
    return number;
  }

  /** Probe `number` has come back; one that was not sent, or came before, or is forgotten, is ignored. */
  echo(number: number, now: number): void {
    const at = number % WINDOW;
    const known = Number.isInteger(number) && number >= 0 && number >= this.#count - WINDOW && number < this.#count;
    if (!known || this.#answered[at] === 1) return;
    this.#answered[at] = 1;
    const rtt = Math.max(0, now - this.#sent[at]);
    if (this.#last !== null) {
      const difference = Math.abs(rtt - this.#last);
      this.#jitter = this.#jitter === null ? difference : this.#jitter + (difference - this.#jitter) * JITTER_WEIGHT;
    }
    this.#rtt = this.#rtt === null ? rtt : this.#rtt + (rtt - this.#rtt) * RTT_WEIGHT;
    this.#last = rtt;
  }

  /** Share of the last 32 probes that nothing answered in time; null where none is old enough. */
  loss(now: number): number | null {
    let due = 0, lost = 0;
    for (let i = Math.max(0, this.#count - WINDOW); i < this.#count; i++) {
      const answered = this.#answered[i % WINDOW] === 1;
      if (!answered && now - this.#sent[i % WINDOW] < ANSWER_MS) continue;
      due++;
      if (!answered) lost++;
    }
    return due === 0 ? null : lost / due;
  }
}

/** What kind of address a connection's way begins with here; null before it has one. */
export async function candidateOf(connection: RTCPeerConnection): Promise<string | null> {
  const stats = new Map<string, Readonly<Record<string, unknown>>>();
  (await connection.getStats()).forEach((one, id) => stats.set(id, one));
  const all = [...stats.values()];
  const chosen = all.find(({ type }) => type === "transport")?.selectedCandidatePairId;
  const pair = stats.get(String(chosen)) ??
    all.find(({ type, nominated, state }) => type === "candidate-pair" && nominated && state === "succeeded");
  const kind = stats.get(String(pair?.localCandidateId))?.candidateType;
  return typeof kind === "string" ? kind : null;
}
