/**
 * Binance spot on this machine, in a process of its own: streams, snapshots and orders as far as a session needs them. What it
 * plays is made up, or a capture.
 *
 * It prints its port; for each line `{ rate, seconds }` or `{ rate, frames }` that it reads it plays so much and prints what it did: frames by
 * symbol, and when orders arrived. With a rate of 0 a capture is played at its own pace.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import * as ws from "ws";
import { BufferedLines } from "./bench/lines.ts";
import { MadeSpot } from "./made_spot.ts";

/** A server's socket of `npm:ws`, which brings no types. */
interface ServerSocket {
  on(event: "message", listener: (data: { toString(): string }) => void): void;
  on(event: "close", listener: () => void): void;
  readonly bufferedAmount: number;
  send(text: string): void;
}
interface SocketServer {
  on(event: "connection", listener: (socket: ServerSocket, request: IncomingMessage) => void): void;
}
const SocketServer: new (options: { readonly server: unknown; readonly perMessageDeflate: boolean }) => SocketServer =
  ws.WebSocketServer;

/** What is played. */
interface Source {
  readonly symbols: readonly string[];
  snapshot(symbol: string): string | undefined;
  /** The next frame, and when it is due by its own pace, in ms; undefined where there are no more. */
  next(): { readonly symbol: string; readonly text: string; readonly dueMs: number } | undefined;
}

/** Frames that are sent at once, at most: those that are late are made up for by and by. */
const BURST = 500;
/** Bytes that may wait for the client: past that it is waited for, and nothing is dropped. */
const BUFFERED_MAX = 1 << 22;

const [instruments = "1", capture] = Deno.args;
const source = capture === undefined ? made(Number(instruments)) : captured(capture);
/** Those who have subscribed. */
const markets = new Set<ServerSocket>();
/** When orders arrived, in ms since 1970-01-01 UTC with a fraction. */
let arrived: number[] = [];
let orderIds = 0;
/** The numbers of orders that rest, by name. */
const resting = new Map<string, number>();
/** The next to be sent. */
let waiting: ReturnType<Source["next"]>;

const server = createServer(asked);
new SocketServer({ server, perMessageDeflate: false }).on("connection", (socket, { url = "" }) => {
  const heard = url.includes("/ws-api/") ? ordered : subscribed;
  socket.on("close", () => void markets.delete(socket));
  socket.on("message", (data) => heard(socket, data.toString()));
});
await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
console.log(JSON.stringify({ port: (server.address() as AddressInfo).port, symbols: source.symbols }));
const lines = new BufferedLines(Deno.stdin.readable);
for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
  arrived = [];
  const { rate, seconds = Infinity, frames = Infinity } = JSON.parse(line);
  const sent = await play(rate, seconds, frames);
  console.log(JSON.stringify({ sent, arrived }));
}
Deno.exit(0);

/** Plays at so many frames a second, or at the source's own pace, once somebody has subscribed. */
async function play(rate: number, seconds: number, frames: number): Promise<Readonly<Record<string, number>>> {
  while (markets.size === 0) await breath(1);
  const began = nowMs(), sent: Record<string, number> = {};
  let first: number | undefined, count = 0;
  for (waiting ??= source.next(); waiting !== undefined && count < frames; await breath(1)) {
    const passed = nowMs() - began;
    if (passed >= seconds * 1000) break;
    for (let burst = 0; burst < BURST && waiting !== undefined && count < frames && !congested(); burst++) {
      first ??= waiting.dueMs;
      if ((rate > 0 ? count * 1000 / rate : waiting.dueMs - first) > passed) break;
      const text = stamped(waiting.text);
      for (const socket of markets) socket.send(text);
      sent[waiting.symbol] = (sent[waiting.symbol] ?? 0) + 1;
      count++;
      waiting = source.next();
    }
  }
  while ([...markets].some(({ bufferedAmount }) => bufferedAmount > 0)) await breath(1);
  return sent;
}

function congested(): boolean {
  for (const { bufferedAmount } of markets) if (bufferedAmount > BUFFERED_MAX) return true;
  return false;
}

/** A frame with the time at which it leaves, in µs, in a field that means nothing. */
function stamped(text: string): string {
  const at = text.indexOf('"data":{') + 8;
  return `${text.slice(0, at)}"w":${Math.round(nowMs() * 1000)},${text.slice(at)}`;
}

