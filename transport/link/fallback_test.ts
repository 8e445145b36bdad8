import { linkConformance } from "./_conformance.ts";
import { served } from "./_served.ts";
import { acceptPolling, dialPolling } from "./polling.ts";
import { acceptSse, dialSse } from "./sse.ts";

const CARRIERS = [["dialSse", acceptSse, dialSse], ["dialPolling", acceptPolling, dialPolling]] as const;

for (const [name, accept, dial] of CARRIERS) {
  linkConformance(name, async ({ text, frameBytesMax, clientFrameBytesMax = frameBytesMax }) => {
    const server = await served();
    accept(server.app, { path: "/down", onLink: server.onLink, frameBytesMax });
    const url = `${server.http.url}/down`;
    const client = await dial(url, { codec: text ? "json" : "msgpack", frameBytesMax: clientFrameBytesMax });
    const { link } = await server.next();
    return { server: link, client, dispose: () => server.close() };
  });
}
