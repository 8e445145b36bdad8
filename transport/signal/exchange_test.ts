import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import { type ExchangeLimits, type ExchangeOptions, PeerExchange, type PeerSocket } from "./exchange.ts";
import { Tickets } from "./tickets.ts";

interface Heard {
  readonly type: string;
  readonly src?: string;
  readonly dst?: string;
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** An exchange and peers of it. */
class Desk {
  readonly clock = new FakeTimers();
  readonly exchange: PeerExchange;

  constructor(options: Partial<ExchangeOptions> & { limits?: ExchangeLimits } = {}) {
    this.exchange = new PeerExchange({ clock: this.clock, ...options });
  }

  peer(id: string, more: { token?: string; address?: string } = {}): TestPeer {
    const peer = new TestPeer();
    peer.socket = this.exchange.connect(peer, { key: "peerjs", id, token: "t", address: "here", ...more });
    return peer;
  }
}

class TestPeer {
  readonly heard: Heard[] = [];
  readonly ended: (number | "cut")[] = [];
  buffered = 0;
  socket: PeerSocket | undefined;

  send(text: string): void {
    this.heard.push(JSON.parse(text));
  }

  close(status: number): void {
    this.ended.push(status);
    this.socket?.gone();
  }

  terminate(): void {
    this.ended.push("cut");
    this.socket?.gone();
  }

  says(type: string, dst?: string, payload?: unknown): void {
    this.socket?.receive(JSON.stringify({ type, dst, payload }));
  }

