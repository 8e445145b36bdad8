import type { QueuePoint } from "./order_story.ts";

/** Points that are kept; of more, every second. */
const POINTS_MAX = 2048;

/**
 * Where an order stood in its queue over time: every change, or, of more than can be kept, every second, fourth, … of them.
 *
 * @example
 * ```ts
 * import { QueuePoints } from "./queue_points.ts";
 * const points = new QueuePoints();
 * for (const ahead of [5, 5, 3]) points.add({ time: 0n, row: null, ahead, level: 5 });
 * if (points.changes !== 2 || points.list()[1].ahead !== 3) throw new Error("unexpected");
 * ```
 */
export class QueuePoints {
  /** How often the place, or the level, changed. */
  changes = 0;
  #points: QueuePoint[] = [];
  #stride = 1;
  #last: QueuePoint | undefined;

  /** Adds a point, where it is another than the last. */
  add(point: QueuePoint): void {
    if (this.#last && this.#last.ahead === point.ahead && this.#last.level === point.level) return;
    this.#last = point;
    if (this.changes++ % this.#stride !== 0) return;
    this.#points.push(point);
    if (this.#points.length < POINTS_MAX) return;
    this.#points = this.#points.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }

  /** The points, with the last one whatever was left out before it. */
  list(): QueuePoint[] {
    const last = this.#last;
    return last === undefined || this.#points.at(-1) === last ? this.#points : [...this.#points, last];
  }
}
