import type { Session } from "../../engine/core/session.ts";
import { type Bookkeeper, leftOf } from "./bookkeeper.ts";
import type { Desk } from "./desk.ts";
import type { Plan } from "./plan.ts";

/** Looks at parents, linked orders and routes after each move, by what a bookkeeper knows of their orders. */
export class GroupWatch {
  constructor(
    private readonly books: Bookkeeper,
    private readonly session: Session,
    private readonly desk: Desk,
    private readonly plan: Plan,
  ) {}

  look(): void {
    this.#parents();
    this.#groups();
    this.#routes();
  }

  /** What is filled of a parent, and what is open, is never more than it was asked for. */
  #parents(): void {
    const { books, desk } = this, open = new Map<number, number>();
    for (const told of books.open.values()) {
      const slot = books.core.orders.slotOf(told.id), parent = books.core.orders.parent[slot];
      if (parent > 0) open.set(parent, (open.get(parent) ?? 0) + leftOf(told));
    }
    for (const [parent, asked] of desk.asked) {
      const filled = books.byParent.get(parent) ?? 0, lots = open.get(parent) ?? 0;
      // What a venue of chance tells late has been sent again by then.
      const sound = this.plan.wild ? books.late > 0 || filled <= asked : filled + lots <= asked;
      books.hold(sound, () => `parent ${parent}: ${filled} filled and ${lots} open of ${asked}`);
    }
  }

  /** Linked orders leave nothing more open than was filled, and fill no more than they were asked for. */
  #groups(): void {
    const { books, desk, session } = this;
    if (desk.groups.size === 0) return;
    for (const [id, { kind, size }] of desk.groups) {
      const view = session.context.links.view(id);
      if (!view) continue;
      const { filled, open, excess } = view;
      books.hold(open <= filled, () => `${kind} ${id}: ${open} open of ${filled}`);
      if (this.plan.wild || this.plan.money) continue;
      const own = kind === "oco" || kind === "ouo" ? filled - excess : filled;
      books.hold(own <= size, () => `${kind} ${id}: ${filled} filled of ${size}, ${excess} in excess`);
    }
  }

  /** Routes have filled no more than they were for, and what they say is filled is what their orders were filled for. */
  #routes(): void {
    const { books, desk, session } = this;
    for (const id of desk.routes) {
      const view = session.context.router.view(id);
      if (!view) continue;
      let out = 0;
      for (const { order, filled, instrument } of view.children) {
        const told = books.open.get(order) ?? books.ended.get(order);
        books.hold(told?.filled === filled, () => `route ${id}: ${filled} of order ${order}, not ${told?.filled}`);
        const { lotSize, contract } = session.context.instruments[instrument];
        if (books.open.has(order)) out += leftOf(told!) * lotSize * contract;
      }
      const sound = view.filled + out <= view.size + 1e-9 || books.late > 0;
      books.hold(sound, () => `route ${id}: ${view.filled} filled and ${out} out of ${view.size}`);
    }
  }
}
