import { type Category, ProtocolError } from "../protocol/errors.ts";

const STATUS: Readonly<Record<Category, number>> = {
  network: 503,
  authentication: 401,
  authorisation: 403,
  protocol: 400,
  limit: 429,
  market: 409,
  server: 503,
};

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
  const { data } = error, { name, category, retryMs } = data;
  const headers = new Headers({ "cache-control": "no-store" });
  if (category === "authentication") headers.set("www-authenticate", "Bearer");
  if (retryMs > 0) headers.set("retry-after", String(Math.ceil(retryMs / 1000)));
  const status = name === "TOO_LARGE"
    ? 413
    : name === "SESSION_UNKNOWN"
    ? 404
    : name === "FAILED"
    ? 500
    : STATUS[category];
  return Response.json(data, { status, headers });
}
