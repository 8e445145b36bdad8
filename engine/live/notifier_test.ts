import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Alert, Severity } from "../core/alerts.ts";
import { FakeNetwork } from "./_fake_network.ts";
import { FakeTimers } from "./_fake_timers.ts";
import { LIVE_EVENTS, type LiveEventName } from "./live_event.ts";
import { type HttpResponse, NetworkError } from "./network.ts";
import { telegram, webhook } from "./notice_target.ts";
import { Notifier } from "./notifier.ts";

const HOOK = "https://user:pass-word@chat.test/hooks/very-secret?key=more-secret", TOKEN = "123456:ABC-very_secret";

/** A notifier, and the far end of its network. */
class Office {
  readonly timers = new FakeTimers();
  readonly network = new FakeNetwork();
  readonly lines: string[] = [];
  /** What is answered next; then 200. */
  readonly next: (HttpResponse | Error)[] = [];
  readonly notifier: Notifier;

  constructor(target = webhook(HOOK), least?: Severity) {
    this.network.answer = () => {
      const answer = this.next.shift() ?? answered(200);
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const wall = () => 1_700_000_000_000_000_000n + BigInt(this.timers.now()) * 1_000_000n;
    this.notifier = new Notifier({
      ...{ targets: [target], run: "out/a-1", least, tell: (line) => void this.lines.push(line) },
      tools: { network: this.network, timers: this.timers, wall, random: () => 1 },
    });
  }

  event(name: LiveEventName, message: string): void {
    this.notifier.event({ name, venue: "binance-spot", message, symbol: "BTCUSDT" });
  }

  /** What was posted, each body as it was read. */
  get posted(): { text: string; chat_id?: string; leftOut: number; notices: { text: string }[] }[] {
    return this.network.requests.map(({ body }) => JSON.parse(body!));
  }

  get texts(): string[][] {
    return this.posted.map(({ notices }) => notices.map(({ text }) => text));
  }
}

function answered(status: number, text = "", headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, text, headers, at: 0n };
}

const ALERT: Alert = {
  ...{ time: "2024-08-08T23:54:15.000000007Z", severity: "critical", code: "KILLED", instrument: null },
  ...{ text: "Killed: fat finger", limit: null, observed: null },
};

Deno.test("Notifier: alerts and events are posted as JSON, together where they come together", async () => {
  const office = new Office();
  office.notifier.alert(ALERT);
  office.event("UNRECONCILED", "books differ");
  await office.timers.advance(10);
  assertEquals(office.network.requests.map(({ method, url }) => [method, url]), [["POST", HOOK]]);
  const { notices, text, leftOut } = office.posted[0];
  assertEquals(text.split("\n"), [
    "2024-08-08T23:54:15Z critical KILLED: Killed: fat finger",
    "2023-11-14T22:13:20Z critical UNRECONCILED binance-spot BTCUSDT: books differ",
  ]);
  assertEquals([leftOut, notices], [
    0,
    [
      { ...ALERT, kind: "alert" } as never,
      {
        ...{ time: "2023-11-14T22:13:20.000000000Z", kind: "event", severity: "critical", code: "UNRECONCILED" },
        ...{ number: 6204, venue: "binance-spot", instrument: "BTCUSDT", text: "books differ" },
      },
    ],
  ]);
});

Deno.test("Notifier: what matters less than was asked for is not posted, and every event has its severity", async () => {
  const office = new Office(webhook(HOOK), "warning");
  office.event("CONNECTED", "up");
  office.event("RECONNECTING", "down");
  await office.timers.advance(10);
  assertEquals(office.texts, [["down"]]);
  const all = new Office();
  for (const name of Object.keys(LIVE_EVENTS)) all.event(name as LiveEventName, name);
  await all.timers.advance(10);
  assertEquals(all.texts, [Object.keys(LIVE_EVENTS)]);
});

Deno.test("Notifier: a target is posted to at its pace, in batches, and what is too much is left out, the least first", async () => {
  const office = new Office();
  office.event("UNRECONCILED", "critical");
  for (let i = 0; i < 300; i++) office.event("CONNECTED", `info ${i}`);
  await office.timers.advance(10_000);
  assertEquals(office.texts.map((one) => one.length), [20, 20, 20, 20, 20]);
  assertEquals([office.posted[0].leftOut, office.texts[0][0], office.texts[4][19]], [201, "critical", "info 299"]);
  assertMatch(office.posted[0].text, /^\(201 before these were left out\)\n/);
  assertEquals(office.timers.waiting, 0);
});

