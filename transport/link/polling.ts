/**
 * Links over long-polling, for networks that hold answers back until they are whole: each GET takes what waits, or waits until
 * something does; a POST brings what the client sends.
 *
 * @module
 */
import type { Env, Hono } from "hono";
import type { Link } from "./link.ts";
import { dialHttp, type HttpDialOptions } from "./_http_client_link.ts";
import { acceptHttp, EVENT_HEADERS, type HttpCarrierOptions, nothingYet } from "./_http_carrier.ts";
import type { HttpServerLink } from "./_http_server_link.ts";

export type { HttpCarrierOptions, HttpDialOptions };

/**
 * Makes links of those who dial with `dialPolling`, by routes in an application.
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { serveHttp } from "./http_server.ts";
 * import { acceptPolling, dialPolling } from "./polling.ts";
 *
 * const app = new Hono();
 * acceptPolling(app, { path: "/polling", onLink: (link) => link.send(new TextEncoder().encode("hello")) });
 * const server = await serveHttp({ app });
 * const client = await dialPolling(`${server.url}/polling`, { codec: "json" });
 * const heard = await new Promise((resolve) => client.onFrame = resolve);
 * if (heard !== "hello") throw new Error("not heard");
 * client.terminate();
 * await server.close(0);
 * ```
 */
export function acceptPolling<E extends Env>(app: Hono<E>, options: HttpCarrierOptions): void {
  acceptHttp(app, options, { carrier: "polling", down });
}

/**
 * Opens a link over long-polling. Rejects with a `ProtocolError`: the server's own, or LINK_LOST where nothing answers.
 */
export function dialPolling(url: string | URL, options: HttpDialOptions): Promise<Link> {
  return dialHttp("polling", url, options);
}

async function down(link: HttpServerLink, request: Request, lifeSignMs: number, cut: () => boolean): Promise<Response> {
  const lost = () => link.lose();
  request.signal.addEventListener("abort", lost);
  link.attach(() => void cut());
  const batch = await link.take(lifeSignMs);
  request.signal.removeEventListener("abort", lost);
  if (link.attached) link.detach();
  return new Response(batch ?? nothingYet(), { headers: EVENT_HEADERS });
}
