import { assertEquals } from "@std/assert";
import { measureConnections } from "./connection_metrics.ts";
import { Metrics } from "./metrics.ts";

Deno.test("measureConnections: those that are open, and those that were too many", () => {
  const metrics = new Metrics(), http = { connections: 3, refused: { address: 17, total: 0 } };
  const stop = measureConnections(metrics, http);
  const lines = () => metrics.text().split("\n").filter((line) => line.startsWith("lockstep_tcp"));
  const expected = (open: number, refused: number) => [
    `lockstep_tcp_connections ${open}`,
    `lockstep_tcp_refused_total{limit="address"} ${refused}`,
    'lockstep_tcp_refused_total{limit="total"} 0',
  ];
  assertEquals(lines(), expected(3, 17));
  Object.assign(http, { connections: 1, refused: { address: 20, total: 0 } });
  assertEquals(lines(), expected(1, 20));
  stop();
});
