/**
 * Clients of a fan-out run: sockets that read WebSocket frames by hand, so that the server and not its clients is measured. For
 * each line of the input it prints what came since the one before, with latencies of all messages to all clients from when
 * they were due.
 */
import process from "node:process";
import { BufferedLines } from "./lines.ts";
import { fanoutSymbol, type FanoutSystem } from "./fanout_message.ts";
import { FanoutReader, FanoutTally } from "./fanout_reader.ts";

const system = Deno.args[0] as FanoutSystem, port = Number(Deno.args[1]), count = Number(Deno.args[2]);
const idle = Deno.args[3] === "idle";
const encoder = new TextEncoder();
const PATHS: Readonly<Record<FanoutSystem, string>> = {
  hub: "/ws",
  ws: "/",
  socketio: "/socket.io/?EIO=4&transport=websocket",
};
/** So many parts of all clients acknowledge one after the other. */
const ACK_SLICES = 50;
const tally = new FanoutTally();

const token = system === "hub" ? await (await fetch(`http://127.0.0.1:${port}/`)).text() : "";
const clients: FanoutReader[] = [];
for (let i = 0; i < count; i += 50) {
  const some = Array.from({ length: Math.min(50, count - i) }, () => connected());
  clients.push(...await Promise.all(some));
}
console.log(JSON.stringify({ ready: clients.length }));
let cpu = process.cpuUsage();
// Each client acknowledges every 250 ms at a time of its own, as those of the SDK do.
let slice = 0;
const acks = setInterval(() => {
  slice = (slice + 1) % ACK_SLICES;
  for (let i = slice; i < clients.length; i += ACK_SLICES) clients[i].ack();
}, 250 / ACK_SLICES);
const lines = new BufferedLines(Deno.stdin.readable);
for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
  const { messages, frames, lost, firstAt, lastAt } = tally, seconds = (lastAt - firstAt) / 1000;
  const { user, system: kernel } = process.cpuUsage(cpu), cpuSeconds = (user + kernel) / 1e6;
  cpu = process.cpuUsage();
  console.log(
    JSON.stringify({
      messages,
      frames,
      lost,
      seconds,
      cpuSeconds,
      p50: tally.quantile(0.5),
      p99: tally.quantile(0.99),
    }),
  );
  tally.reset();
}
clearInterval(acks);
Deno.exit(0);

async function connected(): Promise<FanoutReader> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const protocol = system === "hub" ? "Sec-WebSocket-Protocol: lockstep.1.json\r\n" : "";
  const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
  await conn.write(encoder.encode(
    `GET ${PATHS[system]} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n${protocol}\r\n`,
  ));
  const reader = new FanoutReader(conn, system, tally, idle ? 2048 : 65_536);
  await reader.head();
  if (system === "hub") {
    reader.say(`[{"type":"hello","data":{"protocol":1,"client":"bench","token":"${token}"}}]`);
    await reader.first();
    reader.say(`[{"type":"subscribe","id":"1","data":{"channel":"trades","symbol":"${fanoutSymbol()}"}}]`);
    await reader.first();
  } else if (system === "socketio") {
    await reader.first();
    reader.say("40");
    await reader.first();
  }
  void reader.run();
  return reader;
}