Deno.test("Notifier: what did not arrive is tried again with back-off, and told once, without a secret", async () => {
  const office = new Office();
  office.next.push(
    new NetworkError(`Cannot ask ${HOOK.replace(/\?.*/, "")}: refused`),
    answered(503, HOOK),
    answered(500),
  );
  office.event("CONNECTED", "up");
  await office.timers.advance(60_000);
  assertEquals(office.texts, [["up"], ["up"], ["up"], ["up"]]);
  assertEquals(office.lines.length, 1);
  assertMatch(
    office.lines[0],
    /^Cannot post alerts to webhook chat\.test: Cannot ask \[secret\]: refused; trying again$/,
  );
  assert(!/very-secret|more-secret|pass-word/.test(office.lines.join()));
});

Deno.test("Notifier: a target that says no is not asked again, one that asks for patience gets it", async () => {
  const office = new Office();
  office.next.push(answered(404, "no such hook"));
  office.event("CONNECTED", "one");
  await office.timers.advance(60_000);
  office.event("CONNECTED", "two");
  office.next.push(answered(429, "", { "retry-after": "90" }));
  await office.timers.advance(89_000);
  assertEquals([office.texts, office.posted[1].leftOut], [[["one"], ["two"]], 1]);
  await office.timers.advance(2000);
  assertEquals([office.texts[2], office.posted[2].leftOut], [["two"], 1]);
  assertEquals(office.lines, ["Cannot post alerts to webhook chat.test: it answered 404 no such hook; they are lost"]);
});

Deno.test("Notifier: what never arrives is given up, and the next are tried", async () => {
  const office = new Office();
  for (let i = 0; i < 9; i++) office.next.push(answered(500));
  office.event("CONNECTED", "one");
  await office.timers.advance(600_000);
  assertEquals(office.network.requests.length, 9);
  office.event("CONNECTED", "two");
  await office.timers.advance(1000);
  assertEquals([office.texts[9], office.posted[9].leftOut], [["two"], 1]);
});

Deno.test("telegram: messages are those of sendMessage, at most 4096 characters, and the token is in no line", async () => {
  const office = new Office(telegram({ token: TOKEN, chat: "-100200" }));
  const asks = '{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":30}}';
  office.next.push(
    answered(429, asks),
    new NetworkError(`Cannot ask https://api.telegram.org/bot${TOKEN}/sendMessage`),
  );
  for (let i = 0; i < 20; i++) office.event("MARKET_GAP", "x".repeat(300));
  await office.timers.advance(29_000);
  assertEquals(office.network.requests.length, 1);
  await office.timers.advance(60_000);
  const [{ url }] = office.network.requests, [{ chat_id, text }] = office.posted;
  assertEquals([url, chat_id, text.length], [`https://api.telegram.org/bot${TOKEN}/sendMessage`, "-100200", 4096]);
  assertMatch(text, /^out\/a-1:\n2023-11-14T22:13:20Z warning MARKET_GAP binance-spot BTCUSDT: xxx/);
  assertEquals(office.network.requests.length, 3);
  assert(office.lines.length === 1 && !office.lines[0].includes("very_secret"), office.lines.join());
});

Deno.test("Notifier.close: what waits leaves first, for five seconds at most, and what is left is told", async () => {
  const office = new Office();
  for (let i = 0; i < 30; i++) office.event("CONNECTED", `${i}`);
  const closing = office.notifier.close();
  await office.timers.advance(1500);
  await closing;
  assertEquals(office.texts.map((one) => one.length), [20, 10]);
  office.event("CONNECTED", "late");
  assertEquals(office.timers.waiting, 0);
  const gone = new Office();
  for (let i = 0; i < 9; i++) gone.next.push(new NetworkError("Cannot ask: refused"));
  gone.event("CONNECTED", "up");
  await gone.timers.advance(10);
  const waiting = gone.notifier.close();
  await gone.timers.advance(5000);
  await waiting;
  assertEquals([gone.lines.at(-1), gone.timers.waiting], [
    "1 alerts did not reach webhook chat.test: the run is over",
    0,
  ]);
});
