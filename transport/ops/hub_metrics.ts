import { type Channel, LANES } from "../protocol/channels.ts";
import { categoryOf, type ErrorName, ERRORS } from "../protocol/errors.ts";
import type { Counters, HubMetrics } from "../hub/counters.ts";
import type { Quality } from "../link/quality.ts";
import type { CounterSeries, GaugeSeries, Metric, Metrics } from "./metrics.ts";

/** What of a hub is read; a `Hub` is one. */
export interface MeasuredHub {
  readonly counters: Counters;
  readonly load: number;
  readonly sizes: { readonly connections: number; readonly topics: number; readonly cohorts: number };
  readonly connections: Iterable<{
    /** Bytes that wait in memory for the client. */
    readonly heldBytes: number;
    readonly inStep: boolean;
    readonly credit: { readonly outstanding: number };
    readonly link: { readonly carrier: string } | undefined;
  }>;
}

/** A hub's figures: given to the hub as its `metrics`, then told of it, and ended with it. */
export interface HubMeter extends HubMetrics {
  /** From now on this hub is read at each scrape. */
  follow(hub: MeasuredHub): void;
  /** The session has ended: its series go. */
  end(): void;
}

/** Sessions with series of their own, at most; then they are counted together. */
const SESSIONS_MAX = 200;
/** In seconds: a message may wait from a tenth of a ms up to seconds behind a slow client. */
const LATENCY_BOUNDS = [1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const SIZE_BOUNDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** Sums that a hub keeps: the metric, what it says, and where it is read. */
const SUMS: readonly (readonly [name: string, help: string, read: (counters: Counters) => number])[] = [
  ["frames_built_total", "Frames built, once for all clients in step.", (each) => each.framesBuilt],
  ["frames_sent_total", "Frames handed to links.", (each) => each.framesSent],
  ["sent_bytes_total", "Bytes handed to links.", (each) => each.bytesSent],
  ["received_messages_total", "Messages of clients.", (each) => each.received],
  ["received_bytes_total", "Bytes of clients.", (each) => each.bytesReceived],
  ["conflated_messages_total", "Messages that another stood for.", (each) => each.merged],
  ["dropped_messages_total", "Messages that a snapshot stood for.", (each) => each.skipped],
  ["joins_total", "Connections begun.", (each) => each.joins],
  ["resumes_total", "Connections that went on over another link.", (each) => each.resumes],
  ["fallen_behind_total", "Clients that fell out of step.", (each) => each.fell],
  ["caught_up_total", "Clients that were in step again.", (each) => each.caughtUp],
  ["compression_in_bytes_total", "Bytes before compression.", (each) => each.compressedFrom],
  ["compression_out_bytes_total", "Bytes after compression.", (each) => each.compressedTo],
  ["compression_seconds_total", "Time that compression took.", (each) => each.compressMs / 1000],
];

/** What a hub is like now. */
const STATES: readonly (readonly [name: string, help: string, read: (hub: MeasuredHub) => number])[] = [
  ["topics", "Topics: a channel and a symbol each.", (hub) => hub.sizes.topics],
  ["cohorts", "Groups of clients that share their frames.", (hub) => hub.sizes.cohorts],
  ["load_ratio", "How busy the hub is with writing, 0 to 1.", (hub) => hub.load],
  ["queue_bytes", "Bytes that wait in memory for clients.", (hub) => sum(hub, (each) => each.heldBytes)],
  ["queue_bytes_max", "The same of the client that most waits for.", (hub) => most(hub, (each) => each.heldBytes)],
  [
    "unacknowledged_bytes",
    "Bytes sent that no client has said it got.",
    (hub) => sum(hub, (each) => each.credit.outstanding),
  ],
  ["behind_connections", "Clients that are out of step.", (hub) => sum(hub, (each) => each.inStep ? 0 : 1)],
];

const CARRIERS = ["websocket", "datachannel", "sse", "polling", "memory", "simulated", "none"];

/**
 * The figures of hubs and of peers, by session: connections, messages and bytes by channel and lane, queues, drops, conflations,
 * latencies, resumes, errors, compression.
 *
 * Made once a server; `hub(session)` once a session. Hubs are read when Prometheus asks, so that counting costs a hub nothing but
 * what it counts anyway.
 *
 * | call | cost |
 * |---|---|
 * | `written`, `acknowledged` | a few comparisons |
 * | a scrape | all connections once |
 *
 * @example
 * ```ts
 * import { Hub } from "../hub/hub.ts";
 * import { Metrics } from "./metrics.ts";
 * import { TransportMetrics } from "./hub_metrics.ts";
 *
 * const metrics = new Metrics(), meter = new TransportMetrics(metrics).hub("demo");
 * const session = { session: "demo", mode: "backtest", live: false, instruments: [], commands: [] } as const;
 * const hub = new Hub({ ...session, instruments: [], metrics: meter });
 * meter.follow(hub);
 * hub.publish("progress", "", { rows: 1, total: 2 }, 0n);
 * if (!metrics.text().includes('lockstep_published_messages_total{session="demo",channel="progress"} 1\n')) throw new Error();
 * hub.close();
 * meter.end();
 * ```
 */
export class TransportMetrics {
  readonly #metrics: Metrics;
  readonly #sums: readonly Metric<CounterSeries>[];
  readonly #states: readonly Metric<GaugeSeries>[];
  readonly #published;
  readonly #sent;
  readonly #channelBytes;
  readonly #laneBytes;
  readonly #errors;
  readonly #connections;
  readonly #waited;
  readonly #roundTrips;
  readonly #messages;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    const labels = ["session"], seriesMax = SESSIONS_MAX;
    const by = (name: string, help: string, ...more: string[]) => ({
      name: `lockstep_${name}`,
      help,
      labels: [...labels, ...more],
      seriesMax: seriesMax * (more.length > 0 ? 20 : 1),
    });
    this.#sums = SUMS.map(([name, help]) => metrics.counter(by(name, help)));
    this.#states = STATES.map(([name, help]) => metrics.gauge(by(name, help)));
    this.#published = metrics.counter(by("published_messages_total", "Messages published.", "channel"));
    this.#sent = metrics.counter(by("sent_messages_total", "Messages sent, to all clients together.", "channel"));
    this.#channelBytes = metrics.counter(by("sent_channel_bytes_total", "Bytes of messages sent.", "channel"));
    this.#laneBytes = metrics.counter(by("sent_lane_bytes_total", "Bytes of messages sent.", "lane"));
    this.#errors = metrics.counter(by("errors_total", "Links cut and requests refused.", "category", "error"));
    this.#connections = metrics.gauge(by("connections", "Connections, by what carries them.", "carrier"));
    const latency = { bounds: LATENCY_BOUNDS };
    this.#waited = metrics.histogram({
      ...by("write_wait_seconds", "From published to written, a frame's oldest."),
      ...latency,
    });
    this.#roundTrips = metrics.histogram({ ...by("acknowledged_seconds", "From sent to acknowledged."), ...latency });
    this.#messages = metrics.histogram({ ...by("frame_messages", "Messages in a frame."), bounds: SIZE_BOUNDS });
  }

  /** The meter of a session's hub. */
  hub(session: string): HubMeter {
    const waited = this.#waited.with(session),
      trips = this.#roundTrips.with(session),
      sizes = this.#messages.with(session);
    let hub: MeasuredHub | undefined;
    const read = () => hub && this.#read(session, hub);
    const stop = this.#metrics.onCollect(read);
    return {
      written(waitedMs, members, messages) {
        waited.observe(waitedMs / 1000, members);
        sizes.observe(messages, members);
      },
      acknowledged: (roundTripMs) => trips.observe(roundTripMs / 1000),
      follow: (measured) => void (hub = measured),
      end: () => {
        stop();
        if (hub !== undefined) this.#remove(session, hub);
        hub = undefined;
      },
    };
  }

  #read(session: string, hub: MeasuredHub): void {
    const { counters } = hub;
    this.#sums.forEach((metric, i) => metric.with(session).follow(SUMS[i][2](counters)));
    this.#states.forEach((metric, i) => metric.with(session).set(STATES[i][2](hub)));
    for (
      const [channel, { published, sent, bytes }] of Object.entries(counters.channels) as [
        Channel,
        { published: number; sent: number; bytes: number },
      ][]
    ) {
      this.#published.with(session, channel).follow(published);
      this.#sent.with(session, channel).follow(sent);
      this.#channelBytes.with(session, channel).follow(bytes);
    }
    LANES.forEach((lane, i) => this.#laneBytes.with(session, lane).follow(counters.laneBytes[i]));
    for (const [name, count] of Object.entries(counters.errors) as [ErrorName, number][]) {
      this.#errors.with(session, categoryOf(ERRORS[name][0]), name).follow(count);
    }
    const carriers = new Map(CARRIERS.map((carrier) => [carrier, 0]));
    for (const { link } of hub.connections) {
      const carrier = link?.carrier ?? "none";
      carriers.set(carrier, (carriers.get(carrier) ?? 0) + 1);
    }
    for (const [carrier, count] of carriers) this.#connections.with(session, carrier).set(count);
  }

  #remove(session: string, { counters }: MeasuredHub): void {
    for (const metric of [...this.#sums, ...this.#states, this.#waited, this.#roundTrips, this.#messages]) {
      metric.remove(session);
    }
    for (const channel of Object.keys(counters.channels)) {
      for (const metric of [this.#published, this.#sent, this.#channelBytes]) metric.remove(session, channel);
    }
    for (const lane of LANES) this.#laneBytes.remove(session, lane);
    for (const carrier of CARRIERS) this.#connections.remove(session, carrier);
    for (const name of Object.keys(counters.errors) as ErrorName[]) {
      this.#errors.remove(session, categoryOf(ERRORS[name][0]), name);
    }
  }
}

/**
 * The figures of peers on data channels: how many there are, by the kind of address their way begins with, and how well they do.
 * `peers` is asked at each scrape; returns what ends that.
 */
export function measurePeers(metrics: Metrics, peers: () => Iterable<Quality>): () => void {
  const labels = ["candidate"];
  const count = metrics.gauge({ name: "lockstep_peers", help: "Peers on data channels.", labels });
  const buffered = metrics.gauge({ name: "lockstep_peer_buffered_bytes", help: "Bytes that wait to leave.", labels });
  const worst = (["rtt", "jitter"] as const).map((what) =>
    metrics.gauge({ name: `lockstep_peer_${what}_seconds_max`, help: `The largest ${what} of a peer.`, labels })
  );
  const loss = metrics.gauge({
    name: "lockstep_peer_loss_ratio_max",
    help: "The largest share lost of a peer.",
    labels,
  });
  return metrics.onCollect(() => {
    const kinds = new Map(["host", "srflx", "prflx", "relay", "unknown"].map((kind) => [kind, [] as Quality[]]));
    for (const peer of peers()) (kinds.get(peer.candidate ?? "unknown") ?? kinds.get("unknown")!).push(peer);
    for (const [kind, list] of kinds) {
      const largest = (read: (quality: Quality) => number | null) =>
        Math.max(0, ...list.map((each) => read(each) ?? 0));
      count.with(kind).set(list.length);
      buffered.with(kind).set(list.reduce((total, each) => total + each.buffered, 0));
      worst[0].with(kind).set(largest((each) => each.rttMs) / 1000);
      worst[1].with(kind).set(largest((each) => each.jitterMs) / 1000);
      loss.with(kind).set(largest((each) => each.loss));
    }
  });
}

type MeasuredConnection = MeasuredHub["connections"] extends Iterable<infer Each> ? Each : never;

function sum({ connections }: MeasuredHub, read: (connection: MeasuredConnection) => number): number {
  let total = 0;
  for (const each of connections) total += read(each);
  return total;
}

function most({ connections }: MeasuredHub, read: (connection: MeasuredConnection) => number): number {
  let largest = 0;
  for (const each of connections) largest = Math.max(largest, read(each));
  return largest;
}
