import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { makeSigner, NOW } from "./_signer.ts";
import { KeySet, type KeySetOptions } from "./key_set.ts";

const ed = await makeSigner("EdDSA", "x", "ed-1");
const rsa = await makeSigner("RS256", "x", "rsa-1");
const URL_OF_KEYS = "https://keys.example/jwks.json";

/** A server of keys whose answers and clock the test says. */
function rig(answer: () => Response | Promise<Response>, over: Partial<KeySetOptions> = {}) {
  const rig = { now: NOW, fetched: 0, init: undefined as RequestInit | undefined };
  const set = new KeySet({
    source: { url: URL_OF_KEYS },
    algorithms: ["EdDSA", "RS256"],
    now: () => rig.now,
    fetch: (_, init) => {
      rig.fetched++;
      rig.init = init;
      return Promise.resolve(answer());
    },
    ...over,
  });
  return { rig, set };
}

const json = (keys: unknown) => () => Response.json({ keys });

Deno.test("KeySet.find: one look-up for all who wait, then none until it is old", async () => {
  const { rig: state, set } = rig(json([ed.jwk]));
  const found = await Promise.all([set.find("ed-1"), set.find("ed-1"), set.find("ed-1")]);
  assert(found.every((each) => each?.algorithms.includes("EdDSA")));
  assertEquals(state.fetched, 1);
  assertEquals(state.init?.redirect, "error");
  state.now += 599_000;
  await set.find("ed-1");
  assertEquals(state.fetched, 1);
  state.now += 1000;
  await set.find("ed-1");
  assertEquals(state.fetched, 2);
});

Deno.test("KeySet.find: a thousand unknown keys make one look-up in 30 s", async () => {
  const { rig: state, set } = rig(json([ed.jwk]));
  for (let i = 0; i < 1000; i++) assertEquals(await set.find(`unknown-${i}`), undefined);
  assertEquals(state.fetched, 1);
  state.now += 30_000;
  await set.find("unknown");
  assertEquals(state.fetched, 2);
});

Deno.test("KeySet.find: a new key is found, one taken back is gone", async () => {
  let keys = [ed.jwk];
  const { rig: state, set } = rig(() => Response.json({ keys }));
  await set.find("ed-1");
  keys = [rsa.jwk];
  state.now += 30_000;
  assertEquals((await set.find("rsa-1"))?.algorithms, ["RS256"]);
  assertEquals(await set.find("ed-1"), undefined);
});

Deno.test("KeySet.find: while the server of keys is away old ones serve a day, then none", async () => {
  let away = false;
  const { rig: state, set } = rig(() => away ? new Response("", { status: 503 }) : Response.json({ keys: [ed.jwk] }));
  await set.find("ed-1");
  away = true;
  state.now += 86_399_000;
  assert(await set.find("ed-1"));
  state.now += 30_000;
  await assertRejects(() => set.find("ed-1"), TypeError, "cannot be had");
  away = false;
  state.now += 30_000;
  assert(await set.find("ed-1"));
});

Deno.test("KeySet.find: answers that are too long, no set, or of too many keys are none", async () => {
  const endless = () => new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(16_384)) }));
  const bad = [endless, () => new Response("{"), () => Response.json(null), () => Response.json({ keys: 7 })];
  for (const answer of [...bad, json(new Array(33).fill(ed.jwk)), () => Promise.reject(new Error("no network"))]) {
    await assertRejects(() => rig(answer).set.find("ed-1"), TypeError, "cannot be had");
  }
});

Deno.test("KeySet.find: secrets, private keys, weak ones, of another use and ids twice are left out", async () => {
  const { rig: _, set } = rig(json([
    { kty: "oct", k: "AAAA", kid: "secret", alg: "HS256" },
    { ...ed.jwk, kid: "private", d: "AAAA" },
    { ...ed.jwk, kid: "for-encryption", use: "enc" },
    { ...ed.jwk, kid: "for-signing", key_ops: ["sign"] },
    { ...rsa.jwk, kid: "weak", n: rsa.jwk.n!.slice(0, 171) },
    { ...rsa.jwk, kid: "other", alg: "RS512" },
    { ...rsa.jwk, kid: "as-secret", alg: "HS256" },
    { ...rsa.jwk, kid: "twice" },
    { ...ed.jwk, kid: "twice" },
    { ...ed.jwk, kid: 7 },
    null,
    ed.jwk,
  ]));
  for (const id of ["secret", "private", "for-encryption", "for-signing", "weak", "other", "as-secret", "twice"]) {
    assertEquals(await set.find(id), undefined, id);
  }
  assert(await set.find("ed-1"));
  assertEquals(await rig(json([rsa.jwk]), { algorithms: ["EdDSA"] }).set.find("rsa-1"), undefined, "not of the list");
});

Deno.test("KeySet: keys come by https, or from a file", async () => {
  for (const url of ["http://keys.example/", "http://127.0.0.1/", "file:///keys", "data:,x", "keys"]) {
    assertThrows(
      () => new KeySet({ source: { url }, algorithms: ["EdDSA"], now: () => NOW }),
      RangeError,
      "no https URL",
    );
  }
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, JSON.stringify({ keys: [ed.jwk] }));
    const set = new KeySet({ source: { file }, algorithms: ["EdDSA"], now: () => NOW });
    assert(await set.find("ed-1"));
  } finally {
    await Deno.remove(file);
  }
});
