import type { HttpServer } from "../link/http_server.ts";
import type { Metrics } from "./metrics.ts";

/** The figures of a port: TCP connections open, and those cut at once because there were too many. Returns what ends that. */
export function measureConnections(metrics: Metrics, http: Pick<HttpServer, "connections" | "refused">): () => void {
  const open = metrics.gauge({ name: "lockstep_tcp_connections", help: "TCP connections open." });
  const refused = metrics.counter({
    name: "lockstep_tcp_refused_total",
    help: "TCP connections cut at once: too many of their address, or of all.",
    labels: ["limit"],
  });
  return metrics.onCollect(() => {
    open.with().set(http.connections);
    refused.with("address").follow(http.refused.address);
    refused.with("total").follow(http.refused.total);
  });
}
