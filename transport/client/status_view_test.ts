import { assertEquals } from "@std/assert";
import { ProtocolError } from "../protocol/errors.ts";
import { Counters } from "./stats.ts";
import { HELLO } from "./_scripted_server.ts";
import { statusView, type Watched } from "./status_view.ts";

const stats = new Counters().view(0, {
  clockOffsetMs: 0,
  clockErrorMs: Infinity,
  queued: 0,
  waiting: 0,
  subscriptions: 0,
  quality: null,
});
const watched: Watched = { state: "connected", hello: HELLO, error: undefined, carrier: "websocket", stats };

Deno.test("statusView: says LIVE and real money, and goes on saying so when the link is lost", () => {
  for (const state of ["connected", "reconnecting", "error"] as const) {
    const view = statusView({ ...watched, state, hello: { ...HELLO, mode: "live", live: true } });
    assertEquals([view.live, view.mode], [true, "LIVE – real money"]);
  }
  const view = statusView({ ...watched, hello: { ...HELLO, mode: "paper" } });
  assertEquals([view.live, view.mode], [false, "paper"]);
});

Deno.test("statusView: what went wrong and what to do, only while it is so", () => {
  const error = new ProtocolError("TOKEN_EXPIRED", "Cannot stay: the token has expired");
  assertEquals(
    statusView({ ...watched, state: "error", error }).problem,
    "Cannot stay: the token has expired (2002: get a new token)",
  );
  assertEquals(statusView({ ...watched, error }).problem, "");
});

Deno.test("statusView: what nobody knows is a dash, figures are rounded for people", () => {
  const first = statusView({ ...watched, hello: undefined, carrier: "" });
  assertEquals([first.latency, first.mode, ...first.rows.slice(0, 4).map(([, value]) => value)], [
    "–",
    "",
    "–",
    "–",
    "–",
    "–",
  ]);
  const counters = new Counters();
  for (const ms of [3.21, 250.4, 12.6]) counters.roundTrip(ms);
  counters.since = 0;
  const full = counters.view(125_000, {
    clockOffsetMs: -1500,
    clockErrorMs: 1.6,
    quality: null,
    queued: 1,
    waiting: 2,
    subscriptions: 3,
  });
  const view = statusView({ ...watched, stats: full });
  const rows = Object.fromEntries(view.rows);
  assertEquals([view.latency, rows.Latency, rows.Clock], ["13 ms", "13 ms (3.2 ms to 250 ms)", "-1500 ms ± 1.6 ms"]);
  assertEquals([rows.Up, rows.Waiting], ["2 min 5 s", "3"]);
});
