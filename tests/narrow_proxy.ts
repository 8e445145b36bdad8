/** What a proxy lets through beside plain requests: streams, or answers alone that are whole. */
export type Lets = "streams" | "answers";

/** A proxy that lets no WebSocket through. */
export interface NarrowProxy {
  readonly url: string;
  /** Upgrades that it refused. */
  readonly refused: () => number;
  close(): Promise<void>;
}

/** Puts one up before a server. */
export function narrowProxy(target: string, lets: Lets): NarrowProxy {
  let refused = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const headers = new Headers(request.headers), { pathname, search } = new URL(request.url);
    if (headers.has("upgrade")) {
      refused++;
      return new Response("No WebSockets here.", { status: 403 });
    }
    // As a proxy under the server's own name would.
    headers.delete("host");
    headers.delete("origin");
    const { method } = request, body = method === "GET" ? null : await request.arrayBuffer();
    try {
      const answer = await fetch(target + pathname + search, { method, headers, body });
      if (lets === "streams") return answer;
      return new Response(answer.status === 204 ? null : await answer.arrayBuffer(), answer);
    } catch {
      return new Response("The server went away.", { status: 502 });
    }
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    refused: () => refused,
    close: () => server.shutdown(),
  };
}
