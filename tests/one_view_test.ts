import { assert, assertEquals } from "@std/assert";
import { START_ISSUER } from "../transport/auth/mod.ts";
import { type Client, connect, type Dial, webSocketDial } from "../transport/client/mod.ts";
import { drive, type RemoteStrategy } from "../transport/client/drive.ts";
import { greet } from "../transport/hub/mod.ts";
import { openTape } from "../engine/run/open_tape.ts";
import type { BacktestOptions } from "../engine/run/backtest_options.ts";
import { playedPaper, tapeTime } from "../engine/run/played_paper.ts";
import { HostedSession } from "../transport/host/hosted_session.ts";
import { Server } from "../transport/host/server.ts";
import { localPeers } from "../transport/link/_local_peers.ts";
import { DataChannelLink } from "../transport/link/datachannel.ts";
import type { Link } from "../transport/link/link.ts";
import { memoryPair } from "../transport/link/memory.ts";
import { simulatedPair } from "../transport/link/simulated.ts";
import { systemTimers } from "../transport/link/timers.ts";
import type { CodecName } from "../transport/protocol/codec.ts";
import { bookChecksum } from "../transport/protocol/book_checksum.ts";
import { loadCodec } from "../transport/protocol/codecs.ts";
import type { Channel } from "../transport/protocol/channels.ts";
import type { ChannelMessage } from "../transport/protocol/messages.ts";
import { viewDigest } from "../transport/protocol/view_digest.ts";

/** What is watched: every lossless channel of the session. Presence is of clients, and differs with their names. */
const WATCHED: readonly Channel[] = ["trades", "bars", "orders", "fills", "reports", "alerts"];

/** What the client does, bound to the session's own time: it makes a market, takes, cancels, and asks for what is refused. */
function script(onTurn: (turn: number) => Promise<void> | void = () => {}): RemoteStrategy {
  let turn = 0, resting = 0;
  return {
    onStart: async (ctx) => void await ctx.every("20s"),
    async onTimer(ctx) {
      await onTurn(++turn);
      const { bestBid, bestAsk } = ctx.book();
      if (turn % 3 === 0) await ctx.cancelAll();
      await ctx.submit({ side: 1, size: 2, price: bestBid });
      await ctx.submit({ side: -1, size: 3, price: bestAsk });
      if (turn % 7 === 0) await ctx.submit({ side: turn % 2 ? 1 : -1, size: 4 });
      if (turn === 20) resting = await ctx.submit({ side: 1, size: 5, price: bestBid - 40 });
      if (turn === 30) await ctx.cancel(resting);
      if (turn % 50 === 0) await ctx.submit({ side: 1, size: 100_000, price: bestBid });
    },
    async onFill(ctx, { side, size, price }) {
      if (size === 4) await ctx.submit({ side: -side, size: 4, price: price + side });
    },
  };
}

/** One way between a client and a session: makes links, and frees what stays of them. */
interface Carrier {
  readonly codec: CodecName;
  readonly dial: (
    session: HostedSession,
  ) => Promise<{ readonly dial: Dial; readonly token?: string; readonly free?: () => Promise<void> }>;
}

/** Who the token of a server's start names: one client, over whichever carrier. */
const ME = { name: "start", issuer: START_ISSUER, scopes: ["admin"] };

function greeted(link: Link, codec: CodecName, session: HostedSession): Promise<unknown> {
  return loadCodec(codec).then((loaded) => greet(link, loaded, { authenticate: () => ME, hubOf: () => session.hub }));
}

const CARRIERS: Readonly<Record<string, Carrier>> = {
  memory: {
    codec: "json",
    dial: (session) =>
      Promise.resolve({
        dial: ({ codec }) => {
          const [server, client] = memoryPair();
          void greeted(server, codec, session);
          return Promise.resolve(client);
        },
      }),
  },
  simulated: {
    codec: "msgpack",
    dial: (session) => {
      let seed = 7;
      return Promise.resolve({
        dial: ({ codec }) => {
          const [server, client] = simulatedPair(
            { seed: seed++, delayMs: 1, jitterMs: 2, loss: 0.01, retransmitMs: 5 },
            systemTimers,
          );
          void greeted(server, codec, session);
          return Promise.resolve(client);
        },
      });
    },
  },
  websocket: {
    codec: "protobuf",
    dial: async (session) => {
      const server = await Server.start({ port: 0 });
      server.add(session);
      return {
        dial: webSocketDial(`${server.url.replace("http", "ws")}/ws`),
        token: server.token,
        free: () => server.close(),
      };
    },
  },
  datachannel: {
    codec: "msgpack",
    dial: (session) => {
      const peers: Awaited<ReturnType<typeof localPeers>>[] = [];
      return Promise.resolve({
        dial: async ({ codec }) => {
          const made = await localPeers();
          peers.push(made);
          const server = new DataChannelLink(made.one.connection, made.one.channel, { text: codec === "json" });
          const client = new DataChannelLink(made.other.connection, made.other.channel, { text: codec === "json" });
          void greeted(server, codec, session);
          return client;
        },
        async free() {
          for (const { rtc } of peers) await rtc.release();
        },
      });
    },
  },
};

const OPTIONS = {
  strategy: { name: "still", about: "Does nothing: the client acts.", create: () => ({}) },
  tape: "fixtures/data/market_l2.arrow",
  latency: "20ms",
  limits: { orderSize: 1000 },
};

