import { type Client, connect } from "./client.ts";
import { type Timers, wallTimers } from "../link/timers.ts";
import type { ClientOptions } from "./options.ts";

/** How a pool keeps its clients. */
export interface PoolOptions {
  /** How long a client that nobody holds is kept for the next who asks; 30,000 ms. */
  readonly idleMs?: number;
  /** Between two looks at the clients; 15,000 ms. */
  readonly checkMs?: number;
  /** Clients at most; who asks for one more is refused; 16. */
  readonly clientsMax?: number;
  readonly clock?: Timers;
}

/** A client that is held: many may hold the same. */
export interface Lease {
  readonly client: Client;
  /** Lets it go; later calls do nothing. */
  release(): void;
}

interface Pooled {
  readonly client: Client;
  holders: number;
  /** When the last one let go. */
  idleSince: number;
}

/**
 * One connection for all who want the same server and session, however many subscriptions they have between them.
 *
 * Every now and then it looks after its clients: one that has given up tries again while somebody holds it, and is dropped when
 * nobody does; one that nobody has held for a while is closed.
 *
 * | operation | cost |
 * |---|---|
 * | lease, release | O(1) |
 * | a look | O(clients), one timer |
 *
 * @example
 * ```ts
 * import { memoryPair } from "../link/memory.ts";
 * import { ClientPool } from "./pool.ts";
 *
 * const pool = new ClientPool();
 * const options = { dial: () => Promise.resolve(memoryPair()[1]) };
 * const one = pool.lease("main", options), other = pool.lease("main", options);
 * if (one.client !== other.client) throw new Error("one connection for both");
 * pool.close();
 * ```
 */
export class ClientPool {
  readonly #clients = new Map<string, Pooled>();
  readonly #clock: Timers;
  readonly #idleMs: number;
  readonly #checkMs: number;
  readonly #most: number;
  #cancel: (() => void) | undefined;

  constructor(options: PoolOptions = {}) {
    this.#clock = options.clock ?? wallTimers;
    this.#idleMs = options.idleMs ?? 30_000;
    this.#checkMs = options.checkMs ?? 15_000;
    this.#most = options.clientsMax ?? 16;
  }

  /** Clients that there are. */
  get size(): number {
    return this.#clients.size;
  }

  /**
   * The client of a name, made where there is none. The name stands for server, session and token: two who give one name share
   * one connection, and the options of the first hold.
   */
  lease(name: string, options: ClientOptions): Lease {
    let pooled = this.#clients.get(name);
    if (!pooled) {
      if (this.#clients.size >= this.#most) {
        throw new RangeError(`Cannot lease ${name}: there are ${this.#most} clients already; release one, or share it`);
      }
      pooled = { client: connect(options), holders: 0, idleSince: 0 };
      this.#clients.set(name, pooled);
      this.#cancel ??= this.#clock.after(this.#checkMs, () => this.#check());
    }
    pooled.holders++;
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      pooled.holders--;
      pooled.idleSince = this.#clock.now();
    };
    return { client: pooled.client, release };
  }

  /** Closes all clients, held or not. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const { client } of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  #check(): void {
    const now = this.#clock.now();
    for (const [name, { client, holders, idleSince }] of this.#clients) {
      const down = client.state === "error" || client.state === "disconnected";
      if (holders > 0) {
        if (down) client.reconnect();
      } else if (down || now - idleSince >= this.#idleMs) {
        client.close();
        this.#clients.delete(name);
      }
    }
    this.#cancel = this.#clients.size > 0 ? this.#clock.after(this.#checkMs, () => this.#check()) : undefined;
  }
}
