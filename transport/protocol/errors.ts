/**
 * What can go wrong between a client and a session, as codes in ranges: the range says what to do, so that a client which does
 * not know a code still does the right thing.
 *
 * | range | category | what to do |
 * |---|---|---|
 * | 1000–1999 | network | reconnect, with back-off |
 * | 2000–2499 | authentication | get a new token, then reconnect |
 * | 2500–2999 | authorisation | stop asking for this; the rest goes on |
 * | 3000–3999 | protocol | stop: the client is wrong |
 * | 4000–4999 | limit | try again after `retryMs` |
 * | 5000–5999 | market | a refusal by risk, venue or session: data, not a fault |
 * | 6000–6999 | server | try again, with back-off |
 *
 * @module
 */

/** Kinds of error. */
export type Category = "network" | "authentication" | "authorisation" | "protocol" | "limit" | "market" | "server";

/** What a client does about it. */
export type Reaction = "reconnect" | "authenticate" | "skip" | "stop" | "retry";

interface Range {
  readonly from: number;
  readonly category: Category;
  readonly reaction: Reaction;
}

const RANGES: readonly Range[] = [
  { from: 6000, category: "server", reaction: "retry" },
  { from: 5000, category: "market", reaction: "skip" },
  { from: 4000, category: "limit", reaction: "retry" },
  { from: 3000, category: "protocol", reaction: "stop" },
  { from: 2500, category: "authorisation", reaction: "skip" },
  { from: 2000, category: "authentication", reaction: "authenticate" },
  { from: 1000, category: "network", reaction: "reconnect" },
];

/** Codes with their remedy, which every error message carries. */
export const ERRORS = {
  LINK_LOST: [1000, "reconnect; what was missed is recovered by sequence"],
  SLOW_CONSUMER: [1001, "read faster, subscribe to less, or ask for a lower rate; then reconnect"],
  DRAINING: [1002, "reconnect after the time given"],
  HEARTBEAT_LOST: [1003, "reconnect"],
  REPLACED: [1004, "the session goes on over another link of the same connection"],
  TOKEN_MISSING: [2000, "send a token in the Authorization header, as subprotocol or in hello"],
  TOKEN_INVALID: [2001, "get a new token"],
  TOKEN_EXPIRED: [2002, "get a new token"],
  TOKEN_REVOKED: [2003, "ask whoever runs the server"],
  SCOPE_MISSING: [2500, "ask for a token with the scope that is named"],
  ORIGIN_REFUSED: [2501, "add the origin to the server's list"],
  MALFORMED: [3000, "send what PROTOCOL.md describes"],
  UNKNOWN_TYPE: [3001, "send a type that PROTOCOL.md lists"],
  UNKNOWN_CHANNEL: [3002, "subscribe to a channel that hello lists"],
  UNKNOWN_SYMBOL: [3003, "subscribe to a symbol that hello lists, or to *"],
  VERSION_UNSUPPORTED: [3004, "speak a version that the server names"],
  MODE_UNSUPPORTED: [3005, "this mode cannot have the command; hello lists what it can"],
  COMMAND_MALFORMED: [3006, "send the fields that the command has"],
  HELLO_FIRST: [3007, "begin with hello"],
  SESSION_UNKNOWN: [3008, "name a session that the server lists"],
  TOO_LARGE: [4000, "send smaller messages; hello names the limit"],
  RATE_EXCEEDED: [4001, "send less often; wait as long as is said"],
  SUBSCRIPTIONS_EXCEEDED: [4002, "unsubscribe from something first"],
  CONNECTIONS_EXCEEDED: [4003, "close a connection first"],
  TOO_DEEP: [4004, "send flatter data"],
  REFUSED: [5000, "see the code and text of the refusal"],
  EXPIRED: [5001, "the command came too late; decide again"],
  SESSION_OVER: [5002, "the session has ended"],
  UNRECOVERABLE: [5003, "start from the snapshot that comes"],
  FAILED: [6000, "try again; the server has logged what happened"],
  OVERLOADED: [6001, "try again later"],
} as const satisfies Readonly<Record<string, readonly [code: number, remedy: string]>>;

/** The name of an error. */
export type ErrorName = keyof typeof ERRORS;

/** The category of a code, known or not. */
export function categoryOf(code: number): Category {
  return rangeOf(code).category;
}

/** What to do about a code, known or not. */
export function reactionTo(code: number): Reaction {
  return rangeOf(code).reaction;
}

/** An error as a message carries it. */
export interface ErrorData {
  readonly code: number;
  readonly name: ErrorName;
  readonly category: Category;
  readonly message: string;
  readonly remedy: string;
  /** When to try again at the earliest, in ms; 0 where that is for the client to say. */
  readonly retryMs: number;
}

/** A fault of the protocol that ends a request or a connection. */
export class ProtocolError extends Error {
  override name = "ProtocolError";
  readonly data: ErrorData;

  /**
   * `message` says what was wrong with which value: "Cannot subscribe: channel is bok". `request` is the id of the message that
   * was wrong, where it has one, so that the answer can name it.
   */
  constructor(name: ErrorName, message: string, retryMs = 0, readonly request?: string) {
    super(message);
    this.data = errorData(name, message, retryMs);
  }
}

/** An error's data, with category and remedy from the table. */
export function errorData(name: ErrorName, message: string, retryMs = 0): ErrorData {
  const [code, remedy] = ERRORS[name];
  return { code, name, category: categoryOf(code), message, remedy, retryMs };
}

function rangeOf(code: number): Range {
  return RANGES.find(({ from }) => code >= from) ?? RANGES[RANGES.length - 1];
}
