/** Clients of chance on networks of chance, at a hosted session that trades: in the end all have seen the same, and all of it. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Rng } from "../engine/core/rng.ts";
import touchMaker from "../strategies/touch_maker.ts";
import { type BookView, type Client, connect, type Dial } from "../transport/client/mod.ts";
import { FakeTimers } from "../engine/live/_fake_timers.ts";
import { HostedSession } from "../transport/host/hosted_session.ts";
import { greet } from "../transport/hub/mod.ts";
import type { Link } from "../transport/link/link.ts";
import { memoryPair } from "../transport/link/memory.ts";
import { type SimulatedNetwork, simulatedPair } from "../transport/link/simulated.ts";
import { codecOf } from "../transport/protocol/codecs.ts";
import { fuzzRuns, generated } from "./fuzz_runs.ts";

const CLIENTS = 4, ROUNDS = 150;
const LOSSLESS = ["trades", "fills", "orders"] as const;

/** One client, the network it is on, and what it has seen. */
interface Guest {
  readonly client: Client;
  readonly dial: Dial;
  readonly networks: SimulatedNetwork[];
  readonly links: Link[];
  /** Sequences by channel, as they came. */
  readonly seqs: Map<string, number[]>;
  book: BookView | undefined;
}

/** A session on a clock that stands still but when it is told, and guests who come and go. */
class HostedWorld {
  readonly clock = new FakeTimers(1_700_000_000_000);
  readonly session: HostedSession;
  readonly rng: Rng;
  readonly guests: Guest[] = [];
  /** What each message was, by topic and sequence: the same to whoever got it. */
  readonly said = new Map<string, string>();
  /** Orders by their size, of those that guests made: each has a size of its own. */
  readonly made = new Map<number, Set<number>>();
  /** Orders that guests were told of, by size. */
  readonly answered = new Map<number, number>();
  readonly auditor: Guest;
  commands = 0;
  #names = 0;
  readonly #running: Promise<unknown>;

  constructor(seed: number) {
    this.rng = new Rng(seed);
    this.session = new HostedSession(
      { strategy: touchMaker, tape: new URL("../fixtures/data/market_l2.arrow", import.meta.url).pathname },
      { id: "chaos", pace: "real", speed: 200, timers: this.clock, paused: true },
    );
    this.#running = this.session.run().catch(() => {});
    this.auditor = this.#guest("auditor", ({ codec }) => {
      const [server, client] = memoryPair({ text: codec === "json" });
      return this.#greeted(server, client, codec);
    });
    this.auditor.client.listen("orders", "*", ({ type, data }) => {
      if (type !== "update" || data.size < 1000) return;
      this.made.set(data.size, (this.made.get(data.size) ?? new Set()).add(data.order));
    });
  }

  /** Somebody comes, on a network of a kind of its own. */
  come(): void {
    const { rng, clock } = this, networks: SimulatedNetwork[] = [];
    const bad = rng.int(2) === 0
      ? { mode: "raw", loss: 0.02, duplicate: 0.05, reorder: 0.1, reorderMs: 30 } as const
      : { mode: "carrier", loss: 0.05, stall: 0.02 } as const;
    const net = { ...bad, delayMs: rng.int(30), jitterMs: rng.int(20), lostAfterMs: 3000 };
    const dial: Dial = ({ codec }) => {
      const [server, client, network] = simulatedPair(
        { ...net, seed: rng.int(2 ** 31), text: codec === "json" },
        clock,
      );
      networks.push(network);
      return this.#greeted(server, client, codec);
    };
    this.guests.push(this.#guest(`guest ${this.#names++}`, dial, networks));
  }

  /** Something happens to somebody. */
  disturb(guest: Guest): void {
    const { rng } = this, { client, networks, links, dial } = guest, network = networks.at(-1);
    switch (rng.int(40)) {
      case 0:
        return links.at(-1)?.terminate();
      case 1:
        return network?.partition();
      case 2:
      case 3:
        return network?.heal();
      case 4:
        return network?.stall(rng.int(2) === 0 ? "client" : "server", rng.int(2000));
      case 5:
        if (client.state === "connected") client.move(dial).catch(() => {});
        return;
      case 6:
      case 7:
        return this.#submit(client);
      case 8:
        this.commands++;
        client.command({ kind: "cancel_all" }).catch(() => {});
        return;
      case 9:
        if (rng.int(4) > 0) return;
        client.close();
        this.guests.splice(this.guests.indexOf(guest), 1);
        return this.come();
    }
  }

  /** Whether all have seen all there was. */
  get caughtUp(): boolean {
    const { hub, symbols: [symbol] } = this.session;
    return [this.auditor, ...this.guests].every(({ seqs, book }) =>
      LOSSLESS.every((channel) => seqs.get(channel)?.at(-1) === hub.seq(channel, symbol)) &&
      book?.seq === hub.seq("book", symbol)
    );
  }

  async end(): Promise<void> {
    for (const { client } of [this.auditor, ...this.guests]) client.close();
    await this.clock.advance(100);
    this.session.stop(new Error("enough"));
    await this.clock.advance(100);
    await this.#running;
    this.session.hub.close();
    for (const { links } of [this.auditor, ...this.guests]) for (const link of links) link.terminate();
    await this.clock.advance(30_000);
  }

  #guest(name: string, dial: Dial, networks: SimulatedNetwork[] = []): Guest {
    const { rng, clock, said } = this, links: Link[] = [], seqs = new Map<string, number[]>();
    const draws = rng.child(name);
    const client = connect({
      ...{ clock, page: {}, name, codec: (["json", "msgpack"] as const)[rng.int(2)] },
      dial: async (wish) => {
        const link = await dial(wish);
        links.push(link);
        return link;
      },
      random: () => draws.float(),
      backoff: { baseMs: 100, capMs: 1000, attempts: Infinity },
      heartbeat: { intervalMs: 1000, intervalMsMin: 200 },
      connectMs: 2000,
      requestMs: 1000,
    });
    const guest: Guest = { client, dial, networks, links, seqs, book: undefined };
    for (const channel of LOSSLESS) {
      client.listen(channel, "*", ({ type, seq, timestamp, data }) => {
        if (type !== "update") return void seqs.set(channel, [seq]);
        seqs.set(channel, [...seqs.get(channel) ?? [], seq]);
        const text = `${timestamp} ${JSON.stringify(data)}`, key = `${channel} ${seq}`;
        assertEquals(said.get(key) ?? text, text, key);
        said.set(key, text);
      });
    }
    const books = client.book("*");
    (async () => {
      for await (const book of books) guest.book = book;
    })().catch(() => {});
    return guest;
  }

  /** An order that nobody fills, of a size that no other has. */
  #submit(client: Client): void {
    const size = 1000 + this.commands++;
    client.command({ kind: "submit", side: "buy", size, price: 1 }).then(({ code, order }) => {
      if (code === 0) this.answered.set(size, order);
    }, () => {}); // what became of it nobody knows
  }

  #greeted(server: Link, client: Link, codec: "json" | "msgpack" | "protobuf"): Promise<Link> {
    const { session: { hub }, clock } = this;
    greet(server, codecOf(codec), {
      authenticate: () => ({ name: "ann", scopes: ["admin"] }),
      hubOf: () => hub,
      clock,
    }).catch((error: unknown) => {
      throw error;
    });
    return Promise.resolve(client);
  }
}

