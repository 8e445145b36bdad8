import { type Context, Hono } from "hono";
import { isLoopback } from "../auth/addresses.ts";
import type { Door } from "../auth/door.ts";
import { serverNeed } from "../auth/needs.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { Metrics } from "./metrics.ts";
import { problemResponse } from "./problem.ts";

/** What `/metrics` is made of. */
export interface MetricsRoute {
  readonly metrics: Pick<Metrics, "text">;
  readonly door: Pick<Door, "request" | "permit">;
  /** The client's address, as the carrier knows it. */
  readonly addressOf: (context: Context) => string;
}

/** Headers by which a proxy says that it asks for somebody else. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/**
 * `/metrics` for Prometheus: open on loopback, for admin alone from elsewhere. What a proxy on this machine passes on is from
 * elsewhere, though its socket is not. Other pages and other hosts are refused on loopback too.
 */
export function metricsRoute({ metrics, door, addressOf }: MetricsRoute): Hono {
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" };
  return new Hono().get("/metrics", async (context) => {
    const address = addressOf(context), { raw } = context.req;
    try {
      const principal = await door.request({ headers: raw.headers, url: raw.url, address });
      if (!isLoopback(address) || FORWARDED.some((name) => raw.headers.has(name))) {
        if (principal === undefined) throw new ProtocolError("TOKEN_MISSING", "Cannot show metrics: no token came");
        door.permit(principal, serverNeed("metrics"));
      }
    } catch (error) {
      return problemResponse(error);
    }
    return context.body(metrics.text(), 200, headers);
  });
}
