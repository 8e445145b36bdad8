import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type ErrorName, ProtocolError } from "../protocol/errors.ts";
import { encoded, makeSigner, NOW, signed } from "./_signer.ts";
import { Revocations } from "./revocations.ts";
import { Tokens } from "./tokens.ts";

const AT = NOW / 1000;
const SECRET = new Uint8Array(32).fill(7);
const ed = await makeSigner("EdDSA", "https://ed.example", "ed-1");
const rsa = await makeSigner("RS256", "https://rsa.example", "rsa-1");
const issuers = [
  { issuer: "start", keyId: "k1", secret: SECRET },
  { issuer: "https://ed.example", keys: { inline: { keys: [ed.jwk] } }, algorithms: ["EdDSA"] },
  { issuer: "https://rsa.example", keys: { inline: { keys: [rsa.jwk] } }, algorithms: ["RS256"] },
] as const;
const clock = { now: NOW };
const tokens = new Tokens({ audience: "lockstep", issuers, now: () => clock.now });

async function refused(token: string | Promise<string>, name: ErrorName, why: string, by = tokens): Promise<void> {
  const text = await token;
  const error = await assertRejects(() => by.verify(text), ProtocolError, why);
  assertEquals(error.data.name, name);
  const long = text.split(".").filter((part) => part.length > 8);
  assert(!long.some((part) => error.message.includes(part)), "an error holds nothing of the token");
}

function bySecret(claims: Readonly<Record<string, unknown>> = {}, header: Readonly<Record<string, unknown>> = {}) {
  return signed(SECRET, { alg: "HS256", kid: "k1", ...header }, { iss: "start", ...claims });
}

Deno.test("Tokens.verify: HS256, EdDSA by both its names, and RS256 of their issuers", async () => {
  for (const token of [await bySecret(), await ed.sign(), await ed.sign({}, { alg: "Ed25519" }), await rsa.sign()]) {
    const { name, scopes, expires, issued, tokenId } = await tokens.verify(token);
    assertEquals([name, scopes, tokenId], ["ann", ["read", "trade:s1"], "t1"]);
    assertEquals([issued, expires], [NOW, NOW + 630_000]);
  }
});

Deno.test("Tokens.mint: what it makes is verified, and what would not be is not made", async () => {
  const { name, scopes, tokenId } = await tokens.verify(
    await tokens.mint({ name: "bob", scopes: ["control", "trade:*:A:B"], lifeMs: 5000 }),
  );
  assertEquals([name, scopes], ["bob", ["control", "trade:*:A:B"]]);
  assertEquals(tokenId?.length, 36);
  const make = (over: Record<string, unknown>) => tokens.mint({ name: "bob", scopes: ["read"], lifeMs: 5000, ...over });
  await assertRejects(() => make({ scopes: ["trade:**"] }), RangeError, "scope is trade:**");
  await assertRejects(() => make({ lifeMs: Infinity }), RangeError, "lifeMs is Infinity");
  await assertRejects(() => make({ lifeMs: 10 }), RangeError, "lifeMs is 10");
  await assertRejects(() => make({ issuer: "https://ed.example" }), RangeError, "no secret here");
});

Deno.test("Tokens.verify: alg none, in any writing, with and without a signature", async () => {
  for (const alg of ["none", "None", "NONE", "nOnE", "", null]) {
    const head = encoded({ alg, kid: "k1" });
    const body = encoded({ iss: "start", aud: "lockstep", sub: "ann", iat: AT, exp: AT + 60, scope: "admin" });
    await refused(`${head}.${body}.`, "TOKEN_INVALID", "no signed JWT");
    await refused(`${head}.${body}.AA`, "TOKEN_INVALID", "algorithm is not its key's");
  }
});

Deno.test("Tokens.verify: a public key taken for a secret (RS256 as HS256)", async () => {
  for (
    const { pem, issuer, kid } of [
      { pem: rsa.pem, issuer: "https://rsa.example", kid: "rsa-1" },
      { pem: ed.pem, issuer: "https://ed.example", kid: "ed-1" },
    ]
  ) {
    for (const secret of [pem, pem.trim(), pem.replace(/\n/g, "")]) {
      const token = signed(new TextEncoder().encode(secret), { alg: "HS256", kid }, { iss: issuer });
      await refused(token, "TOKEN_INVALID", "algorithm is not its key's");
    }
  }
});

