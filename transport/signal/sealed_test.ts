import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { calculateJwkThumbprint } from "jose";
import { makeJoinCode, makeSealKeys, Sealer, type SealOffer, type SealProof, sealThumbprint } from "./sealed.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (given: Uint8Array) => new TextDecoder().decode(given);

/** Two peers whose offers have reached each other. */
async function talking(proof: SealProof = { code: makeJoinCode() }) {
  const [caller, callee] = await Promise.all([Sealer.make("caller", proof), Sealer.make("callee", proof)]);
  return { caller, callee, here: await caller.accept(callee.offer), there: await callee.accept(caller.offer) };
}

Deno.test("Sealer: both ways, in order, with gaps, and nobody else can read", async () => {
  const { here, there } = await talking();
  const sealed = await Promise.all(["one", "two", "three"].map((word) => here.seal(bytes(word))));
  assert(!sealed.some((one) => text(one).includes("one") || text(one).includes("two")));
  assertEquals(text(await there.open(sealed[0])), "one");
  assertEquals(text(await there.open(sealed[2])), "three");
  assertEquals(text(await here.open(await there.seal(bytes("back")))), "back");
  assertEquals((await there.open(await here.seal(new Uint8Array(0)))).length, 0);
});

Deno.test("Sealer: what comes twice, late, changed, cut, back or of another talk is refused", async () => {
  const { here, there } = await talking();
  const [first, second] = [await here.seal(bytes("first")), await here.seal(bytes("second"))];
  await there.open(second);
  await assertRejects(() => there.open(second), RangeError, "number 1 came before or is late");
  await assertRejects(() => there.open(first), RangeError, "number 0 came before or is late");
  const third = await here.seal(bytes("third"));
  for (let i = 0; i < third.length; i++) {
    const changed = third.slice();
    changed[i] ^= 1;
    await assertRejects(() => there.open(changed), RangeError, "did not seal it");
  }
  await assertRejects(() => there.open(third.subarray(0, third.length - 1)), RangeError, "did not seal it");
  await assertRejects(() => there.open(new Uint8Array(5)), RangeError, "it has 5 B");
  await assertRejects(() => here.open(third), RangeError, "did not seal it");
  const other = await talking();
  await assertRejects(() => other.there.open(third), RangeError, "did not seal it");
  assertEquals(text(await there.open(third)), "third");
  const twice = await here.seal(bytes("twice"));
  const opened = await Promise.allSettled([there.open(twice), there.open(twice)]);
  assertEquals(opened.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
});

Deno.test("Sealer: a relay that swaps keys is refused, whichever way it tries", async () => {
  const code = makeJoinCode();
  const [caller, callee] = [await Sealer.make("caller", { code }), await Sealer.make("callee", { code })];
  const relay = await Sealer.make("callee", { code: makeJoinCode() });
  const swaps: readonly SealOffer[] = [
    relay.offer,
    { ...relay.offer, mark: callee.offer.mark },
    { ...callee.offer, key: relay.offer.key },
    { ...callee.offer, salt: relay.offer.salt },
    { ...callee.offer, mark: "" },
    { ...caller.offer, role: "callee" },
  ];
  for (const offer of swaps) {
    await assertRejects(() => caller.accept(offer), RangeError, "not marked by the code");
  }
  await assertRejects(() => caller.accept(caller.offer), RangeError, "its role is caller");
});

Deno.test("Sealer: a token's thumbprint proves a key, and a swapped one is refused", async () => {
  const [ann, bob, eve] = await Promise.all([makeSealKeys(), makeSealKeys(), makeSealKeys()]);
  const caller = await Sealer.make("caller", { thumbprint: await sealThumbprint(bob) }, ann);
  const callee = await Sealer.make("callee", { thumbprint: await sealThumbprint(ann) }, bob);
  const here = await caller.accept(callee.offer), there = await callee.accept(caller.offer);
  assertEquals(text(await there.open(await here.seal(bytes("hello")))), "hello");
  const relay = await Sealer.make("callee", { thumbprint: await sealThumbprint(ann) }, eve);
  await assertRejects(() => caller.accept(relay.offer), RangeError, "not the one that its token names");
  // One that carries the right key without having it cannot read or write.
  const blind = await caller.accept({ ...callee.offer, salt: relay.offer.salt });
  await assertRejects(async () => there.open(await blind.seal(bytes("x"))), RangeError, "did not seal it");
});

Deno.test("Sealer: the same keys seal two talks differently", async () => {
  const keys = await makeSealKeys(), proof = { thumbprint: await sealThumbprint(keys) };
  const make = () => Promise.all([Sealer.make("caller", proof, keys), Sealer.make("callee", proof, keys)]);
  const [[one, two], [three, four]] = [await make(), await make()];
  const first = await (await one.accept(two.offer)).seal(bytes("same"));
  const again = await (await three.accept(four.offer)).seal(bytes("same"));
  assert(text(first) !== text(again));
});

Deno.test("Sealer.make: one proof, and no code that somebody thought up", async () => {
  for (const proof of [{}, { code: makeJoinCode(), thumbprint: "x" }]) {
    await assertRejects(() => Sealer.make("caller", proof), RangeError, "not one proof");
  }
  for (const code of ["", "password", "1234", "AAAAA-AAAAA", makeJoinCode().toLowerCase()]) {
    await assertRejects(() => Sealer.make("caller", { code }), RangeError, "was not made by makeJoinCode");
  }
});

Deno.test("makeJoinCode: 20 letters and digits that nobody mixes up, never the same", () => {
  const codes = Array.from({ length: 200 }, makeJoinCode);
  assertEquals(new Set(codes).size, 200);
  for (const code of codes) assert(/^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){3}$/.test(code), code);
});

Deno.test("Sealer: whatever comes for an offer is refused with a reason", async () => {
  const { caller } = await talking();
  const shapes = fc.record({
    role: fc.constantFrom<unknown>("callee", "caller", 1, undefined),
    key: fc.oneof(
      fc.record({ kty: fc.constant("EC"), crv: fc.constant("P-256"), x: fc.string(), y: fc.base64String() }),
      fc.anything(),
    ),
    salt: fc.oneof(fc.string(), fc.anything()),
    mark: fc.oneof(fc.constant(""), fc.anything()),
  });
  await fc.assert(
    fc.asyncProperty(fc.oneof(shapes, fc.anything()), async (offer) => {
      await assertRejects(() => caller.accept(offer), RangeError);
    }),
    { seed: 11, numRuns: 200 },
  );
  // A key of the right shape that is no point of the curve.
  const nowhere = { kty: "EC", crv: "P-256", x: "A".repeat(43), y: "A".repeat(43) } as const;
  const thumbprint = await calculateJwkThumbprint(nowhere, "sha256");
  const trusting = await Sealer.make("caller", { thumbprint });
  const offer = { role: "callee", key: nowhere, salt: "A".repeat(22), mark: "" };
  await assertRejects(() => trusting.accept(offer), RangeError, "no point of P-256");
});