function subscribed(socket: ServerSocket, text: string): void {
  markets.add(socket);
  socket.send(JSON.stringify({ result: null, id: JSON.parse(text).id }));
}

/** Orders are accepted and rest, and cancels succeed: nothing is ever filled. */
function ordered(socket: ServerSocket, text: string): void {
  const at = nowMs(), { id, method, params = {} } = JSON.parse(text);
  const answer = (result: unknown) => socket.send(JSON.stringify({ id, status: 200, result, rateLimits: [] }));
  if (method === "userDataStream.subscribe.signature") return answer({ subscriptionId: 0 });
  if (method !== "order.place" && method !== "order.cancel") return answer({});
  arrived.push(at);
  const { symbol, side, price, quantity } = params, clientId = params.newClientOrderId ?? params.origClientOrderId;
  const cancel = method === "order.cancel", orderId = resting.get(clientId) ?? ++orderIds;
  if (cancel) resting.delete(clientId);
  else resting.set(clientId, orderId);
  answer({ symbol, orderId, clientOrderId: clientId, executedQty: "0" });
  const names = cancel ? { c: "cancel", C: clientId, x: "CANCELED" } : { c: clientId, C: "", x: "NEW" };
  const how = {
    S: side ?? "BUY",
    o: "LIMIT",
    f: "GTC",
    q: quantity ?? "1",
    p: price ?? "1",
    z: "0",
    l: "0",
    r: "NONE",
  };
  const event = { e: "executionReport", E: Math.round(at), s: symbol, i: orderId, X: names.x, ...names, ...how };
  socket.send(JSON.stringify({ subscriptionId: 0, event }));
}

function asked({ url = "" }: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, "http://here"), symbol = searchParams.get("symbol") ?? "";
  const text = pathname.endsWith("/depth") ? source.snapshot(symbol) : JSON.stringify(told(pathname));
  response.writeHead(text === undefined ? 400 : 200, { "content-type": "application/json" });
  response.end(text ?? '{"code":-1121,"msg":"Invalid symbol."}');
}

function told(path: string): unknown {
  if (path.endsWith("/time")) return { serverTime: Math.round(nowMs()) };
  if (path.endsWith("/account")) return { canTrade: true, balances: [{ asset: "USDT", free: "1000000", locked: "0" }] };
  if (path.endsWith("/exchangeInfo")) return { symbols: source.symbols.map(infoOf) };
  return path.endsWith("/order/test") ? {} : [];
}

function infoOf(symbol: string): unknown {
  const filters = [{ filterType: "PRICE_FILTER", tickSize: "0.01" }, { filterType: "LOT_SIZE", stepSize: "0.000001" }];
  return { symbol, status: "TRADING", quoteAsset: "USDT", filters };
}

function made(count: number): Source {
  const market = new MadeSpot(count, 1), { symbols } = market;
  return {
    symbols,
    snapshot: (symbol) => market.snapshot(symbol),
    next: () => ({ ...market.frame(Math.round(nowMs())), dueMs: 0 }),
  };
}

/** A capture of one symbol with a snapshot in it, which is given to whoever asks; its times are moved to now. */
function captured(path: string): Source {
  const all = new TextDecoder().decode(gunzipSync(Deno.readFileSync(path))).trim().split("\n");
  const snapshot = all.find((line) => !line.includes('"stream"'))!.replace(/^\d+ /, ""), symbol = "BTCUSDT";
  const frames = all.filter((line) => line.includes('"stream"'));
  let at = 0, shift: number | undefined;
  const now = (_: string, name: string, ms: string) =>
    `"${name}":${Number(ms) + (shift ??= Math.round(nowMs()) - Number(ms))}`;
  return {
    symbols: [symbol],
    snapshot: () => snapshot,
    next: () => {
      const line = frames[at++];
      if (line === undefined) return undefined;
      const space = line.indexOf(" ");
      const text = line.slice(space + 1).replace(/"([ET])":(\d{13})/g, now);
      return { symbol, text, dueMs: Number(line.slice(0, space)) / 1e6 };
    },
  };
}

/** Wall time in ms since 1970-01-01 UTC, by a clock that two processes share to the microsecond. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

function breath(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