Deno.test("Tokens.verify: an algorithm that is not on the list", async () => {
  await refused(
    signed(new Uint8Array(64), { alg: "HS512", kid: "k1" }, { iss: "start" }),
    "TOKEN_INVALID",
    "algorithm",
  );
  const [, body, signature] = (await rsa.sign()).split(".");
  const head = encoded({ alg: "RS512", kid: "rsa-1" });
  await refused(`${head}.${body}.${signature}`, "TOKEN_INVALID", "algorithm is not its key's");
});

Deno.test("Tokens.verify: another's key and issuer, unknown key, wrong secret", async () => {
  await refused(bySecret({ iss: "https://evil.example" }), "TOKEN_INVALID", "issuer is none of this server's");
  await refused(bySecret({ iss: undefined }), "TOKEN_INVALID", "issuer is none");
  await refused(bySecret({ iss: ["start"] }), "TOKEN_INVALID", "issuer is none");
  await refused(bySecret({}, { kid: "k2" }), "TOKEN_INVALID", "key is none of its issuer's");
  await refused(bySecret({}, { kid: undefined }), "TOKEN_INVALID", "does not name its key");
  // The key of one issuer does not speak for another.
  await refused(ed.sign({ iss: "https://rsa.example" }), "TOKEN_INVALID", "key is none of its issuer's");
  await refused(
    ed.sign({ iss: "https://rsa.example" }, { kid: "rsa-1" }),
    "TOKEN_INVALID",
    "algorithm is not its key's",
  );
  const guess = signed(new Uint8Array(32), { alg: "HS256", kid: "k1" }, { iss: "start" });
  await refused(guess, "TOKEN_INVALID", "signature is wrong");
});

Deno.test("Tokens.verify: jku, jwk, x5u and x5c are not read, and nothing is fetched", async () => {
  const evil = await makeSigner("EdDSA", "https://ed.example", "ed-1");
  let fetched = 0;
  const by = new Tokens({
    audience: "lockstep",
    issuers,
    now: () => NOW,
    fetch: () => (fetched++, Promise.reject(new Error("no network"))),
  });
  const pointers = { jku: "https://evil.example/keys", x5u: "https://evil.example/x5", jwk: evil.jwk, x5c: ["AA"] };
  await refused(evil.sign({}, pointers), "TOKEN_INVALID", "signature is wrong", by);
  await refused(evil.sign({}, { ...pointers, kid: "evil" }), "TOKEN_INVALID", "key is none of its issuer's", by);
  assertEquals((await by.verify(await ed.sign({}, pointers))).name, "ann");
  assertEquals(fetched, 0);
});

Deno.test("Tokens.verify: times, with 30 s of skew and no more", async () => {
  await refused(bySecret({ exp: AT - 31 }), "TOKEN_EXPIRED", "it has expired");
  await tokens.verify(await bySecret({ iat: AT - 60, exp: AT - 29 }));
  await refused(bySecret({ iat: AT + 31 }), "TOKEN_INVALID", "time to come");
  await tokens.verify(await bySecret({ iat: AT + 30 }));
  await refused(bySecret({ nbf: AT + 31 }), "TOKEN_INVALID", "its time has not come");
  await refused(bySecret({ exp: AT + 32 * 86_400 }), "TOKEN_INVALID", "lives too long");
  await refused(bySecret({ iat: AT + 10, exp: AT + 5 }), "TOKEN_INVALID", "lives too long");
  for (const claim of ["exp", "iat", "sub", "aud"]) {
    await refused(bySecret({ [claim]: undefined }), "TOKEN_INVALID", "");
  }
  for (const exp of ["9999999999", null, true, {}]) await refused(bySecret({ exp }), "TOKEN_INVALID", "");
});

Deno.test("Tokens.verify: an expired token replayed later is refused", async () => {
  const token = await bySecret();
  await tokens.verify(token);
  clock.now = NOW + 631_000;
  try {
    await refused(token, "TOKEN_EXPIRED", "it has expired");
  } finally {
    clock.now = NOW;
  }
});

Deno.test("Tokens.verify: another audience, though ours is a part of its name", async () => {
  for (const aud of ["lockstep2", "lock", ["other"], "", "LOCKSTEP"]) {
    await refused(bySecret({ aud }), "TOKEN_INVALID", "audience");
  }
  await tokens.verify(await bySecret({ aud: ["other", "lockstep"] }));
});

Deno.test("Tokens.verify: once means once, though all other rules hold", async () => {
  const token = await bySecret({ jti: "ticket-1" });
  await tokens.verify(token, { once: true });
  await assertRejects(() => tokens.verify(token, { once: true }), ProtocolError, "used before");
  const nameless = await bySecret({ jti: undefined });
  await assertRejects(() => tokens.verify(nameless, { once: true }), ProtocolError, "it has no id");
  // Another issuer's ids are its own.
  await tokens.verify(await ed.sign({ jti: "ticket-1" }), { once: true });
});

