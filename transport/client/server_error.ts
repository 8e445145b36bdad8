import {
  type Category,
  categoryOf,
  type ErrorData,
  type ErrorName,
  ERRORS,
  ProtocolError,
} from "../protocol/errors.ts";
import type { ServerMessage } from "../protocol/messages.ts";

type ErrorFields = Extract<ServerMessage, { readonly type: "error" }>["data"];

/**
 * An error that the server told. A code that is not known here keeps its number, from whose range `reactionTo` says what to do;
 * its name is then FAILED.
 */
export class ServerError extends ProtocolError {
  override readonly data: ErrorData;

  constructor(fields: ErrorFields) {
    const name: ErrorName = Object.hasOwn(ERRORS, fields.name) ? fields.name as ErrorName : "FAILED";
    super(name, fields.message, fields.retryMs);
    const category: Category = categoryOf(fields.code);
    this.data = { ...fields, name, category };
  }
}

/** An error of the network: what could not be done, as in "connect", and why. */
export function linkLost(what: string, why: unknown): ProtocolError {
  if (why instanceof ProtocolError) return why;
  return new ProtocolError("LINK_LOST", `Cannot ${what}: ${why instanceof Error ? why.message : why}`);
}

/** A request was answered with something else. */
export function wrongAnswer(asked: string, type: string): ProtocolError {
  return new ProtocolError("MALFORMED", `Cannot read the answer to ${asked}: its type is ${type}`);
}
