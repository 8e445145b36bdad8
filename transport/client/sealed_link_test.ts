import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import type { Link } from "../link/link.ts";
import { memoryPair } from "../link/memory.ts";
import { makeJoinCode, makeSealKeys, sealThumbprint } from "../signal/sealed.ts";
import { type SealedLink, sealLink } from "./sealed_link.ts";

const utf8 = (text: string) => new TextEncoder().encode(text),
  text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function sealedPair([one, other]: readonly [Link, Link]): Promise<[SealedLink, SealedLink]> {
  const proof = { code: makeJoinCode() };
  return await Promise.all([
    sealLink(one, { role: "caller", proof, name: "ann" }),
    sealLink(other, { role: "callee", proof, name: "bob" }),
  ]);
}

async function heard({ messages }: SealedLink, count: number): Promise<string[]> {
  const all: string[] = [];
  for await (const message of messages) if (all.push(text(message)) === count) break;
  return all;
}

Deno.test("sealLink: many at once come in order, both ways, and a close ends them", async () => {
  const [ann, bob] = await sealedPair(memoryPair());
  const words = Array.from({ length: 200 }, (_, i) => `word ${i}`);
  const sent = Promise.all(words.map((word) => ann.send(utf8(word))));
  assertEquals(await heard(bob, words.length), words);
  await sent;
  await bob.send(utf8("back"));
  assertEquals([await heard(ann, 1), ann.name, bob.name], [["back"], "bob", "ann"]);
  bob.close();
  assertEquals(await heard(ann, 1), []);
});

Deno.test("sealLink: a frame that the other end did not seal ends what is heard; too much at once is refused", async () => {
  const pair = memoryPair(), [ann, bob] = await sealedPair(pair);
  pair[0].send(new Uint8Array(40));
  await assertRejects(() => heard(bob, 1), RangeError, "did not seal it");
  const sent = Array.from({ length: 5 }, () => ann.send(new Uint8Array(1_000_000)));
  await assertRejects(() => sent[4], RangeError, "wait for what was sent");
  await Promise.all(sent.slice(0, 4));
});

Deno.test("sealLink: with thumbprints, one of several that are known; another's key is refused at both ends", async () => {
  const [ann, bob, eve] = await Promise.all([makeSealKeys(), makeSealKeys(), makeSealKeys()]);
  const [ofAnn, ofBob] = await Promise.all([sealThumbprint(ann), sealThumbprint(bob)]);
  const thumbprint = [ofAnn, ofBob];
  const meet = ([one, other]: readonly [Link, Link], keys: CryptoKeyPair) =>
    Promise.allSettled([
      sealLink(one, { role: "caller", proof: { thumbprint }, keys: ann }),
      sealLink(other, { role: "callee", proof: { thumbprint }, keys }),
    ]);
  const [known] = await meet(memoryPair(), bob);
  assert(known.status === "fulfilled" && known.value.thumbprint === ofBob);
  const refused = await meet(memoryPair(), eve);
  assertEquals(refused.map(({ status }) => status), ["rejected", "rejected"]);
});

Deno.test("sealLink: who says nothing, or what is no offer, is left", async () => {
  const timers = new FakeTimers(), [one] = memoryPair(), proof = { code: makeJoinCode() };
  const waiting = sealLink(one, { role: "caller", proof, timeoutMs: 100, after: (ms, fn) => timers.after(ms, fn) });
  await timers.advance(100);
  await assertRejects(() => waiting, RangeError, "before the other end had proved its key");
  for (const frame of ["", "{", "[]", '{"role":"callee"}']) {
    const [here, there] = memoryPair();
    there.send(utf8(frame));
    await assertRejects(() => sealLink(here, { role: "caller", proof }), RangeError, "Cannot accept an offer");
  }
});
