import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { simulatedPair, type Trouble } from "../link/simulated.ts";
import type { Client } from "./client.ts";
import type { Dial } from "./dial.ts";
import { type Away, fallBack, type FallbackKeeper, type FallBackOptions } from "./fallback_keeper.ts";
import { HubWorld, SYMBOLS } from "./_hub_world.ts";
import { ProbedLink } from "./_probed_link.ts";
import { connect } from "./client.ts";

const GOOD: Trouble = { delayMs: 10, jitterMs: 5, loss: 0 };
const LOSSY: Trouble = { delayMs: 10, jitterMs: 5, loss: 0.2, retransmitMs: 50 };
const SLOW: Trouble = { delayMs: 400, jitterMs: 100, loss: 0 };

/** A world with a data channel over a network that turns good and bad, and a client that heeds it. */
class Peers {
  readonly world: HubWorld;
  readonly client: Client;
  readonly ways: string[] = [];
  readonly seqs = new Map<string, number[]>();
  /** What was said of where the client is. */
  readonly away: (Away | undefined)[] = [];
  keeper!: FallbackKeeper;
  /** Data channels that were opened. */
  opened = 0;
  #trouble = GOOD;
  #network: ReturnType<typeof simulatedPair>[2] | undefined;

  constructor(seed: number, options: FallBackOptions = {}) {
    const world = this.world = new HubWorld(seed);
    this.client = world.client(this.#peer, {
      codec: "msgpack",
      dial: [this.#peer, world.memory],
      fallback: (host) => this.keeper = fallBack({ ...options, onAway: (why) => this.away.push(why) })(host),
    });
    this.client.on("hello", () => this.ways.push(this.client.carrier));
    for (const channel of ["trades", "fills"] as const) {
      this.client.listen(channel, "*", ({ symbol, seq }) => {
        const key = `${channel} ${symbol}`;
        this.seqs.set(key, [...this.seqs.get(key) ?? [], seq]);
      });
    }
  }

