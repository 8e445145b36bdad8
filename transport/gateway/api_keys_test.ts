import { assert, assertEquals, assertThrows } from "@std/assert";
import { generateKeyPairSync, sign } from "node:crypto";
import { ApiKeys } from "./api_keys.ts";
import { BinanceError } from "./binance_error.ts";
import { sign as hmac } from "./_gateway_world.ts";

const key = "k".repeat(64), payload = "symbol=BTCUSDT&timestamp=1499827319559";

/** The code of the refusal; 0 where it is good. */
function codeOf(keys: ApiKeys, given: Partial<Parameters<ApiKeys["check"]>[0]>): number {
  try {
    keys.check({ key, payload, signature: "", ...given });
    return 0;
  } catch (error) {
    if (error instanceof BinanceError) return error.code;
    throw error;
  }
}

Deno.test("ApiKeys: HMAC is good of the whole payload and the right secret alone", () => {
  const keys = new ApiKeys([{ key, secret: "hush" }]), signature = hmac("hush", payload);
  assertEquals(codeOf(keys, { signature }), 0);
  assertEquals(codeOf(keys, { signature: signature.toUpperCase() }), 0);
  assertEquals(codeOf(keys, { signature, payload: `${payload}0` }), -1022);
  for (const wrong of [hmac("hash", payload), "", "zz", signature.slice(1)]) {
    assertEquals(codeOf(keys, { signature: wrong }), -1022);
  }
  assertEquals(codeOf(keys, { key: "n".repeat(64), signature }), -2015);
  for (const none of [undefined, "", "short", "k k".repeat(20)]) {
    assertEquals(codeOf(keys, { key: none, signature }), -2014);
  }
});

Deno.test("ApiKeys: Ed25519 and RSA sign for a public key", () => {
  for (const kind of ["ed25519", "rsa"] as const) {
    const { publicKey, privateKey } = kind === "rsa"
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : generateKeyPairSync("ed25519");
    const keys = new ApiKeys([{ key, secret: publicKey.export({ type: "spki", format: "pem" }).toString() }]);
    const algorithm = kind === "rsa" ? "sha256" : null;
    const signature = sign(algorithm, new TextEncoder().encode(payload), privateKey).toString("base64");
    assertEquals([keys.kindOf(key), codeOf(keys, { signature })], [kind, 0]);
    assertEquals(codeOf(keys, { signature: `A${signature.slice(1)}`, payload: "x" }), -1022);
    assertEquals(codeOf(keys, { signature: "A".repeat(41) }), -1022);
  }
});

Deno.test("ApiKeys: those that are made are Binance's form and differ; what is none is refused, and no secret is named", () => {
  const made = [ApiKeys.make(), ApiKeys.make()];
  assert(made.every(({ key, secret }) => /^[A-Za-z0-9]{64}$/.test(key) && /^[A-Za-z0-9]{64}$/.test(secret)));
  assertEquals(new Set(made.flatMap(({ key, secret }) => [key, secret])).size, 4);
  assertThrows(() => new ApiKeys([{ key: "a b", secret: "hush" }]), RangeError, "letters and digits");
  const error = assertThrows(() => new ApiKeys([{ key, secret: "abc" }]), RangeError);
  assertEquals(error.message.includes("abc"), false);
});