  get types(): string[] {
    return this.heard.map(({ type }) => type);
  }
}

Deno.test("PeerExchange: what is for an absent peer waits, and comes in order after OPEN", () => {
  const desk = new Desk();
  const one = desk.peer("one");
  for (let i = 0; i < 3; i++) one.says("OFFER", "two", { i });
  one.says("LEAVE", "two");
  desk.clock.pass(4999);
  const two = desk.peer("two");
  assertEquals(two.heard.map(({ type, src, payload }) => [type, src, payload?.i]), [
    ["OPEN", undefined, undefined],
    ["OFFER", "one", 0],
    ["OFFER", "one", 1],
    ["OFFER", "one", 2],
  ]);
  desk.clock.pass(10_000);
  assertEquals(one.types, ["OPEN"]);
});

Deno.test("PeerExchange: after 5 s the sender is told EXPIRE, once for each receiver", () => {
  const desk = new Desk();
  const one = desk.peer("one");
  for (let i = 0; i < 3; i++) one.says("OFFER", "two", { i });
  one.says("CANDIDATE", "three", {});
  desk.clock.pass(4000);
  assertEquals(one.types, ["OPEN"]);
  desk.clock.pass(2000);
  assertEquals(one.heard.slice(1), [{ type: "EXPIRE", src: "two", dst: "one" }, {
    type: "EXPIRE",
    src: "three",
    dst: "one",
  }]);
  assertEquals(desk.exchange.waiting, 0);
});

Deno.test("PeerExchange: queues are bounded, and a full one expires at once", () => {
  const desk = new Desk({
    limits: {
      messages: { burst: 1e6, perSecond: 1e6 },
      addressMessages: { burst: 1e6, perSecond: 1e6 },
      characters: { burst: 1e9, perSecond: 1e9 },
    },
  });
  const one = desk.peer("one");
  for (let i = 0; i < 500; i++) one.says("OFFER", `absent-${i}`, {});
  assertEquals([desk.exchange.waiting, one.heard.length], [128, 1 + 372]);
  const two = desk.peer("two");
  for (let i = 0; i < 20; i++) two.says("OFFER", "nobody", "x".repeat(60_000));
  assertEquals(desk.exchange.waiting, 128 + 8);
});

Deno.test("PeerExchange: a peer that says nothing for 90 s is closed, heartbeats keep it", () => {
  const desk = new Desk();
  const [quiet, alive] = [desk.peer("quiet"), desk.peer("alive")];
  for (let i = 0; i < 19; i++) {
    desk.clock.pass(5000);
    alive.says("HEARTBEAT");
  }
  assertEquals([quiet.ended, alive.ended], [[4002], []]);
  assertEquals(desk.exchange.list(), ["alive"]);
  alive.socket?.gone();
  desk.clock.pass(2000);
  assertEquals([desk.exchange.size, desk.clock.waiting], [0, 0]);
});

Deno.test("PeerExchange: without tickets an id is its token's while it is there, and free after", () => {
  const desk = new Desk();
  const first = desk.peer("one", { token: "a" });
  assertEquals(desk.peer("one", { token: "b" }).types, ["ID-TAKEN"]);
  const again = desk.peer("one", { token: "a" });
  assertEquals([again.types, first.ended], [["OPEN"], [4001]]);
  first.says("OFFER", "one", {});
  assertEquals(again.types, ["OPEN"], "the replaced socket still speaks");
  again.socket?.gone();
  assertEquals(desk.peer("one", { token: "b" }).types, ["OPEN"]);
});

Deno.test("PeerExchange: with tickets an id is held for its own, for ten minutes", () => {
  const desk: Desk = new Desk({ tickets: new Tickets({ secret: new Uint8Array(32), now: () => desk.clock.now() }) });
  const tickets = new Tickets({ secret: new Uint8Array(32), now: () => desk.clock.now() });
  const token = tickets.make({ peer: "one" });
  desk.peer("one", { token }).socket?.gone();
  desk.clock.pass(500_000);
  assertEquals(desk.peer("one", { token: tickets.make({ peer: "one" }) }).types, ["ID-TAKEN"]);
  const back = desk.peer("one", { token });
  assertEquals(back.types, ["OPEN"]);
  back.socket?.gone();
  desk.clock.pass(602_000);
  assertEquals(desk.exchange.size, 0);
  assertEquals(desk.peer("one", { token }).heard[0].payload, { msg: "The ticket has expired" });
  assertEquals(desk.peer("one", { token: tickets.make({ peer: "one" }) }).types, ["OPEN"]);
  const left = desk.peer("two", { token: tickets.make({ peer: "two" }) });
  left.says("LEAVE");
  assertEquals([left.ended, desk.exchange.size], [[1000], 1]);
});

Deno.test("PeerExchange: an answerer's candidates come after its answer", () => {
  const desk = new Desk();
  const [caller, callee] = [desk.peer("caller"), desk.peer("callee")];
  caller.says("OFFER", "callee", { connectionId: "c" });
  callee.says("CANDIDATE", "caller", { connectionId: "c", n: 1 });
  callee.says("CANDIDATE", "caller", { connectionId: "other", n: 2 });
  caller.says("CANDIDATE", "callee", { connectionId: "c", n: 3 });
  callee.says("ANSWER", "caller", { connectionId: "c", n: 4 });
  callee.says("CANDIDATE", "caller", { connectionId: "c", n: 5 });
  assertEquals(caller.heard.slice(1).map(({ payload }) => payload?.n), [2, 4, 1, 5]);
  assertEquals(callee.types, ["OPEN", "OFFER", "CANDIDATE"]);
});

Deno.test("PeerExchange: who sends too much or too fast is cut, and nobody else", () => {
  const limits = { messages: { burst: 5, perSecond: 1 }, characters: { burst: 1000, perSecond: 10 }, messageMax: 600 };
  for (
    const [flood, why] of [
      [(peer: TestPeer) => {
        for (let i = 0; i < 6; i++) peer.says("HEARTBEAT");
      }, "Too much at once"],
      [(peer: TestPeer) => {
        for (let i = 0; i < 2; i++) peer.says("OFFER", "other", "x".repeat(500));
      }, "Too much at once"],
      [(peer: TestPeer) => peer.says("OFFER", "other", "x".repeat(600)), "A message is longer than 600"],
    ] as const
  ) {
    const desk = new Desk({ limits });
    const [other, flooder] = [desk.peer("other"), desk.peer("flooder")];
    flood(flooder);
    assertEquals(flooder.ended, [1008]);
    assertEquals(flooder.heard.at(-1), { type: "ERROR", payload: { msg: why } });
    assertEquals([other.ended, desk.exchange.list()], [[], ["other"]]);
  }
});

Deno.test("PeerExchange: answers are not held against who gives them, beyond what a call needs", () => {
  const limits = { messages: { burst: 5, perSecond: 1 } };
  const desk = new Desk({ limits });
  const host = desk.peer("host");
  for (let i = 0; i < 50; i++) {
    const caller = desk.peer(`caller-${i}`);
    caller.says("OFFER", "host", { connectionId: "c" });
    for (let n = 0; n < 3; n++) host.says("CANDIDATE", `caller-${i}`, { connectionId: "c" });
    host.says("ANSWER", `caller-${i}`, { connectionId: "c" });
    host.says("CANDIDATE", `caller-${i}`, { connectionId: "c" });
    assertEquals(caller.types, ["OPEN", "ANSWER", "CANDIDATE", "CANDIDATE", "CANDIDATE", "CANDIDATE"]);
  }
  assertEquals(host.ended, []);
  for (let i = 0; i < 100; i++) host.says("CANDIDATE", "caller-0", { connectionId: "c" });
  assertEquals(host.ended, [1008]);
});

Deno.test("PeerExchange: an address is limited however many connections it has", () => {
  const desk = new Desk({ limits: { addressMessages: { burst: 10, perSecond: 1e-6 } } });
  const flood = Array.from({ length: 4 }, (_, i) => desk.peer(`flood-${i}`, { address: "bad" }));
  const good = desk.peer("good", { address: "good" });
  for (const peer of flood) for (let i = 0; i < 4; i++) peer.says("OFFER", "good", {});
  assertEquals([good.heard.length, flood.map(({ ended }) => ended)], [11, [[], [], [1008], [1008]]]);
});

Deno.test("PeerExchange: a peer that does not read is cut", () => {
  const desk = new Desk();
  const [reader, sender] = [desk.peer("reader"), desk.peer("sender")];
  reader.buffered = 1_048_576;
  sender.says("OFFER", "reader", {});
  assertEquals([reader.ended, sender.ended], [["cut"], []]);
});

Deno.test("PeerExchange: peers are bounded, in all and of one address", () => {
  const desk = new Desk({ limits: { peersMax: 4, peersPerAddressMax: 2 } });
  const come = ["a", "b", "c"].map((id) => desk.peer(id));
  assertEquals(come.map(({ types }) => types[0]), ["OPEN", "OPEN", "ERROR"]);
  assertEquals(["d", "e", "f"].map((id) => desk.peer(id, { address: id }).types[0]), ["OPEN", "OPEN", "ERROR"]);
  come[0].socket?.gone();
  assertEquals(desk.peer("g").types, ["OPEN"]);
});

Deno.test("PeerExchange: a drain is told, and nobody comes any more", () => {
  const desk = new Desk();
  const one = desk.peer("one");
  desk.exchange.drain(500);
  assertEquals(one.heard.at(-1), { type: "DRAIN", payload: { reconnectMs: 500 } });
  assertEquals(desk.peer("two").types, ["ERROR"]);
  desk.clock.pass(1000);
  assertEquals([one.ended, desk.exchange.size, desk.clock.waiting], [[1012], 0, 0]);
});

Deno.test("PeerExchange.announce: rooms are checked, and listed", () => {
  const desk = new Desk();
  desk.peer("b");
  desk.peer("a");
  assert(desk.exchange.announce("a", ["instrument:BTC-USDT", "class:data"]));
  assertEquals([desk.exchange.list(), desk.exchange.list("class:data")], [["a", "b"], ["a"]]);
  assert(!desk.exchange.announce("nobody", []));
  assertThrows(() => desk.exchange.announce("a", ["planet:mars"]), RangeError, "planet:mars is no room");
});

Deno.test("PeerExchange: whatever peers send, it holds little, and those in good order are heard", () => {
  const ids = fc.constantFrom("a", "b", "c", "absent", "a--b", "__proto__", "");
  const payload = fc.oneof(
    fc.record({ connectionId: fc.oneof(fc.constantFrom("x", "y"), fc.anything()), sdp: fc.anything() }),
    fc.jsonValue(),
  );
  const message = fc.record({
    type: fc.constantFrom("OFFER", "ANSWER", "CANDIDATE", "LEAVE", "EXPIRE", "HEARTBEAT", "OPEN", "constructor", 7),
    dst: fc.oneof(ids, fc.anything()),
    src: fc.constant("forged"),
    payload,
  }, { requiredKeys: [] });
  const text = fc.oneof(
    { weight: 6, arbitrary: message.map((value) => JSON.stringify(value) ?? "") },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
  );
  const step = fc.tuple(fc.constantFrom("a", "b", "c"), text, fc.integer({ min: 0, max: 3000 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const desk = new Desk();
      const witness = [desk.peer("witness"), desk.peer("friend")];
      const peers = new Map<string, TestPeer>();
      for (const [id, given, ms] of steps) {
        let peer = peers.get(id);
        if (!peer || peer.ended.length > 0) peers.set(id, peer = desk.peer(id));
        peer.socket?.receive(given);
        desk.clock.pass(ms);
        for (const one of witness) one.says("HEARTBEAT");
      }
      assert(desk.exchange.size <= 5 && desk.exchange.waiting <= 3 * 128);
      for (const peer of peers.values()) assert(peer.heard.every(({ src }) => src !== "forged"));
      witness[0].says("OFFER", "friend", { last: true });
      assertEquals(witness[1].heard.at(-1)?.payload, { last: true });
      assertEquals(witness[0].ended, []);
    }),
    { seed: 20, numRuns: 150 },
  );
});
