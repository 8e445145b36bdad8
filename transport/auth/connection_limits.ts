import { ProtocolError } from "../protocol/errors.ts";
import { addressKey } from "./addresses.ts";

/** The most connections open at a time. */
export interface ConnectionCounts {
  /** Of a server. 20,000. */
  readonly total?: number;
  /** Of a user. 1000. */
  readonly user?: number;
  /** Of an address; IPv6 counts by its first 64 bits. 2000. */
  readonly address?: number;
  /** Of those that have not said who they are: they hold a socket and nothing else. 1000; one more takes the oldest's place. */
  readonly unproven?: number;
}

/** Where in its life a connection is: open, then proven to be a user's, then closed. */
export interface OpenConnection {
  /** It is this user's from now on. Throws ProtocolError CONNECTIONS_EXCEEDED where they have as many as they may. */
  prove(user: string): void;
  /** It has closed; later calls do nothing. */
  close(): void;
}

/**
 * Counts connections that are open, in all, by address and by user.
 *
 * | call | cost |
 * |---|---|
 * | each | constant |
 * | memory | no more entries than connections |
 */
export class ConnectionLimits {
  #open = 0;
  /** What lets each go that has not said who it is, the oldest first. */
  readonly #unproven = new Set<() => void>();
  readonly #users = new Map<string, number>();
  readonly #addresses = new Map<string, number>();
  readonly #most: Required<ConnectionCounts>;

  constructor(most: ConnectionCounts = {}) {
    this.#most = { total: 20_000, user: 1000, address: 2000, unproven: 1000, ...most };
  }

  /** Connections open. */
  get open(): number {
    return this.#open;
  }

  /** Counts one more. Throws ProtocolError CONNECTIONS_EXCEEDED where there are as many as may be, and counts nothing then. */
  enter(address: string, leave: () => void): OpenConnection {
    const { total, address: addressMax, unproven } = this.#most, key = addressKey(address);
    if (this.#open >= total) throw exceeded("the server has", total);
    if ((this.#addresses.get(key) ?? 0) >= addressMax) throw exceeded("its address has", addressMax);
    if (this.#unproven.size >= unproven) this.#dropOldest();
    this.#open++;
    add(this.#addresses, key, 1);
    return this.#connection(key, leave);
  }

  /** Whoever has been silent longest goes: else a few who never speak would keep all others out. */
  #dropOldest(): void {
    const [oldest] = this.#unproven;
    this.#unproven.delete(oldest);
    oldest();
  }

  #connection(key: string, leave: () => void): OpenConnection {
    // One for each connection, whoever gives the same twice.
    const silent = () => leave();
    this.#unproven.add(silent);
    let user: string | undefined, closed = false;
    return {
      prove: (name) => {
        if (closed || user === name) return;
        if ((this.#users.get(name) ?? 0) >= this.#most.user) throw exceeded("its user has", this.#most.user);
        if (user === undefined) this.#unproven.delete(silent);
        else add(this.#users, user, -1);
        add(this.#users, name, 1);
        user = name;
      },
      close: () => {
        if (closed) return;
        closed = true;
        this.#open--;
        if (user === undefined) this.#unproven.delete(silent);
        else add(this.#users, user, -1);
        add(this.#addresses, key, -1);
      },
    };
  }
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

function exceeded(whose: string, most: number): ProtocolError {
  return new ProtocolError("CONNECTIONS_EXCEEDED", `Cannot take connection: ${whose} ${most} open already`, 5_000);
}
