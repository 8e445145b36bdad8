import { assert, assertEquals } from "@std/assert";
import { type Context, type Span, type SpanOptions, type SpanStatus, trace, type Tracer } from "@opentelemetry/api";
import { fileURLToPath } from "node:url";
import { CommandTraces } from "./tracing.ts";

/** A tracer that keeps, of each span, its parent, its end and its error: "command/risk ended". */
function keeping(recording = true) {
  const spans: { path: string; ended: number; error: string | undefined; attributes: Record<string, unknown> }[] = [];
  const paths = new WeakMap<Span, string>();
  const startSpan = (name: string, options: SpanOptions = {}, context?: Context): Span => {
    const parent = context && trace.getSpan(context);
    const path = parent ? `${paths.get(parent)}/${name}` : name;
    const kept = { path, ended: 0, error: undefined as string | undefined, attributes: { ...options.attributes } };
    spans.push(kept);
    const span: Span = {
      spanContext: () => ({ traceId: "1", spanId: "1", traceFlags: 1 }),
      setAttribute: () => span,
      setAttributes: (values) => (Object.assign(kept.attributes, values), span),
      addEvent: () => span,
      addLink: () => span,
      addLinks: () => span,
      setStatus: (status: SpanStatus) => ((kept.error = status.message), span),
      updateName: () => span,
      end: () => void kept.ended++,
      isRecording: () => recording,
      recordException() {},
    };
    paths.set(span, path);
    return span;
  };
  return { spans, tracer: { startSpan } as Pick<Tracer, "startSpan"> as Tracer };
}

const shown = (spans: ReturnType<typeof keeping>["spans"]) =>
  spans.map(({ path, ended, error }) => `${path} ${ended}${error ? ` ${error}` : ""}`);

Deno.test("CommandTraces: order in, risk, venue, acknowledgement, each ended once", () => {
  const { spans, tracer } = keeping(), traces = new CommandTraces({ tracer });
  const command = traces.begin("submit", "s1");
  command.risk();
  command.answered(0, 7);
  traces.venue("s1", 8);
  traces.venue("s2", 7);
  assertEquals(shown(spans), ["command 0", "command/receive 1", "command/risk 1", "command/venue 0"]);
  traces.venue("s1", 7);
  traces.venue("s1", 7);
  traces.acknowledged("s2");
  assertEquals(shown(spans).slice(3), ["command/venue 1", "command/acknowledge 0"]);
  traces.acknowledged("s1");
  traces.acknowledged("s1");
  assert(spans.every(({ ended, error }) => ended === 1 && error === undefined));
  assertEquals(spans[0].attributes, {
    "lockstep.kind": "submit",
    "lockstep.session": "s1",
    "lockstep.code": 0,
    "lockstep.order": 7,
  });
});

Deno.test("CommandTraces: a refusal, a failure, and a command that makes no order end at once", () => {
  const { spans, tracer } = keeping(), traces = new CommandTraces({ tracer });
  const refused = traces.begin("submit", "s1");
  refused.risk();
  refused.answered(1105, 0);
  traces.begin("submit", "s1").failed("SCOPE_MISSING");
  traces.begin("clock_pause", "s1").answered(0, 0);
  assertEquals(shown(spans), [
    "command 1 REFUSED",
    "command/receive 1",
    "command/risk 1 REFUSED",
    "command 1 SCOPE_MISSING",
    "command/receive 1 SCOPE_MISSING",
    "command 1",
    "command/receive 1",
  ]);
});

Deno.test("CommandTraces: orders of which nothing is heard are bounded, and a session's end lets them go", () => {
  const { spans, tracer } = keeping(), traces = new CommandTraces({ tracer, waitingMax: 10 });
  for (let order = 1; order <= 100; order++) traces.begin("submit", "s1").answered(0, order);
  const open = () => spans.filter(({ path, ended }) => path === "command" && ended === 0).length;
  assertEquals(open(), 10);
  traces.close("s");
  assertEquals(open(), 10, "another session, though its name begins so");
  traces.close("s1");
  assertEquals(open(), 0);
  assert(spans.every(({ ended }) => ended === 1));
});

Deno.test("CommandTraces: an amend before the venue has spoken of its order takes its place", () => {
  const { spans, tracer } = keeping(), traces = new CommandTraces({ tracer });
  for (const kind of ["submit", "amend"]) traces.begin(kind, "s1").answered(0, 7);
  traces.venue("s1", 7);
  traces.acknowledged("s1");
  assert(spans.every(({ ended }) => ended === 1));
});

Deno.test("CommandTraces: where nothing records one span a command is begun, and nothing kept", () => {
  const { spans, tracer } = keeping(false), traces = new CommandTraces({ tracer });
  const command = traces.begin("submit", "s1");
  command.risk();
  command.answered(0, 7);
  traces.venue("s1", 7);
  traces.acknowledged("s1");
  assertEquals(spans.length, 1);
});

Deno.test("CommandTraces: Deno's own OpenTelemetry takes the spans", async () => {
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const code = `import { CommandTraces } from ${JSON.stringify(new URL("./tracing.ts", import.meta.url).href)};
    const traces = new CommandTraces(), command = traces.begin("submit", "s1");
    command.risk(); command.answered(0, 7); traces.venue("s1", 7); traces.acknowledged("s1");`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--config", config, `data:application/typescript,${encodeURIComponent(code)}`],
    env: { OTEL_DENO: "true", OTEL_EXPORTER_OTLP_PROTOCOL: "console", OTEL_DENO_CONSOLE: "ignore", NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  for (const name of ["command", "receive", "risk", "venue", "acknowledge"]) {
    assert(new RegExp(`SPAN.*${name}`).test(text.replaceAll(/\p{Cc}\[\d+m/gu, "")), `${name}: ${text}`);
  }
});
