import { assert, assertEquals, assertThrows } from "@std/assert";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { exchangeKeys } from "./exchange_keys.ts";

const PEM = { type: "pkcs8", format: "pem" } as const;

/** Keys from variables. */
function from(variables: Readonly<Record<string, string>>, exchange = "binance-spot", testnet = false) {
  return exchangeKeys(exchange, { env: (name) => variables[name], testnet });
}

Deno.test("exchangeKeys: of the environment, by exchange, and of a test network apart", () => {
  const variables = {
    LOCKSTEP_BINANCE_KEY: "real",
    LOCKSTEP_BINANCE_SECRET: " s1 ",
    LOCKSTEP_BINANCE_TESTNET_KEY: "test",
    LOCKSTEP_BINANCE_TESTNET_SECRET: "s2",
    LOCKSTEP_OKX_KEY: "okx",
    LOCKSTEP_OKX_SECRET: "s3",
    LOCKSTEP_OKX_PASSPHRASE: "p3",
  };
  const spot = from(variables), usdm = from(variables, "binance-usdm", true), okx = from(variables, "okx");
  assertEquals([spot, usdm, okx].map(({ id, secret, kind }) => [id, secret, kind]), [
    ["real", "s1", "hmac"],
    ["test", "s2", "hmac"],
    ["okx", "s3", "hmac"],
  ]);
  assertEquals([okx.passphrase, okx.redact("x p3 s3")], ["p3", "x [secret] [secret]"]);
  assertThrows(() => from({}), RangeError, "LOCKSTEP_BINANCE_KEY is not set");
  assertThrows(() => from({ LOCKSTEP_BINANCE_KEY: "x" }), RangeError, "LOCKSTEP_BINANCE_SECRET is not set");
});

Deno.test("exchangeKeys: a private key says itself of what kind it is", () => {
  const pem = (key: KeyObject) => key.export(PEM).toString();
  const ed25519 = pem(generateKeyPairSync("ed25519").privateKey);
  const p256 = pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
  const kind = (secret: string) => from({ LOCKSTEP_BINANCE_KEY: "k", LOCKSTEP_BINANCE_SECRET: secret }).kind;
  assertEquals([ed25519, p256.replaceAll("\n", "\\n"), "plain"].map(kind), ["ed25519", "es256", "hmac"]);
  const broken = ed25519.slice(0, 60);
  const { message } = assertThrows(() => kind(broken), RangeError, "is not whole");
  assert(!message.includes(broken.slice(30)));
});

Deno.test({
  name: "exchangeKeys: a file is taken only where nobody else may read it, and is never quoted",
  ignore: Deno.build.os === "windows",
  fn() {
    const path = Deno.makeTempFileSync({ suffix: ".json" });
    const read = (text: string, mode: number, exchange = "kraken") => {
      Deno.writeTextFileSync(path, text);
      Deno.chmodSync(path, mode);
      return exchangeKeys(exchange, { env: () => "not looked at", file: path });
    };
    try {
      const good = '{"kraken":{"key":"k","secret":"hidden"}}';
      assertEquals(read(good, 0o600).secret, "hidden");
      for (const mode of [0o640, 0o604, 0o660]) {
        const { message } = assertThrows(() => read(good, mode), RangeError, "others may read it");
        assert(message.includes(`mode ${mode.toString(8)}`) && message.includes("chmod 600"));
      }
      assertThrows(() => read(good, 0o600, "coinbase"), RangeError, "(it has kraken); write");
      const half = '{"kraken":{"key":"hidden"}}', remedy = 'with a key and a secret; write { "kraken": {';
      assertThrows(() => read(half, 0o600), RangeError, remedy);
      const { message } = assertThrows(() => read("hidden", 0o600), RangeError, "no JSON");
      assert(!message.includes("hidden"));
    } finally {
      Deno.removeSync(path);
    }
    assertThrows(() => exchangeKeys("kraken", { env: () => "", file: path }), RangeError, "cannot be read (NotFound)");
  },
});
