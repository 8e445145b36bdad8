import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as ws from "ws";
import { NetworkError } from "../live/network.ts";
import { machineNetwork } from "./network.ts";

const SECRET = "signature=topsecret";

/** What is needed of the server of `npm:ws`, which brings no types. */
interface TestServer {
  address(): { readonly port: number };
  on(event: "connection", listener: (socket: TestSocket) => void): void;
  on(event: "listening", listener: () => void): void;
  close(): void;
}
interface TestSocket {
  on(event: "message", listener: (data: { toString(): string }) => void): void;
  send(data: string | Uint8Array): void;
  close(code: number, reason: string): void;
}
const TestServer: new (options: { readonly port: number; readonly host: string }) => TestServer = ws.WebSocketServer;

/** A socket to a server that does as `serve` says, and what was heard until it was over. */
async function heardFrom(serve: (socket: TestSocket) => void, frameBytesMax = 1 << 16): Promise<string[]> {
  const server = new TestServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", serve);
  await new Promise<void>((done) => server.on("listening", done));
  let at = 0n;
  const network = machineNetwork({ wall: () => at++, frameBytesMax });
  const heard: string[] = [], socket = network.socket(`ws://127.0.0.1:${server.address().port}/x?${SECRET}`);
  assertThrows(() => socket.send("too soon"), Error, "Cannot send: the socket is not open");
  await new Promise<void>((done) => {
    socket.onOpen = () => socket.send("hello");
    socket.onFrame = (text, time) => {
      heard.push(`${time} ${text}`);
      if (text === "bye") socket.close();
    };
    socket.onClose = (code, reason) => {
      heard.push(`closed ${code} ${reason}`);
      done();
    };
  });
  server.close();
  return heard;
}

Deno.test("machineNetwork: frames are stamped as they come, binary ones passed over, and both sides can end it", async () => {
  const theirs = await heardFrom((socket) =>
    socket.on("message", (data) => {
      socket.send(`you said ${data}`);
      socket.send(new Uint8Array(3));
      socket.send("ü");
      socket.close(4001, "enough");
    })
  );
  assertEquals(theirs, ["0 you said hello", "2 ü", "closed 4001 enough"]);
  const ours = await heardFrom((socket) => socket.on("message", () => socket.send("bye")));
  assertEquals(ours, ["0 bye", "closed 1005 "]);
});

Deno.test("machineNetwork: a frame that is too large ends the socket, with the reason", async () => {
  const heard = await heardFrom((socket) => socket.on("message", () => socket.send("x".repeat(70_000))));
  assertEquals(heard, ["closed 1006 Max payload size exceeded"]);
});

Deno.test("machineNetwork: what cannot be opened is heard as an end, without the query of its URL", async () => {
  const network = machineNetwork({ wall: () => 0n });
  for (const url of [`ws://127.0.0.1:1/x?${SECRET}`, `no address?${SECRET}`, `wss://nowhere.invalid/?${SECRET}`]) {
    const socket = network.socket(url);
    const [code, reason] = await new Promise<[number, string]>((done) => socket.onClose = (...end) => done(end));
    assert(code === 1006 && reason !== "" && !reason.includes("topsecret"), `${url}: ${code} ${reason}`);
  }
});

Deno.test("machineNetwork: any status is an answer; none is a NetworkError without the query of its URL", async () => {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/slow") await new Promise((done) => request.signal.addEventListener("abort", done));
    return new Response(pathname === "/long" ? "x".repeat(5000) : await request.text(), {
      status: 418,
      headers: { "X-Used": request.headers.get("x-key") ?? "" },
    });
  });
  const base = `http://127.0.0.1:${server.addr.port}`,
    network = machineNetwork({ wall: () => 7n, answerBytesMax: 4096 });
  const post = { method: "POST", url: `${base}/x?${SECRET}`, headers: { "x-key": "k" }, body: "ü" } as const;
  const { status, headers, text, at } = await network.request(post);
  assertEquals([status, headers["x-used"], text, at], [418, "k", "ü", 7n]);
  for (const path of ["/long", "/slow"]) {
    const asked = { method: "GET", url: `${base}${path}?${SECRET}`, timeoutMs: 100 } as const;
    const error = await assertRejects(() => network.request(asked), NetworkError, `Cannot ask ${base}${path}: `);
    assert(!error.message.includes("topsecret"), error.message);
  }
  const nobody = { method: "GET", url: `http://127.0.0.1:1/x?${SECRET}` } as const;
  const error = await assertRejects(() => network.request(nobody), NetworkError, "Cannot ask http://127.0.0.1:1/x: ");
  assert(!error.message.includes("topsecret"), error.message);
});

Deno.test("machineNetwork: a name that is not found, and TLS that fails, are said as such, of sockets and of requests", async () => {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response());
  const network = machineNetwork({ wall: () => 0n });
  // It speaks no TLS.
  for (
    const [host, why] of [["nowhere.invalid", /lookup|ENOTFOUND|EAI_AGAIN/], [
      `127.0.0.1:${server.addr.port}`,
      /TLS|InvalidContentType|EPROTO|handshake|certificate/i,
    ]] as const
  ) {
    const socket = network.socket(`wss://${host}/`);
    const reason = await new Promise<string>((done) => socket.onClose = (_, why) => done(why));
    const { message } = await assertRejects(
      () => network.request({ method: "GET", url: `https://${host}/` }),
      NetworkError,
    );
    for (const said of [reason, message]) assert(why.test(said), said);
  }
});
