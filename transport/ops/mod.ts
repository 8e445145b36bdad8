/**
 * What whoever runs a server sees of it: metrics, health, logs, traces; and how it stops.
 *
 * - `const metrics = new Metrics()`, `const transport = new TransportMetrics(metrics)`: once a server. For each session
 *   `const meter = transport.hub(id)`, given to its hub as `metrics`; then `meter.follow(hub)`, and `meter.end()` with the session.
 *   `measurePeers(metrics, () => qualities)` for data channels, `measureConnections(metrics, http)` for a port.
 * - `app.route("/", health.routes())` and `app.route("/", metricsRoute({ metrics, door, addressOf }))`.
 * - `const log = new Log({ write, now, pretty })`; `log.with({ session })` for a part. Lines hold no secrets and cannot be forged.
 * - `const traces = new CommandTraces()`: `begin` at each command, `venue` at an order's first change, `acknowledged` after a flush.
 *   With OTEL_DENO=true Deno sends the spans on; without, it costs one call a command. Tokens never stand in URLs, which such
 *   exporters would tell.
 * - `new Shutdown({ refuse, drain, clients, close, terminate, after })` and `onSignals(shutdown, ended)`: `refuse` sets
 *   `health.state = "draining"`, `drain` calls each hub's.
 * - `problemResponse(error)` answers an HTTP request as an `error` message answers another.
 *
 * @module
 */
export { measureConnections } from "./connection_metrics.ts";
export { Health } from "./health.ts";
export { HistogramSeries } from "./histogram_series.ts";
export { type HubMeter, type MeasuredHub, measurePeers, TransportMetrics } from "./hub_metrics.ts";
export { Log, LOG_LEVELS, type LogFields, type LogLevel, type LogOptions } from "./log.ts";
export { CounterSeries, GaugeSeries, type Metric, type MetricOptions, Metrics } from "./metrics.ts";
export { metricsRoute } from "./metrics_route.ts";
export { problemResponse } from "./problem.ts";
export { jsonLine, type RedactLimits, redactText, redactValue, visible } from "./redact.ts";
export { onSignals, Shutdown, type ShutdownOptions } from "./shutdown.ts";
export { type CommandTrace, CommandTraces, type TracingOptions } from "./tracing.ts";
