import { assertEquals, assertMatch } from "@std/assert";
import { FakeNetwork } from "./_fake_network.ts";
import { FakeTimers } from "./_fake_timers.ts";
import { KeptSocket, type KeptSocketOptions } from "./kept_socket.ts";

const DAY = 86_400_000;

/** A kept socket, what its listener heard, and the hands that move its world. */
function kept(options: Partial<KeptSocketOptions> = {}) {
  const timers = new FakeTimers(), network = new FakeNetwork(), heard: string[] = [];
  let complete = true;
  const socket = new KeptSocket(
    {
      venue: "x",
      name: "book stream",
      url: () => "wss://x",
      greet: () => ["hello"],
      sendsPerSecond: 5,
      lifeMs: DAY,
      silenceMs: 60_000,
      ...options,
    },
    {
      taken: (link) => heard.push(`taken ${link}`),
      frame: (text, _, link) => (heard.push(`${link}: ${text}`), complete),
      down: (link, reason) => heard.push(`down ${link} (${reason})`),
      failed: (error) => heard.push(error.message),
    },
    {
      network,
      timers,
      wall: () => 0n,
      random: () => 0.5,
      tell: ({ name }) => heard.push(name),
    },
  );
  socket.open();
  const connect = async () => {
    await timers.advance(0);
    network.last.onOpen();
  };
  return { timers, network, heard, socket, connect, completes: (now: boolean) => complete = now };
}

Deno.test("KeptSocket: greets, hears, and comes back with waits that double after it is cut", async () => {
  const { timers, network, heard, socket, connect } = kept();
  await connect();
  assertEquals([network.last.sent, socket.link], [["hello"], 1]);
  network.last.onFrame("a", 1n);
  network.last.cut(1006, "gone");
  assertEquals(socket.link, 0);
  await timers.advance(249);
  assertEquals(network.sockets.length, 1);
  await timers.advance(1);
  network.last.cut();
  await timers.advance(499);
  assertEquals(network.sockets.length, 2);
  await timers.advance(1);
  await connect();
  assertEquals(heard, [
    "CONNECTED",
    "taken 1",
    "1: a",
    "down 1 (1006 gone)",
    "RECONNECTING",
    "RECONNECTING",
    "CONNECTED",
    "taken 3",
  ]);
});

Deno.test("KeptSocket: is renewed before its day is over, the new one made before the old one goes", async () => {
  const { timers, network, heard, socket, connect, completes } = kept({ silenceMs: 2 * DAY });
  await connect();
  await timers.advance(0.965 * DAY);
  const [old] = network.sockets;
  assertEquals([network.sockets.length, old.closed], [2, false]);
  completes(false);
  await connect();
  old.onFrame("a", 1n);
  network.last.onFrame("a", 1n);
  assertEquals([old.closed, socket.link], [false, 1]);
  completes(true);
  network.last.onFrame("b", 2n);
  assertEquals([old.closed, socket.link], [true, 2]);
  assertEquals(heard, ["CONNECTED", "taken 1", "RENEWED", "1: a", "2: a", "2: b", "taken 2"]);
  await timers.advance(0.9 * DAY);
  assertEquals(network.sockets.length, 2);
});

Deno.test("KeptSocket: a renewal that never brings all takes over after 30 s; one that fails is tried again", async () => {
  const { timers, network, socket, connect, completes } = kept();
  await connect();
  completes(false);
  socket.renew("it shuts down");
  await timers.advance(0);
  network.last.cut();
  socket.renew("it shuts down");
  await timers.advance(250);
  assertEquals([network.sockets.length, socket.link], [3, 1]);
  await connect();
  await timers.advance(29_999);
  assertEquals(socket.link, 1);
  await timers.advance(1);
  assertEquals([socket.link, network.sockets[0].closed], [3, true]);
});

Deno.test("KeptSocket: an old one that ends while its renewal is open hands over, and what it brought is missing", async () => {
  const { timers, network, heard, socket, connect, completes } = kept();
  await connect();
  completes(false);
  socket.renew("it shuts down");
  await connect();
  network.sockets[0].cut();
  assertEquals([socket.link, heard.slice(-3)], [2, ["down 1 (1006 cut)", "CONNECTED", "taken 2"]]);
  await timers.advance(60_000);
  assertEquals(heard.at(-2), "down 2 (it was silent for 60 s)");
});

Deno.test("KeptSocket: silence ends it, however alive its socket looks; frames keep it", async () => {
  const { timers, network, heard, connect } = kept();
  await connect();
  for (let i = 0; i < 5; i++) {
    await timers.advance(59_000);
    network.last.onFrame("x", 1n);
  }
  await timers.advance(59_999);
  assertEquals(heard.includes("RECONNECTING"), false);
  await timers.advance(1);
  assertEquals(heard.at(-2), "down 1 (it was silent for 60 s)");
  assertEquals(network.sockets[0].closed, true);
  network.sockets[0].onFrame("too late", 1n);
  assertEquals(heard.includes("1: too late"), false);
});

Deno.test("KeptSocket: what was never opened is given up after five attempts; pings are sent", async () => {
  const { timers, network, heard } = kept();
  await timers.advance(120_000);
  assertMatch(
    heard.at(-1)!,
    /^Cannot connect to x: its book stream could not be opened in 5 attempts \(nothing answered in 10 s\)/,
  );
  await timers.advance(DAY);
  assertEquals(network.sockets.length, 5);
  const pinged = kept({ ping: { everyMs: 1000, frame: () => "ping" }, silenceMs: Infinity });
  await pinged.connect();
  await pinged.timers.advance(3000);
  assertEquals(pinged.network.last.sent, ["hello", "ping", "ping", "ping"]);
  pinged.socket.close();
  await pinged.timers.advance(3000);
  assertEquals([pinged.network.last.sent.length, pinged.network.last.closed, pinged.timers.waiting], [4, true, 0]);
});
