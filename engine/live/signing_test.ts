import { assert, assertEquals, assertThrows } from "@std/assert";
import { generateKeyPairSync, verify } from "node:crypto";
import { importSPKI, jwtVerify } from "jose";
import { Keys } from "./keys.ts";
import { coinbaseTokens, krakenSignature, signer } from "./signing.ts";

const PEM = { type: "pkcs8", format: "pem" } as const;

Deno.test("signer: HMAC-SHA256 in hex, as in the example of Binance's documentation", () => {
  const keys = new Keys(
    "hmac",
    "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
    "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j",
  );
  const text = `apiKey=${keys.id}&newOrderRespType=ACK&price=52000.00&quantity=0.01000000&recvWindow=100` +
    "&side=SELL&symbol=BTCUSDT&timeInForce=GTC&timestamp=1645423376532&type=LIMIT";
  assertEquals(signer(keys)(text), "cc15477742bd704c29492d96c7ead9414dfd8e0ec4a00f947bb5bb454ddbd08a");
});

Deno.test("signer: Ed25519 in base64, which the public key verifies", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const sign = signer(new Keys("ed25519", "id", privateKey.export(PEM).toString()));
  const signature = Uint8Array.fromBase64(sign("a=1&b=2"));
  assert(verify(null, new TextEncoder().encode("a=1&b=2"), publicKey, signature));
});

Deno.test("krakenSignature: as in the example of Kraken's documentation", () => {
  const keys = new Keys(
    "hmac",
    "id",
    "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==",
  );
  const body = "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25";
  assertEquals(
    krakenSignature(keys, "/0/private/AddOrder", "1616492376594", body),
    "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==",
  );
});

for (const type of ["sec1", "pkcs8"] as const) {
  Deno.test(`coinbaseTokens: a token of two minutes by ES256, with a key in ${type}`, async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const keys = new Keys("es256", "organizations/o/apiKeys/k", privateKey.export({ type, format: "pem" }).toString());
    const token = coinbaseTokens(keys)({ uri: "GET host/path", now: 1_700_000_000, nonce: "n" });
    const spki = publicKey.export({ type: "spki", format: "pem" }).toString();
    const { payload, protectedHeader } = await jwtVerify(token, await importSPKI(spki, "ES256"), {
      currentDate: new Date(1_700_000_119_000),
    });
    assertEquals(payload, {
      iss: "cdp",
      sub: keys.id,
      nbf: 1_700_000_000,
      exp: 1_700_000_120,
      uri: "GET host/path",
    });
    assertEquals(protectedHeader, { alg: "ES256", typ: "JWT", kid: keys.id, nonce: "n" });
  });
}

Deno.test("coinbaseTokens: by EdDSA with a key of Ed25519, for a connection without a uri", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const token = coinbaseTokens(new Keys("ed25519", "k", privateKey.export(PEM).toString()))({ now: 100, nonce: "n" });
  const spki = publicKey.export({ type: "spki", format: "pem" }).toString();
  const { payload } = await jwtVerify(token, await importSPKI(spki, "EdDSA"), { currentDate: new Date(101_000) });
  assertEquals(payload, { iss: "cdp", sub: "k", nbf: 100, exp: 220 });
});

Deno.test("signing: a key that is none is refused without its text", () => {
  const wrong = new Keys("ed25519", "id", "my secret");
  for (const make of [() => signer(wrong), () => coinbaseTokens(wrong)]) {
    assert(!assertThrows(make, RangeError, "not a private key in PEM").message.includes("my secret"));
  }
  const noBase64 = new Keys("hmac", "id", "!?");
  assert(!assertThrows(() => krakenSignature(noBase64, "/", "1", ""), RangeError, "base64").message.includes("!?"));
  assertThrows(() => coinbaseTokens(noBase64), RangeError, "shared secret");
  assertThrows(() => signer(new Keys("es256", "id", "x")), RangeError, "kind es256");
});