Deno.test("HostedSession: clients of chance see all of it once, in order and alike, and each command happens once", async () => {
  const total = { fills: 0, orders: 0, reconnections: 0, moves: 0 };
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      const world = new HostedWorld(seed), { clock, rng, session, guests, auditor } = world;
      for (let i = 0; i < CLIENTS; i++) world.come();
      await clock.advance(2000);
      session.driver.tape!.resume();
      for (let round = 0; round < ROUNDS; round++) {
        for (const guest of [...guests]) world.disturb(guest);
        await clock.advance(rng.int(60));
      }
      session.driver.tape!.pause();
      for (const { networks } of guests) for (const network of networks) network.heal();
      for (let i = 0; i < 400 && !world.caughtUp; i++) {
        // Somebody must say something after the last loss, or nobody could know that there was one.
        if (i % 10 === 0) session.driver.tape!.step(20);
        await clock.advance(250);
      }
      assert(world.caughtUp, "all see all in the end");
      for (const { client, seqs, book } of guests) {
        for (const channel of LOSSLESS) {
          const list = seqs.get(channel)!;
          assertEquals(list.findIndex((seq, i) => seq !== list[0] + i), -1, `${channel}: ${list}`);
        }
        assertEquals([book!.bids, book!.asks], [auditor.book!.bids, auditor.book!.asks]);
        assertEquals(client.stats.lost, 0);
        total.reconnections += client.stats.reconnections;
        total.moves += client.stats.moves;
      }
      for (const [size, orders] of world.made) assertEquals(orders.size, 1, `orders of size ${size}`);
      for (const [size, order] of world.answered) assertEquals([...world.made.get(size) ?? []], [order]);
      total.fills += session.hub.seq("fills", session.symbols[0]);
      total.orders += world.answered.size;
      generated(ROUNDS * CLIENTS);
      await world.end();
    }),
    { numRuns: fuzzRuns(2) },
  );
  assert(Object.values(total).every((count) => count > 0), JSON.stringify(total));
});
