import { assert, assertEquals } from "@std/assert";
import { Counters } from "../hub/counters.ts";
import { type MeasuredHub, measurePeers, TransportMetrics } from "./hub_metrics.ts";
import { Metrics } from "./metrics.ts";

/** A hub's figures, as a test says them. */
function figures() {
  const counters = new Counters();
  Object.assign(counters, {
    bytesSent: 1000,
    merged: 5,
    skipped: 2,
    resumes: 1,
    compressedFrom: 100,
    compressedTo: 20,
  });
  Object.assign(counters.channels.book, { published: 10, sent: 40, bytes: 900 });
  counters.laneBytes[2] = 900;
  counters.erred("SLOW_CONSUMER");
  counters.erred("SCOPE_MISSING");
  const connection = (heldBytes: number, carrier?: string) => ({
    heldBytes,
    inStep: heldBytes === 0,
    credit: { outstanding: 7 },
    link: carrier === undefined ? undefined : { carrier },
  });
  const connections = [
    connection(0, "websocket"),
    connection(300, "websocket"),
    connection(50, "datachannel"),
    connection(0),
  ];
  const hub: MeasuredHub = { counters, load: 0.5, sizes: { connections: 4, topics: 3, cohorts: 2 }, connections };
  return { counters, hub };
}

Deno.test("TransportMetrics: what the hub counts, by session, channel, lane, carrier and error", () => {
  const metrics = new Metrics(), meter = new TransportMetrics(metrics).hub("s1"), { counters, hub } = figures();
  meter.follow(hub);
  meter.written?.(2, 4, 16, 3200);
  meter.acknowledged?.(30);
  metrics.text();
  counters.channels.book.sent = 45;
  const lines = new Set(metrics.text().split("\n"));
  for (
    const line of [
      'lockstep_sent_bytes_total{session="s1"} 1000',
      'lockstep_conflated_messages_total{session="s1"} 5',
      'lockstep_dropped_messages_total{session="s1"} 2',
      'lockstep_resumes_total{session="s1"} 1',
      'lockstep_compression_out_bytes_total{session="s1"} 20',
      'lockstep_published_messages_total{session="s1",channel="book"} 10',
      'lockstep_sent_messages_total{session="s1",channel="book"} 45',
      'lockstep_sent_messages_total{session="s1",channel="fills"} 0',
      'lockstep_sent_lane_bytes_total{session="s1",lane="book"} 900',
      'lockstep_errors_total{session="s1",category="network",error="SLOW_CONSUMER"} 1',
      'lockstep_errors_total{session="s1",category="authorisation",error="SCOPE_MISSING"} 1',
      'lockstep_connections{session="s1",carrier="websocket"} 2',
      'lockstep_connections{session="s1",carrier="none"} 1',
      'lockstep_queue_bytes{session="s1"} 350',
      'lockstep_queue_bytes_max{session="s1"} 300',
      'lockstep_unacknowledged_bytes{session="s1"} 28',
      'lockstep_behind_connections{session="s1"} 2',
      'lockstep_load_ratio{session="s1"} 0.5',
      'lockstep_write_wait_seconds_bucket{session="s1",le="0.001"} 0',
      'lockstep_write_wait_seconds_bucket{session="s1",le="0.0025"} 4',
      'lockstep_acknowledged_seconds_bucket{session="s1",le="0.05"} 1',
      'lockstep_frame_messages_bucket{session="s1",le="16"} 4',
    ]
  ) assert(lines.has(line), line);
});

Deno.test("TransportMetrics: a session that has ended leaves nothing", () => {
  const metrics = new Metrics(), transport = new TransportMetrics(metrics);
  for (let i = 0; i < 1000; i++) {
    const meter = transport.hub(`s${i}`);
    meter.follow(figures().hub);
    if (i % 100 === 0) metrics.text();
    meter.end();
  }
  assertEquals(metrics.text().split("\n").filter((line) => line.includes('session="')), []);
});

Deno.test("measurePeers: how many, by candidate, and how well", () => {
  const metrics = new Metrics();
  const quality = { rttMs: 20, jitterMs: 1, loss: 0.1, buffered: 100, candidate: "relay" };
  measurePeers(
    metrics,
    () => [quality, { ...quality, rttMs: 50, buffered: 1 }, { ...quality, rttMs: null, candidate: null }],
  );
  const lines = new Set(metrics.text().split("\n"));
  for (
    const line of [
      'lockstep_peers{candidate="relay"} 2',
      'lockstep_peers{candidate="host"} 0',
      'lockstep_peers{candidate="unknown"} 1',
      'lockstep_peer_buffered_bytes{candidate="relay"} 101',
      'lockstep_peer_rtt_seconds_max{candidate="relay"} 0.05',
      'lockstep_peer_loss_ratio_max{candidate="relay"} 0.1',
    ]
  ) assert(lines.has(line), line);
});
