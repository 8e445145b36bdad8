import { type ErrorName, ProtocolError } from "../protocol/errors.ts";
import type { ClientMessage } from "../protocol/messages.ts";
import { TokenBucket } from "../auth/token_bucket.ts";
import type { Timers } from "../link/timers.ts";
import type { Connection } from "./connection.ts";
import type { Counters } from "./counters.ts";
import type { HubLimits } from "./limits.ts";
import { history, presence, type RequestTools, subscribe, unsubscribe } from "./requests.ts";

/** Requests that a hub leaves to its owner. */
export type OwnersRequest = Extract<ClientMessage, { type: "command" | "done" | "token" }>;

/** What an intake needs of its hub. */
export interface IntakeTools {
  readonly clock: Timers;
  readonly limits: HubLimits;
  readonly counters: Counters;
  /** How busy the hub is, 0 to 1. */
  readonly load: () => number;
  readonly tools: RequestTools;
  /** Counts a request for history; the ms to wait where too many came. */
  readonly historyWait: (connection: Connection) => number;
  readonly onRequest: (connection: Connection, message: OwnersRequest) => void;
}

/** Requests that one for history counts as: its answer may be thousands of messages. */
const HISTORY_WEIGHT = 20;

/**
 * Takes the frames of clients: looks at their size before they are read and at how many come, and has each message answered. Who
 * sends what is wrong is told, and cut where it goes on.
 *
 * Cost: O(bytes) a frame, then that of the requests.
 */
export class Intake {
  readonly #hub: IntakeTools;
  readonly #allowances = new WeakMap<Connection, { readonly requests: TokenBucket; readonly messages: TokenBucket }>();

  constructor(hub: IntakeTools) {
    this.#hub = hub;
  }

  /** A frame has come. */
  take(connection: Connection, frame: Uint8Array | string): void {
    const { counters, limits, clock } = this.#hub, now = clock.now(), { wire } = connection;
    wire.heardAt = now;
    counters.bytesReceived += frame.length;
    if (frame.length > limits.messageBytesMax) {
      return connection.cut("TOO_LARGE", `a frame has ${frame.length} B, at most ${limits.messageBytesMax} are taken`);
    }
    let messages;
    try {
      messages = wire.codec.decode(frame, "client") as ClientMessage[];
    } catch (error) {
      return this.#fault(connection, error);
    }
    const allowance = this.#allowanceOf(connection, now).messages;
    for (const message of messages) {
      // A message before it may have ended the connection, or moved it.
      if (connection.link !== wire.link) return;
      counters.received++;
      if (allowance.take(1, now) > 0) return connection.cut("RATE_EXCEEDED", "too many messages came");
      try {
        this.#handle(connection, message);
      } catch (error) {
        this.#fault(connection, error, message.id);
      }
    }
  }

  #handle(connection: Connection, message: ClientMessage): void {
    const { onRequest, load, tools, historyWait } = this.#hub, now = connection.wire.heardAt;
    switch (message.type) {
      case "ack":
        return connection.acknowledge(message.data.bytes);
      case "ping":
        return connection.answer(message.id, "pong", { sent: message.data.sent, received: now });
      case "done":
        return onRequest(connection, message);
      case "bye":
        return connection.close(undefined, "bye");
      case "hello":
        throw new ProtocolError("MALFORMED", "Cannot take a hello: there was one already");
    }
    // A hub that is busy all the time still takes a quarter.
    const past = message.type === "history", weight = past ? HISTORY_WEIGHT : 1;
    const retryMs = this.#allowanceOf(connection, now).requests.take(weight, now, 1 - 0.75 * load()) ||
      (past ? historyWait(connection) : 0);
    if (retryMs > 0) throw new ProtocolError("RATE_EXCEEDED", `Cannot take ${message.type}: too many came`, retryMs);
    switch (message.type) {
      case "subscribe":
        return subscribe(connection, message, tools);
      case "unsubscribe":
        return unsubscribe(connection, message);
      case "history":
        return history(connection, message, tools);
      case "presence":
        return presence(connection, message, tools);
      default:
        return onRequest(connection, message);
    }
  }

  /** A request is refused; who sends too many such is cut. A bug harms the request alone, and is thrown when that is told. */
  #fault(connection: Connection, error: unknown, id?: string): void {
    const known = error instanceof ProtocolError;
    const name: ErrorName = known ? error.data.name : "FAILED";
    if (known) connection.refuse(error.request ?? id, name, error.message, error.data.retryMs);
    else connection.refuse(id, name, "Cannot answer: the server failed");
    if (++connection.wire.faults > this.#hub.limits.faultsMax) {
      connection.cut("RATE_EXCEEDED", "too many requests were wrong");
    }
    if (!known) throw error;
  }

  #allowanceOf(
    connection: Connection,
    now: number,
  ): { readonly requests: TokenBucket; readonly messages: TokenBucket } {
    let allowance = this.#allowances.get(connection);
    if (allowance === undefined) {
      const { requests, messages } = this.#hub.limits;
      allowance = { requests: new TokenBucket(requests, now), messages: new TokenBucket(messages, now) };
      this.#allowances.set(connection, allowance);
    }
    return allowance;
  }
}
