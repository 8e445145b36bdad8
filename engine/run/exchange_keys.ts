import { createPrivateKey } from "node:crypto";
import { Keys } from "../live/keys.ts";
import { secretFile } from "./secret_file.ts";

/** Where keys are looked for. */
export interface KeySources {
  /** The environment: what a variable says. */
  readonly env: (name: string) => string | undefined;
  /** A file of keys, which nobody else may read. It is looked at before the environment. */
  readonly file?: string;
  /** Keys of the exchange's test network, which stand apart. */
  readonly testnet?: boolean;
}

/**
 * Our keys at an exchange ("binance" for "binance-spot"), from a file or from the environment.
 *
 * - Variables are LOCKSTEP_BINANCE_KEY and LOCKSTEP_BINANCE_SECRET, with LOCKSTEP_BINANCE_PASSPHRASE where an exchange has one; of a
 *   test network LOCKSTEP_BINANCE_TESTNET_KEY and so on. In a variable, "\n" may stand for the line breaks of a key in PEM.
 * - A file is JSON, `{ "binance": { "key": "…", "secret": "…" }, "binance-testnet": … }`, and must have mode 600 or less.
 * - A secret in PEM is a private key, Ed25519 or P-256; any other is a shared one.
 *
 * Throws RangeError that names what is missing or wrong, never what a secret says.
 *
 * @example
 * ```ts
 * import { exchangeKeys } from "./exchange_keys.ts";
 * const variables: Record<string, string> = { LOCKSTEP_KRAKEN_KEY: "id", LOCKSTEP_KRAKEN_SECRET: "c2VjcmV0" };
 * const keys = exchangeKeys("kraken", { env: (name) => variables[name] });
 * if (`${keys}` !== "Keys(id)" || keys.kind !== "hmac") throw new Error("unexpected");
 * ```
 */
export function exchangeKeys(exchange: string, sources: KeySources): Keys {
  const name = exchange.split("-")[0] + (sources.testnet ? "-testnet" : "");
  const found = sources.file === undefined ? fromEnvironment(name, sources.env) : fromFile(name, sources.file);
  return new Keys(kindOf(name, found.secret), found.key, found.secret, found.passphrase);
}

interface Found {
  readonly key: string;
  readonly secret: string;
  readonly passphrase?: string;
}

function fromEnvironment(name: string, env: KeySources["env"]): Found {
  const prefix = `LOCKSTEP_${name.toUpperCase().replaceAll("-", "_")}_`;
  const value = (what: string) => env(prefix + what)?.trim().replaceAll("\\n", "\n") || undefined;
  const key = value("KEY"), secret = value("SECRET"), passphrase = value("PASSPHRASE");
  if (key === undefined || secret === undefined) {
    const missing = prefix + (key === undefined ? "KEY" : "SECRET");
    throw new RangeError(
      `Cannot trade at ${name}: ${missing} is not set; set it in the environment, or give --keys FILE`,
    );
  }
  return { key, secret, ...(passphrase === undefined ? {} : { passphrase }) };
}

function fromFile(name: string, path: string): Found {
  const problem = (what: string, remedy: string) => new RangeError(`Cannot use keys of ${path}: ${what}; ${remedy}`);
  const text = secretFile(path, "keys");
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // What JSON.parse says has the file's text in it.
    throw problem("it is no JSON", 'write { "binance": { "key": "…", "secret": "…" } }');
  }
  const all = typeof parsed === "object" && parsed !== null ? parsed as Readonly<Record<string, unknown>> : {};
  const one = all[name] as Partial<Found> | undefined;
  if (typeof one?.key !== "string" || typeof one.secret !== "string" || one.key === "" || one.secret === "") {
    const others = Object.keys(all).filter((other) => other !== name).join(", ");
    throw problem(
      `"${name}" is not in it with a key and a secret${others && ` (it has ${others})`}`,
      `write { "${name}": { "key": "…", "secret": "…" } }`,
    );
  }
  return one as Found;
}

function kindOf(name: string, secret: string): Keys["kind"] {
  if (!secret.includes("PRIVATE KEY")) return "hmac";
  let type: string | undefined;
  try {
    type = createPrivateKey(secret).asymmetricKeyType;
  } catch {
    type = undefined;
  }
  if (type === "ed25519") return "ed25519";
  if (type === "ec") return "es256";
  const what = type === undefined ? "is not whole" : `is of ${type}`;
  throw new RangeError(`Cannot trade at ${name}: its private key ${what}; give one of Ed25519 or P-256 in PEM`);
}
