import { ProtocolError } from "../protocol/errors.ts";
import { statusOf } from "../protocol/rest.ts";

/**
 * An error as the answer to an HTTP request: the same data as in an `error` message of the protocol, with a status that says as
 * much. What is no ProtocolError is a fault of the server, of which nothing is told; `onFault` hears of it.
 *
 * @example
 * ```ts
 * import { ProtocolError } from "../protocol/errors.ts";
 * import { problemResponse } from "./problem.ts";
 * const answer = problemResponse(new ProtocolError("TOKEN_MISSING", "Cannot list sessions: no token came"));
 * if (answer.status !== 401 || (await answer.json()).name !== "TOKEN_MISSING") throw new Error("unexpected");
 * ```
 */
export function problemResponse(error: unknown, onFault: (error: unknown) => void = () => {}): Response {
  if (!(error instanceof ProtocolError)) {
    onFault(error);
    return problemResponse(new ProtocolError("FAILED", "Cannot answer: the server failed"));
  }
  const { data } = error, { code, category, retryMs } = data;
  const headers = new Headers({ "cache-control": "no-store" });
  if (category === "authentication") headers.set("www-authenticate", "Bearer");
  if (retryMs > 0) headers.set("retry-after", String(Math.ceil(retryMs / 1000)));
  return Response.json(data, { status: statusOf(code), headers });
}