Deno.test("Tokens.verify: who revokes is heard at once", async () => {
  const revocations = new Revocations();
  const by = new Tokens({ audience: "lockstep", issuers, now: () => NOW, revocations });
  const token = await bySecret();
  await by.verify(token);
  revocations.revoke({ tokenId: "t1", before: NOW + 1, until: NOW + 700_000 }, NOW);
  await refused(token, "TOKEN_REVOKED", "it is revoked", by);
  await by.verify(await bySecret({ jti: "t2" }));
});

Deno.test("Tokens.verify: an issuer grants no more than it may", async () => {
  const capped = { issuer: "start", keyId: "k1", secret: SECRET, scopesMax: ["read", "trade:s1:BTC"] };
  const by = new Tokens({ audience: "lockstep", issuers: [capped], now: () => NOW });
  const scopes = async (scope: unknown) => (await by.verify(await bySecret({ scope }))).scopes;
  assertEquals(await scopes("admin"), ["read", "trade:s1:BTC"]);
  assertEquals(await scopes("trade:s2 control:*"), ["read:s2", "read", "read:s1:BTC"]);
  assertEquals(await scopes("openid profile trade:**"), []);
  assertEquals(await scopes(["admin"]), [], "a list is no text");
  await refused(bySecret({ scope: "read ".repeat(70) }), "TOKEN_INVALID", "over 64 scopes", by);
});

Deno.test("Tokens.verify: the key that a token confirms, by thumbprint or whole", async () => {
  const { keyThumbprint } = await tokens.verify(await bySecret({ cnf: { jwk: ed.jwk } }));
  assertEquals(keyThumbprint?.length, 43);
  assertEquals((await tokens.verify(await bySecret({ cnf: { jkt: keyThumbprint } }))).keyThumbprint, keyThumbprint);
  for (const cnf of [{}, null, "x", { jkt: "short" }, { jwk: { kty: "none" } }]) {
    await refused(bySecret({ cnf }), "TOKEN_INVALID", "confirmed key");
  }
});

Deno.test("Tokens.verify: oversize, other types, and crit", async () => {
  await refused("a".repeat(8193), "TOO_LARGE", "over 8192 bytes");
  await refused(bySecret({ fat: "x".repeat(8192) }), "TOO_LARGE", "over 8192 bytes");
  await refused(bySecret({}, { typ: "logout+jwt" }), "TOKEN_INVALID", "another type");
  await tokens.verify(await bySecret({}, { typ: "at+JWT" }));
  const [, body, signature] = (await bySecret()).split(".");
  await refused(
    `${encoded({ alg: "HS256", kid: "k1", crit: ["x"], x: 1 })}.${body}.${signature}`,
    "TOKEN_INVALID",
    "asks",
  );
  await refused(bySecret({ sub: "n".repeat(201) }), "TOKEN_INVALID", "subject");
  await refused(bySecret({ sub: "" }), "TOKEN_INVALID", "subject");
});

Deno.test("Tokens: weak secrets, two of one name, and no audience are refused", () => {
  const make = (over: Record<string, unknown>) => () =>
    new Tokens({ audience: "a", issuers: [], now: () => NOW, ...over });
  const weak = { issuer: "start", keyId: "k", secret: new Uint8Array(31) };
  assertThrows(make({ issuers: [weak] }), RangeError, "has 31 bytes");
  assertThrows(make({ issuers: [issuers[0], issuers[0]] }), RangeError, "named twice");
  assertThrows(make({ audience: "" }), RangeError, "audience");
});

Deno.test("Tokens.verify: any text is refused with a coded error, and no byte of a token may change", async () => {
  const good = await bySecret();
  const part = fc.oneof(fc.string({ unit: "binary" }), fc.json().map(encoded), fc.base64String());
  const text = fc.oneof(fc.string(), fc.array(part, { minLength: 2, maxLength: 5 }).map((list) => list.join(".")));
  await fc.assert(fc.asyncProperty(text, async (token) => {
    await assertRejects(() => tokens.verify(token), ProtocolError);
  }));
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), fc.constantFrom(..."ABcd019_-."), async (at, letter) => {
      const other = good.slice(0, at) + letter + good.slice(at + 1);
      // The last letter of a signature has spare bits: only what decodes to other bytes is another token.
      if (other === good || at === good.length - 1) return;
      await assertRejects(() => tokens.verify(other), ProtocolError);
    }),
  );
});
