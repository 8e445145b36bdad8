/**
 * Links over an HTTP stream, for networks that let no WebSocket through: one GET whose answer goes on (server-sent events), and
 * a POST for what the client sends.
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
 * Makes links of those who dial with `dialSse`, by routes in an application.
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { serveHttp } from "./http_server.ts";
 * import { acceptSse, dialSse } from "./sse.ts";
 *
 * const app = new Hono();
 * acceptSse(app, { path: "/sse", onLink: (link) => link.send(new TextEncoder().encode("hello")) });
 * const server = await serveHttp({ app });
 * const client = await dialSse(`${server.url}/sse`, { codec: "json" });
 * const heard = await new Promise((resolve) => client.onFrame = resolve);
 * if (heard !== "hello") throw new Error("not heard");
 * client.terminate();
 * await server.close(0);
 * ```
 */
export function acceptSse<E extends Env>(app: Hono<E>, options: HttpCarrierOptions): void {
  acceptHttp(app, options, { carrier: "sse", down });
}

/**
 * Opens a link over an HTTP stream. Rejects with a `ProtocolError`: the server's own, or LINK_LOST where nothing answers.
 */
export function dialSse(url: string | URL, options: HttpDialOptions): Promise<Link> {
  return dialHttp("sse", url, options);
}

/** One answer that lasts as long as its link. It is asked for more only when the socket has room. */
function down(link: HttpServerLink, _request: Request, lifeSignMs: number, cut: () => boolean): Response {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(started) {
      controller = started;
      started.enqueue(nothingYet());
    },
    async pull(stream) {
      const batch = await link.take(lifeSignMs);
      if (!controller) return;
      if (batch) stream.enqueue(batch);
      else if (!link.done) stream.enqueue(nothingYet());
      if (!link.done) return;
      controller = undefined;
      stream.close();
      link.detach();
    },
    cancel() {
      controller = undefined;
      link.lose();
    },
  }, { highWaterMark: 0 });
  link.attach(() => {
    const cutOff = controller;
    controller = undefined;
    // With its socket gone the answer needs no error, which the server would only log.
    if (!cut()) cutOff?.error(new Error("the link was cut"));
  });
  return new Response(body, { headers: EVENT_HEADERS });
}
