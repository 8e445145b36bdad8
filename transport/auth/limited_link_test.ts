import { assert, assertEquals } from "@std/assert";
import { memoryPair } from "../link/memory.ts";
import { LimitedLink } from "./limited_link.ts";
import { RateLimits, type Rates } from "./rate_limit.ts";

/** Several links of one server; each hears how many frames, and its client by which code it ended. */
function rig(rates: Rates) {
  const limits = new RateLimits({ now: () => 0, rates });
  return (connection: string, address = "10.0.0.1") => {
    const [server, client] = memoryPair(), link = new LimitedLink(server, limits, { connection, address });
    const state = { link, client, frames: 0, code: -1 };
    link.onFrame = () => state.frames++;
    client.onClose = (code) => state.code = code;
    return state;
  };
}

/** Lets frames in memory arrive. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("LimitedLink: a flood is cut, and what comes after it is not heard; others go on", async () => {
  const open = rig({ messages: { connection: { perSecond: 1, burst: 5 } } });
  const loud = open("c1"), quiet = open("c2");
  for (let i = 0; i < 100; i++) loud.client.send(new Uint8Array(1));
  quiet.client.send(new Uint8Array(1));
  await settled();
  assertEquals([loud.frames, loud.code, quiet.frames, quiet.code], [5, 4001, 1, -1]);
  quiet.link.terminate();
});

Deno.test("LimitedLink: bytes count, and many links of one user or address are as one", async () => {
  const open = rig({ bytes: { user: { perSecond: 1, burst: 100 }, address: { perSecond: 1, burst: 150 } } });
  const links = [open("c1"), open("c2"), open("c3")];
  links[0].link.user = links[1].link.user = "ann";
  for (const { client } of links) for (let i = 0; i < 6; i++) client.send(new Uint8Array(10));
  await settled();
  assertEquals(links.map(({ frames }) => frames), [6, 4, 5]);
  assertEquals(links.map(({ code }) => code), [-1, 4001, 4001]);
  for (const { link } of links) link.terminate();
});

Deno.test("LimitedLink: what it sends, how it ends, and what it is are its link's own", async () => {
  const [server, client] = memoryPair({ frameBytesMax: 77 });
  const link = new LimitedLink(server, new RateLimits({ now: () => 0 }), {});
  assertEquals([link.carrier, link.remote, link.frameBytesMax, link.buffered], ["memory", server.remote, 77, 0]);
  assertEquals(new LimitedLink(server, new RateLimits({ now: () => 0 }), { address: "10.0.0.1" }).remote, "10.0.0.1");
  const heard: (number | string)[] = [];
  client.onFrame = (frame) => heard.push(frame.length);
  client.onClose = (code, reason) => heard.push(code, reason);
  link.send(new Uint8Array(3));
  link.close(1002, "later");
  await settled();
  assertEquals(heard, [3, 1002, "later"]);
  assert(link.onFrame !== undefined && link.onClose !== undefined);
});
