import { Code } from "../core/codes.ts";
import { loadValue, saveValue } from "../core/plain_state.ts";
import type { StateReader } from "../core/state_reader.ts";
import type { StateWriter } from "../core/state_writer.ts";

/** Orders that are remembered with all they ask for; names that are remembered beyond these; stems that are told apart. */
const ORDERS = 4096;
const NAMES = 65_536;
const STEMS = 1024;

/** An order as it was sent under a name of the client's. */
interface Sent {
  readonly order: number;
  readonly asks: string;
}

/**
 * Names that a client gives its orders, so that what it sends twice is sent once.
 *
 * - The last 4096 are remembered with what they asked for: the same again is the first order, anything else is refused
 *   (CLIENT_ID_REUSED).
 * - Of what came before, 65,536 names are known as used, and are refused (CLIENT_ID_OLD).
 * - Names that end in a number, as "a17", are known for good: one with the same stem, and a number not above the highest
 *   that has been forgotten, is refused (CLIENT_ID_OLD), used or not, because nobody can tell. This goes for the first 1024 stems.
 * - Any other name that is older than that is taken for new: give names that end in a number that counts up.
 * - A submit that was refused here has sent nothing, and leaves its name free.
 *
 * | operation | cost |
 * |---|---|
 * | `look`, `remember` | O(1) |
 * | memory | 4096 orders, 65,536 names, 1024 stems |
 *
 * @example
 * ```ts
 * import { ClientIds } from "./client_ids.ts";
 * const ids = new ClientIds();
 * if (ids.look("a1", "buy 5") !== 0) throw new Error("it is new");
 * ids.remember("a1", "buy 5", 77);
 * if (ids.look("a1", "buy 5") !== 77 || ids.look("a1", "buy 6") >= 0) throw new Error("it is known");
 * ```
 */
export class ClientIds {
  /** By name, the oldest first. */
  readonly orders: Map<string, Sent> = new Map();
  /** Names that were in `orders` before, the oldest first. */
  readonly names: Set<string> = new Set();
  /** By stem: the highest number that has left `orders`. */
  readonly stems: Map<string, number> = new Map();

  /** What became of a name: 0 where it is free, the id of the order it has, or a refusal's code below 0. `asks` is all the order asks for. */
  look(name: string, asks: string): number {
    const sent = this.orders.get(name);
    if (sent) return sent.asks === asks ? sent.order : -Code.CLIENT_ID_REUSED;
    if (this.names.has(name)) return -Code.CLIENT_ID_OLD;
    if (this.stems.size === 0) return 0;
    const digits = digitsFrom(name);
    const highest = this.stems.get(name.slice(0, digits));
    return highest !== undefined && Number(name.slice(digits)) <= highest ? -Code.CLIENT_ID_OLD : 0;
  }

  /** The order `order` was sent under a free name. */
  remember(name: string, asks: string, order: number): void {
    this.orders.set(name, { order, asks });
    if (this.orders.size <= ORDERS) return;
    const oldest = first(this.orders.keys());
    this.orders.delete(oldest);
    this.names.add(oldest);
    if (this.names.size > NAMES) this.names.delete(first(this.names.values()));
    const digits = digitsFrom(oldest), stem = oldest.slice(0, digits);
    if (digits === oldest.length) return;
    const highest = this.stems.get(stem);
    if (highest === undefined && this.stems.size >= STEMS) return;
    this.stems.set(stem, Math.max(highest ?? 0, Number(oldest.slice(digits))));
  }

  save(to: StateWriter): void {
    saveValue(to, this.orders, "client ids");
    saveValue(to, this.names, "old client ids");
    saveValue(to, this.stems, "stems of client ids");
  }

  load(from: StateReader): void {
    for (const [name, sent] of loadValue(from) as Map<string, Sent>) this.orders.set(name, sent);
    for (const name of loadValue(from) as Set<string>) this.names.add(name);
    for (const [stem, number] of loadValue(from) as Map<string, number>) this.stems.set(stem, number);
  }
}

/** Where the number at the end of a name begins; its length where there is none. Numbers have 15 digits at most. */
function digitsFrom(name: string): number {
  let from = name.length;
  while (from > 0 && name.length - from < 15 && name[from - 1] >= "0" && name[from - 1] <= "9") from--;
  return from;
}

function first(names: Iterator<string>): string {
  return names.next().value as string;
}
