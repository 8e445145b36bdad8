import { CLEAR, SNAPSHOT } from "../core/event.ts";
import type { Row, RowSink } from "../feed/row.ts";

/**
 * Hands rows on from the first snapshot: what comes before it is of a book that nobody knows.
 *
 * @example
 * ```ts
 * import { CLEAR, DEPTH } from "../core/event.ts";
 * import { Row } from "../feed/row.ts";
 * import { SinceSnapshot } from "./since_snapshot.ts";
 * const kinds: number[] = [], row = new Row();
 * const sink = new SinceSnapshot({ row, add: () => void kinds.push(row.kind) });
 * for (const kind of [DEPTH, CLEAR, DEPTH]) {
 *   sink.row.kind = kind;
 *   sink.add();
 * }
 * if (kinds.join() !== [CLEAR, DEPTH].join()) throw new Error("unexpected");
 * ```
 */
export class SinceSnapshot implements RowSink {
  readonly row: Row;
  readonly #to: RowSink;
  #begun = false;

  constructor(to: RowSink) {
    this.#to = to;
    this.row = to.row;
  }

  add(): void {
    const { kind } = this.row;
    this.#begun ||= kind === CLEAR || kind === SNAPSHOT;
    if (this.#begun) this.#to.add();
  }
}
