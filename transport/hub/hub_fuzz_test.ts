import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Channel } from "../protocol/channels.ts";
import type { Codec } from "../protocol/codec.ts";
import { codecOf, loadCodec } from "../protocol/codecs.ts";
import type { Message } from "../protocol/messages.ts";
import { WatcherModel, WorldModel } from "./_model.ts";
import type { FakeTimers } from "../../engine/live/_fake_timers.ts";
import { TestClient } from "./_test_client.ts";
import { hubWith } from "./_test_hub.ts";
import type { Hub } from "./hub.ts";

const SYMBOLS = ["BTC", "ETH"] as const;
const CLIENTS = 4;
const CODECS = [codecOf("json"), codecOf("msgpack"), await loadCodec("protobuf")] as const;

/** A client that reads and acknowledges when it is told to, and comes back when it was cut. */
class Player {
  readonly client: TestClient;
  readonly watcher: WatcherModel;
  readonly hub: Hub;
  /** Subscriptions by their request, then by their name. */
  readonly asked = new Map<string, { channel: Channel; symbol: string; wishes: object }>();
  readonly held = new Map<string, { channel: Channel; symbol: string; wishes: object }>();

  constructor(hub: Hub, world: WorldModel, codec: Codec, timing: boolean) {
    this.hub = hub;
    this.watcher = new WatcherModel(world);
    this.client = new TestClient(hub, { codec, hello: { timing, window: 700 } });
    this.read(Infinity);
  }

  get gone(): boolean {
    return this.client.connection.link !== this.client.link;
  }

  read(frames: number): void {
    for (const message of this.client.take(frames)) this.#hear(message);
  }

  subscribe(channel: Channel, symbol: string, wishes: object): void {
    if (this.gone || this.asked.size > 0) return;
    for (const held of this.held.values()) {
      if (held.channel === channel && (held.symbol === symbol || held.symbol === "*" || symbol === "*")) return;
    }
    const { depth, where } = wishes as { depth?: number; where?: { side: string[] } };
    for (const each of symbol === "*" ? SYMBOLS : [symbol]) {
      if (channel === "book") this.watcher.depths.set(each, depth ?? 0);
    }
    if (channel === "trades") {
      if (this.#holds("trades")) return;
      this.watcher.filter = where?.side[0];
    }
    this.asked.set(this.client.say("subscribe", { channel, symbol, ...wishes }), { channel, symbol, wishes });
  }

  unsubscribe(): void {
    const [first] = this.held;
    if (this.gone || first === undefined || this.asked.size > 0) return;
    // What is still on its way for it may come; none comes after the answer.
    this.settle();
    if (this.gone) return;
    const [id, { channel, symbol }] = first;
    this.client.say("unsubscribe", { subscription: id });
    this.held.delete(id);
    for (const each of symbol === "*" ? SYMBOLS : [symbol]) this.watcher.topics.delete(`${channel} ${each}`);
  }

  settle(): void {
    if (!this.gone) this.client.ack();
    while (!this.gone && this.client.link.frames.length > 0) {
      this.read(Infinity);
      this.client.ack();
    }
  }

  /** Comes back: with its connection, or as somebody new who says where it stands. */
  comeBack(asBefore: boolean): void {
    const positions = [...this.watcher.topics].filter(([, { live }]) => live).map(([key, { have }]) => {
      const [channel, symbol] = key.split(" ");
      return { channel: channel as Channel, symbol, epoch: this.hub.epoch, seq: have };
    });
    // What was asked for and not answered is asked for again: a position is of no use to other wishes.
    const unanswered = [...this.asked.values()], before = [...this.held.values(), ...unanswered];
    this.asked.clear();
    this.watcher.begun.clear();
    const connection = asBefore ? this.client.connection.id : undefined;
    this.client.connect(this.hub, { window: 700, positions, ...(connection ? { connection } : {}) });
    const hello = this.client.take(1);
    assertEquals(hello[0].type, "hello");
    const { resumed } = hello[0].data as { resumed: boolean };
    if (resumed) {
      for (const message of hello.slice(1)) this.#hear(message);
    } else this.held.clear();
    for (const { channel, symbol, wishes } of resumed ? unanswered : before) {
      this.asked.set(this.client.say("subscribe", { channel, symbol, ...wishes }), { channel, symbol, wishes });
    }
  }

  #holds(channel: Channel): boolean {
    return [...this.held.values()].some((each) => each.channel === channel);
  }

  #hear(message: Message): void {
    if (message.type === "subscribed") {
      const { subscription, topics } = message.data as { subscription: string; topics: [] };
      const asked = this.asked.get(message.id ?? "") ?? this.held.get(subscription);
      this.asked.delete(message.id ?? "");
      if (asked === undefined) {
        this.client.say("unsubscribe", { subscription });
        return;
      }
      this.held.set(subscription, asked);
      this.watcher.subscribed(asked.channel, topics);
    } else this.watcher.hear([message]);
  }
}

/** A run: what happens, drawn by fast-check. */
class Run {
  readonly hub: Hub;
  readonly clock: FakeTimers;
  readonly world: WorldModel;
  readonly players: Player[];

  constructor(historyMessagesMax: number, rates: boolean) {
    const { hub, clock } = hubWith({
      snapshot: (channel, symbol) => this.world.snapshot(channel, symbol),
      limits: {
        historyMessagesMax,
        windowBytes: 700,
        windowBytesMax: 700,
        flush: { messages: 4, bytes: 2048, ms: 1, msMax: 50 },
      },
    });
    this.hub = hub;
    this.clock = clock;
    this.world = new WorldModel(() => hub);
    this.players = Array.from({ length: CLIENTS }, (_, i) => new Player(hub, this.world, CODECS[i % 3], i === 0));
    this.rates = rates;
  }
  readonly rates: boolean;

