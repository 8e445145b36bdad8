import { assert, assertEquals, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { eventually } from "./_eventually.ts";
import { turnCredentials } from "../signal/turn_credentials.ts";
import { turnEar } from "./_turn_ear.ts";
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

Deno.test("useWebRtc: short-lived credentials reach a TURN server as they are, and nothing but it is told of", async () => {
  const { url, names, close } = await turnEar();
  const { username, credential } = turnCredentials({ secret: "north", name: "ann@desk", now: Date.now() });
  const rtc = await useWebRtc();
  const connection = rtc.connection({
    iceServers: [{ urls: url, username, credential }],
    relayOnly: true,
    bindAddress: "127.0.0.1",
  });
  const candidates: string[] = [];
  connection.onicecandidate = ({ candidate }) => void (candidate && candidates.push(candidate.candidate));
  connection.createDataChannel("x");
  await eventually(() => names.size > 0);
  assertEquals([...names], [username]);
  assert(!candidates.some((candidate) => !candidate.includes("relay")), candidates.join());
  connection.close();
  await close();
  await rtc.release();
});

Deno.test("useWebRtc: the native stack restarts no ICE, as peer_client.ts says; else that could be had", async () => {
  const rtc = await useWebRtc(), connection = rtc.connection({ bindAddress: "127.0.0.1" });
  assertThrows(() => connection.restartIce(), DOMException, "Not implemented");
  connection.close();
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
