/** Chromium against Deno over data channels: the unmodified peerjs client, and our own, bundled as a page would have it. */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { Hono } from "hono";
import { type Browser, chromium, type Page } from "playwright-core";
import { mountSignalling } from "../signal/mount.ts";
import { eventually } from "./_eventually.ts";
import { Ear } from "./_conformance.ts";
import type { DataChannelLink } from "./datachannel.ts";
import { serveHttp } from "./http_server.ts";
import { servePeers } from "./peer_server.ts";

const executablePath = Deno.env.get("LOCKSTEP_CHROMIUM") ?? "/usr/bin/chromium";
const ignore = !exists(executablePath);
const because = ignore ? ` (ignored: there is no ${executablePath})` : "";
// The browser is another process, and the native stack has threads of its own.
const watch = { sanitizeOps: false, sanitizeResources: false, ignore };

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** A page with scripts of ours, signalling, and a peer that takes calls. */
async function withPage(
  script: () => Promise<string>,
  run: (page: Page, links: Taken[]) => Promise<void>,
): Promise<void> {
  const app = new Hono();
  const signalling = mountSignalling(app);
  const text = await script();
  app.get("/page", (context) => context.html("<!doctype html><title>peer</title>"));
  app.get("/script.js", (context) => context.body(text, 200, { "content-type": "text/javascript" }));
  const http = await serveHttp({ app, onUpgrade: signalling.upgrade });
  const links: Taken[] = [];
  const server = await servePeers({
    signalling: `${http.url}/peer`,
    id: "host",
    bindAddress: "127.0.0.1",
    onLink: (link, { codec }) => links.push({ link, codec, ear: new Ear(link) }),
  });
  let browser: Browser | undefined;
  try {
    // A machine without a network has loopback alone, which the browser takes only where it is told to.
    const args = [
      "--no-sandbox",
      "--allow-loopback-in-peer-connection",
      "--disable-features=WebRtcHideLocalIpsWithMdns",
    ];
    browser = await chromium.launch({ executablePath, args });
    const page = await browser.newPage();
    await page.goto(`${http.url}/page`);
    await run(page, links);
  } finally {
    await browser?.close();
    await server.close();
    signalling.close();
    await http.close(0);
  }
}

interface Taken {
  readonly link: DataChannelLink;
  readonly codec: string;
  readonly ear: Ear;
}

async function taken(links: readonly Taken[]): Promise<Taken> {
  await eventually(() => links.length > 0);
  return links[0];
}

Deno.test({
  name: `servePeers: unmodified peerjs in Chromium calls it${because}`,
  ...watch,
  fn: () =>
    withPage(
      () => Deno.readTextFile(fileURLToPath(new URL("peerjs.min.js", import.meta.resolve("peerjs")))),
      async (page, links) => {
        await page.addScriptTag({ url: "/script.js" });
        const heard = page.evaluate(`new Promise((resolve, reject) => {
          const errors = [];
          const peer = new peerjs.Peer({ host: location.hostname, port: location.port, path: "/peer", config: { iceServers: [] } });
          peer.on("error", (error) => errors.push(error.type + " " + error.message));
          peer.on("open", () => {
            const call = peer.connect("host", { serialization: "raw", reliable: true, label: "lockstep.1.json" });
            call.on("open", () => call.send(new Uint8Array([0, 91, 49, 93])));
            call.on("data", (data) => {
              const bytes = new Uint8Array(data);
              if (bytes[0] === 0) resolve({ text: new TextDecoder().decode(bytes.subarray(1)), errors });
            });
          });
        })`);
        const { link, codec, ear } = await taken(links);
        assertEquals([await ear.hears(1), codec], [["[1]"], "json"]);
        link.send(new TextEncoder().encode("[2]"));
        assertEquals(await heard, { text: "[2]", errors: [] });
      },
    ),
});

Deno.test({
  name: `dialPeer: bundled for a browser, in Chromium: large frames, both lanes, quality, ends${because}`,
  ...watch,
  fn: () =>
    withPage(bundled, async (page, links) => {
      const result = page.evaluate(`import("/script.js").then(async ({ dialPeer }) => {
        const samples = [];
        const link = await dialPeer({
          signalling: location.origin + "/peer", peer: "host", codec: "msgpack", reportMs: 50, onQuality: (one) => samples.push(one),
        });
        const sizes = [];
        link.onFrame = (frame) => {
          sizes.push(frame.length);
          link.send(frame, frame.length < 1000 ? "lossy" : "reliable");
        };
        const [code, reason] = await new Promise((resolve) => link.onClose = (...end) => resolve(end));
        return { sizes, code, reason, sample: samples.at(-1) };
      })`);
      const { link, codec, ear } = await taken(links);
      assertEquals(codec, "msgpack");
      const sizes = [1_000_000, 0, 16_384, 500, 16_383];
      for (const size of sizes) link.send(new Uint8Array(size).fill(7));
      const back = await ear.hears(sizes.length);
      assertEquals(back.map((frame) => frame.length).sort((a, b) => a - b), sizes.toSorted((a, b) => a - b));
      assert(back.every((frame) => (frame as Uint8Array).every((byte) => byte === 7)));
      await new Promise((resolve) => setTimeout(resolve, 120));
      link.close(1002, "back soon");
      const { sample, ...rest } = await result as { sample: { rttMs: number; loss: number; candidate: string } };
      assertEquals(rest, { sizes, code: 1002, reason: "back soon" } as unknown);
      assert(sample.rttMs > 0 && sample.loss === 0 && /^(host|prflx)$/.test(sample.candidate), JSON.stringify(sample));
    }),
});

async function bundled(): Promise<string> {
  const entry = fileURLToPath(new URL("peer_client.ts", import.meta.url));
  const command = new Deno.Command(Deno.execPath(), { args: ["bundle", "--quiet", "--platform", "browser", entry] });
  const { code, stdout, stderr } = await command.output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
