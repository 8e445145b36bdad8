/**
 * A server of one fan-out run: the hub behind WebSockets, or a rival that sends the same messages. It prints its port, then what it
 * did in each round; a line `{ rate, seconds }` begins a round, the end of the input ends it.
 */
import { createServer } from "node:http";
import { createServer as serverOf } from "node:http";
import process from "node:process";
import { WebSocketServer } from "ws";
import { Tokens } from "../../transport/auth/mod.ts";
import { greet, Hub } from "../../transport/hub/mod.ts";
import { acceptWebSockets, serveHttp } from "../../transport/link/mod.ts";
import { codecOf } from "../../transport/protocol/codecs.ts";
import { ProtocolError } from "../../transport/protocol/errors.ts";
import { fanoutMessage, fanoutSymbol, type FanoutSystem } from "./fanout_message.ts";
import { BufferedLines } from "./lines.ts";

/** What sends a message to all clients, and what there is to tell of a round. */
interface Fanout {
  readonly port: number;
  publish(dueUs: number): void;
  mayPublish(): boolean;
  clients(): number;
  told(): object;
}

const [system, batch] = [Deno.args[0] as FanoutSystem, Number(Deno.args[1])];
const SYSTEMS: Readonly<Record<FanoutSystem, () => Promise<Fanout>>> = {
  hub: hubFanout,
  ws: wsFanout,
  socketio: ioFanout,
};

const fanout = await SYSTEMS[system]();
console.log(JSON.stringify({ port: fanout.port }));
const lines = new BufferedLines(Deno.stdin.readable);
for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
  const { rate = 0, seconds = 0, flood = false, settle = false } = JSON.parse(line);
  if (settle) await settled();
  const before = process.cpuUsage(), published = rate > 0 ? await round(rate, seconds, flood) : 0;
  const { rss, heapUsed, external } = process.memoryUsage(), { user, system } = process.cpuUsage(before);
  console.log(
    JSON.stringify({
      published,
      clients: fanout.clients(),
      rss,
      heapUsed,
      external,
      cpuSeconds: (user + system) / 1e6,
      ...fanout.told(),
    }),
  );
}
Deno.exit(0);

/** Memory that connecting took for a moment is given back, where the runtime lets one ask for that. */
async function settled(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    (globalThis as { gc?: () => void }).gc?.();
  }
}

/** Publishes at a rate, each message when it is due or as soon after as there is time; a flood ends in time, whatever is left. */
function round(rate: number, seconds: number, flood: boolean): Promise<number> {
  const begin = performance.timeOrigin + performance.now() + 50, total = Math.floor(rate * seconds);
  let next = 0;
  return new Promise((resolve) => {
    const tick = () => {
      const ms = performance.timeOrigin + performance.now() - begin;
      const due = Math.min(total, ms * rate / 1000, next + 256);
      // What lossless clients cannot take yet waits, and is late.
      for (; next < due && (next % batch > 0 || fanout.mayPublish()); next++) {
        fanout.publish(Math.round((begin + next * 1000 / rate) * 1000));
      }
      if (next < total && !(flood && ms > seconds * 1000)) setTimeout(tick, flood ? 0 : 1);
      else resolve(next);
    };
    tick();
  });
}

async function hubFanout(): Promise<Fanout> {
  const symbol = fanoutSymbol();
  const hub = new Hub({
    session: "fanout",
    mode: "backtest",
    live: false,
    instruments: [{ symbol, venue: "x", kind: "linear", tick: "1", lot: "1", multiplier: "1", currency: "USD" }],
    commands: [],
    limits: { flush: { messages: batch, bytes: 32_768, ms: 1, msMax: 20 } },
  });
  const secret = {
    issuer: "bench",
    keyId: "1",
    secret: new TextEncoder().encode("of a bench alone, on loopback, for a minute"),
  };
  const tokens = new Tokens({ audience: "fanout", issuers: [secret], now: () => Date.now() });
  const app = {
    fetch: async () => new Response(await tokens.mint({ name: "bench", scopes: ["read"], lifeMs: 3_600_000 })),
  };
  const limits = { connectionsPerAddressMax: 20_000, connectionsMax: 20_000 };
  const server = await serveHttp({ app, port: 0, limits });
  acceptWebSockets(server, {
    path: "/ws",
    onLink: (link, { codec }) => {
      void greet(link, codecOf(codec), {
        authenticate: ({ token }) => {
          if (token === undefined) throw new ProtocolError("TOKEN_MISSING", "Cannot connect: there is no token");
          return tokens.verify(token);
        },
        hubOf: () => hub,
      });
    },
  });
  const data = { price: 1, size: 1, side: "buy" };
  return {
    port: server.port,
    publish: (dueUs) => void hub.publish("trades", symbol, data, BigInt(dueUs) * 1000n),
    mayPublish: () => hub.pressure < 0.25,
    clients: () => hub.sizes.connections,
    told: () => ({ fell: hub.counters.fell, errors: hub.counters.errors, frames: hub.counters.framesBuilt }),
  };
}

/** `ws` alone: each message is one frame, sent to each client. */
function wsFanout(): Promise<Fanout> {
  const sockets = new Set<{ send(text: string): void; readyState: number }>();
  const http = createServer();
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  server.on(
    "connection",
    (socket: { send(text: string): void; readyState: number; on(name: string, fn: () => void): void }) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    },
  );
  return listening(http, {
    publish: (dueUs) => {
      const text = fanoutMessage(dueUs);
      for (const socket of sockets) socket.send(text);
    },
    clients: () => sockets.size,
  });
}

/** The part of Socket.IO's server that is used here. */
interface SocketIo {
  emit(name: string, data: string): void;
  readonly engine: { readonly clientsCount: number };
}

async function ioFanout(): Promise<Fanout> {
  // Named so that only who runs the bench fetches it.
  const name: string = "npm:socket.io@4.8.4";
  const { Server } = await import(name) as { Server: new (http: unknown, options: object) => SocketIo };
  const http = serverOf();
  const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });
  return listening(http, {
    publish: (dueUs) => io.emit("m", fanoutMessage(dueUs)),
    clients: () => io.engine.clientsCount,
  });
}

function listening(http: ReturnType<typeof createServer>, rest: Pick<Fanout, "publish" | "clients">): Promise<Fanout> {
  return new Promise((resolve) => {
    http.listen(0, "127.0.0.1", () => {
      resolve({ port: (http.address() as { port: number }).port, told: () => ({}), mayPublish: () => true, ...rest });
    });
  });
}
