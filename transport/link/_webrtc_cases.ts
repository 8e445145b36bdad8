import { assert, assertEquals } from "@std/assert";
import { createSocket, type Socket } from "node:dgram";
import { fileURLToPath } from "node:url";
import { turnCredentials } from "../signal/turn_credentials.ts";
import { configurationOf, useWebRtc } from "./webrtc.ts";

Deno.test("configurationOf: no servers, all ways, unless told", () => {
  assertEquals(configurationOf({}), { iceServers: [], iceTransportPolicy: "all" });
  const iceServers = [{ urls: "turn:127.0.0.1", username: "a", credential: "b" }];
  assertEquals(configurationOf({ iceServers, relayOnly: true, bindAddress: "127.0.0.1" }), {
    iceServers,
    iceTransportPolicy: "relay",
    bindAddress: "127.0.0.1",
  });
});

/** What a TURN server is told: it asks for credentials, and says which user name came with them. */
function turnServer(): Promise<{ port: number; userName: Promise<string>; socket: Socket }> {
  const socket = createSocket("udp4");
  const attribute = (type: number, value: Uint8Array): number[] => [
    ...[type >> 8, type & 255, value.length >> 8, value.length & 255, ...value],
    ...new Uint8Array((4 - value.length % 4) % 4),
  ];
  const text = (value: string) => new TextEncoder().encode(value);
  const userName = new Promise<string>((resolve) => {
    socket.on("message", (bytes: Uint8Array, { port, address }) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      if (view.getUint16(0) !== 3) return; // not Allocate
      for (let at = 20; at + 4 <= bytes.length;) {
        const type = view.getUint16(at), length = view.getUint16(at + 2);
        if (type === 6) return resolve(new TextDecoder().decode(bytes.subarray(at + 4, at + 4 + length)));
        at += 4 + length + (4 - length % 4) % 4;
      }
      const body = [
        ...attribute(9, new Uint8Array([0, 0, 4, 1, ...text("Unauthorized")])),
        ...attribute(0x14, text("lockstep")),
        ...attribute(0x15, text("nonce")),
      ];
      const head = [0x01, 0x13, body.length >> 8, body.length & 255, ...bytes.subarray(4, 20)];
      socket.send(new Uint8Array([...head, ...body]), port, address);
    });
  });
  return new Promise((resolve) => {
    socket.bind(0, "127.0.0.1", () => resolve({ port: socket.address().port, userName, socket }));
  });
}

Deno.test("useWebRtc: short-lived credentials reach a TURN server as they are, and nothing but it is told of", async () => {
  const { port, userName, socket } = await turnServer();
  const { username, credential } = turnCredentials({ secret: "north", name: "ann@desk", now: Date.now() });
  const rtc = await useWebRtc();
  const connection = rtc.connection({
    iceServers: [{ urls: `turn:127.0.0.1:${port}?transport=udp`, username, credential }],
    relayOnly: true,
    bindAddress: "127.0.0.1",
  });
  const candidates: string[] = [];
  connection.onicecandidate = ({ candidate }) => void (candidate && candidates.push(candidate.candidate));
  connection.createDataChannel("x");
  assertEquals(await userName, username);
  assert(!candidates.some((candidate) => !candidate.includes("relay")), candidates.join());
  connection.close();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  await rtc.release();
});

/** Runs a script in a process of its own: how it ended. */
async function processOf(script: string): Promise<{ code: number; text: string }> {
  const args = ["eval", "--no-check", "--ext=ts", script];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    signal: AbortSignal.timeout(20_000),
  }).output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

const IMPORTS = `import { localPeers } from "./transport/link/_local_peers.ts";
  import { DataChannelLink } from "./transport/link/datachannel.ts";
  const { rtc, one, other } = await localPeers();
  const link = new DataChannelLink(one.connection, one.channel), far = new DataChannelLink(other.connection, other.channel);
  link.send(new Uint8Array(1000));
  console.log("talks");`;

Deno.test("useWebRtc: a process whose last user has gone ends by itself", async () => {
  const ended = await processOf(`${IMPORTS} far.onClose = () => rtc.release(); link.close(0, "");`);
  assertEquals(ended, { code: 0, text: "talks\n" });
});

Deno.test("useWebRtc: a process that exits in the middle of a talk does not crash", async () => {
  const ended = await processOf(`${IMPORTS} Deno.exit(7);`);
  assertEquals(ended, { code: 7, text: "talks\n" });
});