  do({ kind, who, a, b, c }: Step): void {
    const player = this.players[who], symbol = SYMBOLS[a % 2];
    if (kind === "publish") this.#publish(symbol, a, b, c);
    else if (kind === "flush") this.hub.flush();
    else if (kind === "pass") this.clock.pass(b);
    else if (kind === "subscribe") player.subscribe(...this.#wanted(symbol, a, b, c));
    else if (kind === "unsubscribe") player.unsubscribe();
    else if (kind === "read") player.read(1 + a % 4);
    else if (kind === "ack" && !player.gone) player.client.ack();
    else if (kind === "lose" && !player.gone) player.client.link.close(1000, "lost");
    else if (kind === "return") player.comeBack(a % 2 === 0);
  }

  /** Everybody is there again, reads and acknowledges. */
  heal(): void {
    for (let i = 0; i < 8; i++) {
      this.hub.flush();
      for (const player of this.players) {
        if (player.gone) player.comeBack(true);
        player.settle();
      }
      this.clock.pass(1000);
    }
  }

  #publish(symbol: string, a: number, b: number, c: number): void {
    const world = this.world;
    for (let i = 0; i <= c % 20; i++) {
      const side = (b + i) % 3 === 0 ? "buy" : "sell";
      if (a % 4 === 0) world.publish("trades", symbol, { price: b + i, size: c, side });
      else if (a % 4 === 1) world.publish("fills", symbol, fill(b + i));
      else if (a % 4 === 2) world.publish("pnl", "", i % 2 ? { cash: String(b + i) } : { equity: c + i });
      else {
        const level = [(b + i * 7) % 12, (c + i) % 5] as const;
        world.publish(
          "book",
          symbol,
          b % 2 ? { bids: [level], asks: [] } : { bids: [], asks: [level, [b % 5, i % 2]] },
        );
      }
    }
  }

  #wanted(symbol: string, a: number, b: number, c: number): [Channel, string, object] {
    const rate = this.rates && c % 3 === 0 ? { rateMax: 1 + c % 50 } : {};
    const where = symbol === "*" ? symbol : SYMBOLS[b % 2], wild = c % 4 === 0 ? "*" : where;
    if (a % 4 === 0) return ["trades", wild, c % 2 ? { where: { side: ["buy"] } } : {}];
    if (a % 4 === 1) return ["fills", wild, {}];
    if (a % 4 === 2) return ["pnl", "", rate];
    return ["book", wild, {
      ...rate,
      ...(b % 3 === 0 ? { depth: 1 + c % 4 } : {}),
      ...(b % 5 === 0 ? { ageMsMax: 20 } : {}),
    }];
  }
}

function fill(order: number) {
  return { order: order + 1, side: "buy", price: 5, size: 1, maker: true, fee: "0.1", currency: "USDT" };
}

interface Step {
  readonly kind: string;
  readonly who: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom(
      ..."publish publish publish publish publish flush pass pass subscribe subscribe subscribe unsubscribe".split(" "),
      ..."read read read ack ack ack lose return".split(" "),
    ),
    who: fc.nat(CLIENTS - 1),
    a: fc.nat(7),
    b: fc.nat(99),
    c: fc.nat(99),
  }),
  { minLength: 50, maxLength: 400, size: "max" },
);

function play(historyMessagesMax: number, list: readonly Step[], rates = true): Player[] {
  const run = new Run(historyMessagesMax, rates);
  for (let i = 0; i < 8; i++) run.do({ kind: "subscribe", who: i % 4, a: i >> 1, b: list[i].b, c: list[i].c });
  for (const step of list) run.do(step);
  run.heal();
  for (const { watcher, held, gone } of run.players) {
    assert(!gone);
    for (const { channel, symbol } of held.values()) {
      for (const each of symbol === "*" ? SYMBOLS : [symbol]) {
        const seen = watcher.topics.get(`${channel} ${each}`), seq = run.hub.seq(channel, each);
        if (channel === "trades" && watcher.filter !== undefined) continue;
        // The best levels of a book may not have changed by its last updates.
        if (channel === "book" && (watcher.depths.get(each) ?? 0) > 0) continue;
        assertEquals(seen?.have ?? 0, seq, `${channel} ${each} at the end`);
      }
    }
  }
  run.hub.close();
  assertEquals(run.clock.waiting, 0);
  return run.players;
}

Deno.test("Hub: whatever happens, lossless messages come once and in order, and every book shown is the book at its sequence", () => {
  const sums = { lossless: 0, merged: 0, recovered: 0, unrecoverable: 0 };
  fc.assert(
    fc.property(steps, (list) => {
      for (const { watcher } of play(1_000_000, list)) {
        sums.lossless += watcher.lossless;
        sums.merged += watcher.merged;
        sums.recovered += watcher.recovered;
        assertEquals(watcher.unrecoverable, 0);
      }
    }),
    { numRuns: 150, endOnFailure: true },
  );
  assert(sums.lossless > 1000 && sums.merged > 100 && sums.recovered > 100, JSON.stringify(sums));
});

Deno.test("Hub: with histories that are too short, what is lost is said, and never a part comes", () => {
  let unrecoverable = 0;
  fc.assert(
    fc.property(steps, (list) => {
      for (const { watcher } of play(0, list)) unrecoverable += watcher.unrecoverable;
    }),
    { numRuns: 150, endOnFailure: true },
  );
  assert(unrecoverable > 10, String(unrecoverable));
});