  readonly #peer: Dial = ({ codec }) => {
    const { clock } = this.world;
    this.opened++;
    const [server, client, network] = simulatedPair({ seed: this.opened, ...this.#trouble }, clock);
    this.#network = network;
    return this.world.take(new ProbedLink(server, clock), new ProbedLink(client, clock), codec);
  };

  /** The network of data channels, those that come too, is so from now on. */
  turn(trouble: Trouble): void {
    this.#trouble = trouble;
    this.#network?.turn(trouble);
  }

  /** Says whether a data channel is wanted, and waits for what comes of it. */
  async want(peer: boolean): Promise<void> {
    const wanted = this.keeper.want(peer);
    await Promise.allSettled([wanted, this.world.clock.advance(500)]);
    await wanted;
  }

  cut(): void {
    this.world.serverLinks.at(-1)!.terminate();
  }

  /** Waits until the client has all that it asks for. */
  static async make(seed: number, options: FallBackOptions = {}): Promise<Peers> {
    const peers = new Peers(seed, options);
    await peers.world.clock.advance(200);
    return peers;
  }

  /** Lets so many seconds pass, with something published in each half of one. */
  async pass(seconds: number): Promise<void> {
    for (let i = 0; i < seconds * 2; i++) {
      for (let j = 0; j < 8; j++) this.world.publish();
      await this.world.clock.advance(500);
    }
  }

  /** Everything was seen, once and in order; and no timer is left. */
  async end(): Promise<void> {
    const { hub, clock } = this.world;
    await clock.advance(5000);
    for (const symbol of SYMBOLS) {
      for (const channel of ["trades", "fills"] as const) {
        const all = Array.from({ length: hub.seq(channel, symbol) }, (_, i) => i + 1);
        assertEquals(this.seqs.get(`${channel} ${symbol}`), all, `${channel} ${symbol}`);
      }
    }
    assertEquals([this.client.stats.lost, this.client.stats.resyncs], [0, 0]);
    await this.world.end();
    assertEquals(clock.waiting, 0, "a timer was left");
  }
}

for (const [name, trouble] of [["lossy", LOSSY], ["slow", SLOW]] as const) {
  Deno.test(`FallbackKeeper: a data channel that is ${name} is left, and returned to when it heals, with nothing lost`, async () => {
    const peers = await Peers.make(1);
    await peers.pass(5);
    const { stats } = peers.client;
    assert(stats.quality !== null && stats.quality.rttMs! < 40 && stats.quality.loss === 0, "the quality is known");
    peers.turn(trouble);
    await peers.pass(30);
    assertEquals(peers.ways, ["datachannel", "memory"]);
    assertEquals([peers.client.stats.quality, peers.client.stats.moves], [null, 1]);
    await peers.pass(60);
    assert(peers.opened > 2, "it was tried again");
    assertEquals(peers.ways.length, 2, "in vain");
    peers.turn(GOOD);
    await peers.pass(100);
    assertEquals(peers.ways, ["datachannel", "memory", "datachannel"]);
    assertEquals(peers.away, ["poor", undefined]);
    await peers.end();
  });
}

Deno.test("FallbackKeeper: a network that is good and bad in turn has it move ever more rarely, with nothing lost", async () => {
  const peers = await Peers.make(2);
  for (let minute = 0; minute < 20; minute++) {
    peers.turn(GOOD);
    await peers.pass(25);
    peers.turn(SLOW);
    await peers.pass(35);
  }
  const there = peers.ways.filter((way) => way === "datachannel").length;
  assert(there >= 2 && there <= 7, `there ${there} times in 20 bad minutes`);
  await peers.end();
});

Deno.test("FallbackKeeper: a data channel that is cut leads to the next carrier, and back", async () => {
  const peers = await Peers.make(3, { holdMs: 2000 });
  await peers.pass(2);
  peers.cut();
  await peers.pass(2);
  assertEquals([peers.ways, peers.away], [["datachannel", "memory"], ["lost"]]);
  await peers.pass(10);
  assertEquals([peers.ways.at(-1), peers.client.stats.reconnections, peers.client.stats.moves], ["datachannel", 1, 1]);
  await peers.end();
});

Deno.test("FallbackKeeper: who cannot go elsewhere stays, and is gone when one can", async () => {
  const peers = await Peers.make(4);
  await peers.pass(2);
  peers.world.reachable = false;
  peers.turn(SLOW);
  await peers.pass(20);
  assertEquals(peers.ways, ["datachannel"]);
  peers.world.reachable = true;
  await peers.pass(10);
  assertEquals(peers.ways, ["datachannel", "memory"]);
  await peers.end();
});

Deno.test("FallbackKeeper: a client that closes in the middle of a trial leaves nothing behind", async () => {
  const peers = await Peers.make(5, { holdMs: 1000 });
  await peers.pass(2);
  peers.cut();
  await peers.pass(3);
  assertEquals([peers.opened, peers.client.carrier], [2, "memory"]);
  await peers.end();
});

Deno.test("FallbackKeeper: who wants no data channel is on none until one is wanted, and leaves it for good", async () => {
  const peers = await Peers.make(6, { wanted: false });
  await peers.pass(30);
  assertEquals([peers.ways, peers.opened], [["memory"], 0]);
  await peers.want(true);
  peers.turn(SLOW);
  await peers.pass(30);
  assertEquals([peers.ways, peers.away], [["memory", "datachannel", "memory"], ["poor"]]);
  const { opened } = peers;
  await peers.want(false);
  peers.turn(GOOD);
  await peers.pass(100);
  assertEquals([peers.client.carrier, peers.opened, peers.away], ["memory", opened, ["poor", undefined]]);
  await peers.want(true);
  await peers.pass(2);
  await peers.want(false);
  await peers.pass(30);
  assertEquals(peers.ways, ["memory", "datachannel", "memory", "datachannel", "memory"]);
  peers.world.reachable = false;
  await peers.want(true);
  await assertRejects(() => peers.want(false), Error, "nobody answers");
  assertEquals(peers.client.carrier, "datachannel");
  await peers.end();
});

Deno.test("FallbackKeeper: cannot be had with one dial", () => {
  const dial = () => Promise.reject(new Error("nobody"));
  assertThrows(() => connect({ dial, fallback: fallBack() }), TypeError, "there is one dial");
});