function hosted(paper: boolean): HostedSession {
  if (!paper) return new HostedSession(OPTIONS, { id: "one", pace: "lockstep", lossless: true });
  const { reader: tape } = openTape(OPTIONS.tape), now = tapeTime([tape], { speed: 1000 });
  const make = (options: Omit<BacktestOptions, "tape">) =>
    playedPaper({ ...options, lateKnowledge: { silence: "20ms" }, tapes: [tape], now }).paper;
  return new HostedSession(OPTIONS, { id: "one", mode: "paper", paper: make, pace: "lockstep", lossless: true });
}

/** What a client saw of the scripted session, as a digest. `moved` are carriers that it goes on over, one after the other. */
async function seen({ codec, dial }: Carrier, moved: readonly Carrier[] = [], paper = false) {
  const session = hosted(paper);
  const ways = [await dial(session)];
  for (const carrier of moved) ways.push(await carrier.dial(session));
  const client = connect({ dial: ways[0].dial, codec, token: ways[0].token });
  const messages: ChannelMessage[] = [];
  for (const channel of WATCHED) {
    client.listen(channel, "*", (update) => void messages.push(update as unknown as ChannelMessage));
  }
  await client.ready();
  const running = session.run(), carried = new Set<string>();
  const driving = drive(
    client,
    script(async (turn) => {
      carried.add(client.carrier);
      const next = turn % 40 === 0 ? ways[turn / 40] : undefined;
      if (next) await client.move(next.dial);
    }),
  );
  const result = await running;
  await driving;
  await everything(client, session, messages);
  const digest = await viewDigest(messages);
  client.close();
  for (const { free } of ways) await free?.();
  session.hub.close();
  return { digest, run: result.digest, trades: result.trades, messages: messages.length, carried: [...carried] };
}

/** Until what was said last has come. */
async function everything(client: Client, { hub }: HostedSession, messages: readonly ChannelMessage[]): Promise<void> {
  const { symbol } = client.hello!.instruments[0];
  const missing = (channel: Channel) =>
    hub.seq(channel, symbol) > messages.filter((each) => each.channel === channel).length;
  for (let i = 0; i < 500 && WATCHED.some(missing); i++) await new Promise((resolve) => setTimeout(resolve, 10));
}

Deno.test("one view: the same scripted session over four carriers, in backtest and in paper, shows one thing eight times", async () => {
  const memory = await seen(CARRIERS.memory);
  assert(memory.trades > 20 && memory.messages > 1000, `${memory.trades} fills, ${memory.messages} messages`);
  for (const name of ["simulated", "websocket", "datachannel"]) {
    const { digest, run } = await seen(CARRIERS[name]);
    assertEquals([name, digest, run], [name, memory.digest, memory.run]);
  }
  for (const name of Object.keys(CARRIERS)) {
    const { digest, run } = await seen(CARRIERS[name], [], true);
    assertEquals([name, digest, run], [name, memory.digest, memory.run]);
  }
});

Deno.test("one view: a session that moves from one carrier to another in the middle misses nothing", async () => {
  const memory = await seen(CARRIERS.memory);
  const { simulated, websocket, datachannel } = CARRIERS;
  const moving = await seen({ ...websocket, codec: "msgpack" }, [datachannel, simulated, CARRIERS.memory]);
  assertEquals(moving.carried, ["websocket", "datachannel", "simulated", "memory"]);
  assertEquals([moving.digest, moving.run], [memory.digest, memory.run]);
});

Deno.test("one view: over a bad and slow link with conflation each book shown is the hub's at its sequence, and the last is the same", async () => {
  const session = new HostedSession(OPTIONS, { id: "one", pace: "real", speed: 600, paused: true });
  const near = await CARRIERS.memory.dial(session);
  let seed = 3;
  const far: Dial = ({ codec }) => {
    const net = {
      seed: seed++,
      delayMs: 20,
      jitterMs: 30,
      loss: 0.02,
      bytesPerSecond: 60_000,
      stall: 0.01,
      stallMs: 100,
    };
    const [server, client] = simulatedPair(net, systemTimers);
    void greeted(server, codec, session);
    return Promise.resolve(client);
  };
  const witness = connect({ dial: near.dial, codec: "json" }), watcher = connect({ dial: far, codec: "msgpack" });
  const { instruments: [{ symbol }] } = await witness.ready();
  await watcher.ready();
  const checksums = new Map<number, number>(), shown = new Map<number, number>();
  const follow = (client: Client, into: Map<number, number>) =>
    client.listen("book", symbol, ({ seq }) => {
      const book = client.bookNow(symbol)!;
      into.set(seq, bookChecksum(book.bids(10), book.asks(10)));
    });
  follow(witness, checksums);
  follow(watcher, shown);
  const running = session.run();
  await witness.command({ kind: "clock_resume" });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  await witness.command({ kind: "clock_pause" });
  const last = session.hub.seq("book", symbol);
  for (let i = 0; i < 500 && !(shown.has(last) && checksums.has(last)); i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert(shown.size > 20 && shown.size < checksums.size / 2, `${shown.size} of ${checksums.size} books were shown`);
  for (const [seq, checksum] of shown) {
    if (checksums.has(seq)) assertEquals([seq, checksum], [seq, checksums.get(seq)]);
  }
  assertEquals([shown.get(last), watcher.stats.resyncs], [checksums.get(last), 0]);
  for (const client of [witness, watcher]) client.close();
  session.stop(new Error("enough"));
  await running.catch(() => {});
  session.hub.close();
});
