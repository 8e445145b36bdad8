import { closest } from "../core/closest.ts";
import { log1p } from "../core/math.ts";
import type { Keeper } from "../core/stateful.ts";

/**
 * Where a resting order of ours stands in the queue of its price level, on tapes that show only the level's size.
 *
 * The venue keeps `front`, the lots ahead of the order, a float that may fall below 0. It starts as the level's size when the
 * order arrives, and each trade at the price takes its size off; what else leaves the level is for the model to place.
 */
export interface QueueModel extends Keeper {
  /** Its name and parameters, as run headers state them. */
  readonly name: string;
  /**
   * The lots ahead after the level went from `previous` to `size` lots; `traded` of the fall are trades since the last
   * change, and are off `front` already.
   */
  front(front: number, traded: number, previous: number, size: number): number;
  /** The lots ahead of an order that joins a level of `size` lots; all of them where absent. */
  joins?(size: number): number;
}

/**
 * Only trades advance us.
 *
 * - Who cancels stood behind us, as long as anyone can have.
 * - Who joins stands behind us.
 * - Hidden orders do not exist.
 */
export class RiskAverseQueue implements QueueModel {
  readonly name = "risk";

  front(front: number, _traded: number, _previous: number, size: number): number {
    return front < size ? front : size;
  }
}

/**
 * Nobody stands before us: the upper end of what any queue could have given.
 *
 * - A touch of our price fills us: each trade at it takes from us first, as many lots as traded.
 * - It is a bound, and no model of a queue: nobody is always first.
 */
export class OptimisticQueue implements QueueModel {
  readonly name = "optimistic";

  front(): number {
    return 0;
  }

  joins(): number {
    return 0;
  }
}

/**
 * Cancels come from before and behind us by weights f(ahead) and f(behind).
 *
 * - A fall of the level beyond its trades is cancels; the part p = f(behind) ÷ (f(behind) + f(ahead)) is behind us.
 * - More cannot leave behind us than stands there; the rest of it leaves ahead.
 * - Who joins stands behind us.
 */
abstract class ProbabilisticQueue implements QueueModel {
  abstract readonly name: string;

  /** The weight of `lots`, not negative for lots not negative. */
  abstract weight(lots: number): number;

  front(front: number, traded: number, previous: number, size: number): number {
    const change = previous - size - traded;
    if (change < 0) return front < size ? front : size;
    const back = previous - front;
    const weightBack = this.weight(back);
    let behind = weightBack / (weightBack + this.weight(front));
    if (behind === Infinity || behind === -Infinity) behind = 1;
    const excess = back - behind * change;
    const next = front - (1 - behind) * change + (excess < 0 ? excess : 0);
    // NaN (both weights 0) must end as the size, as the smaller of a number and nothing.
    return next < size ? next : size;
  }
}

/** {@linkcode ProbabilisticQueue} with f(x) = x^n for n from 1 to 9. */
export class PowerQueue extends ProbabilisticQueue {
  readonly name: string;

  constructor(readonly exponent: number) {
    super();
    this.name = `power${exponent}`;
  }

  weight(lots: number): number {
    let weight = lots;
    for (let i = 1; i < this.exponent; i++) weight *= lots;
    return weight;
  }
}

/** {@linkcode ProbabilisticQueue} with f(x) = ln(1 + x), x in units of the instrument rather than lots. */
export class LogQueue extends ProbabilisticQueue {
  readonly name = "log";

  constructor(readonly lotSize: number) {
    super();
  }

  weight(lots: number): number {
    return log1p(lots * this.lotSize);
  }
}

/**
 * The model a name stands for: `risk`, `power1` … `power9` (`power` is `power3`), `log`, `optimistic`.
 *
 * Throws RangeError for another name.
 */
export function queueModel(name: string, lotSize: number): QueueModel {
  if (name === "risk") return new RiskAverseQueue();
  if (name === "log") return new LogQueue(lotSize);
  if (name === "optimistic") return new OptimisticQueue();
  const power = /^power([1-9])?$/.exec(name);
  if (power) return new PowerQueue(Number(power[1] ?? 3));
  const near = closest(name, ["risk", "power3", "log", "optimistic"]);
  throw new RangeError(
    `Cannot use queue model ${name}: it is none of risk, power1 … power9, log, optimistic${
      near.startsWith("did") ? `; ${near}` : ""
    }`,
  );
}
