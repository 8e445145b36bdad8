import type { LiveTools } from "./live_tools.ts";
import type { OrderEntry } from "./order_entry.ts";

/** The exchange cancels everything when it has not heard for so long, and is told again so often. */
const SWITCH_MS = 60_000;
const AGAIN_MS = 20_000;

/**
 * Keeps the exchange's dead man's switch from going off while the program lives, where the exchange has one: a program that dies, or is
 * cut off, leaves its orders there for a minute at most.
 */
export class DeadMan {
  readonly #entry: OrderEntry;
  readonly #tools: LiveTools;
  #cancel: (() => void) | undefined;
  #failed = false;

  constructor(entry: OrderEntry, tools: LiveTools) {
    this.#entry = entry;
    this.#tools = tools;
    if (entry.deadMan) void this.#again();
  }

  /** Tells the exchange that nobody need watch any more, or, where something is left open, lets it cancel that. */
  async close(leftOpen: boolean): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    if (!leftOpen) await this.#entry.deadMan?.(0).catch(() => {});
  }

  async #again(): Promise<void> {
    const { timers, tell } = this.#tools, { venue } = this.#entry;
    this.#cancel = timers.after(AGAIN_MS, () => void this.#again());
    try {
      await this.#entry.deadMan!(SWITCH_MS);
      this.#failed = false;
    } catch (error) {
      // Told once: the next time may do, and until then the switch that was set last holds.
      if (!this.#failed) {
        tell({ name: "REQUEST_REFUSED", venue, message: `the dead man's switch: ${(error as Error).message}` });
      }
      this.#failed = true;
    }
  }
}
