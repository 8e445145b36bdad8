import { parse } from "@std/jsonc";
import { dirname, resolve } from "node:path";
import * as v from "valibot";
import { EXIT, Failure } from "../../engine/run/cli/mod.ts";
import { secretFile } from "../../engine/run/secret_file.ts";
import type { KeyIssuer, SecretIssuer } from "../auth/mod.ts";

/** Who makes tokens for a server, and what they name as their audience. */
export interface TokenFile {
  readonly audience?: string;
  readonly issuers: readonly (SecretIssuer | KeyIssuer)[];
}

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const scopesMax = v.optional(v.array(name));
const secretIssuer = v.strictObject({ issuer: name, keyId: name, secret: name, scopesMax });
const keyIssuer = v.strictObject({
  issuer: name,
  keys: name,
  algorithms: v.pipe(v.array(v.picklist(["EdDSA", "RS256"])), v.minLength(1)),
  scopesMax,
});
const file = v.strictObject({
  audience: v.optional(name),
  issuers: v.pipe(v.array(v.union([secretIssuer, keyIssuer])), v.minLength(1)),
});

/**
 * Reads a file of token issuers, JSON or JSONC:
 *
 * ```jsonc
 * {
 *   "audience": "lockstep",
 *   "issuers": [
 *     // Shares a secret with this server: 32 random bytes or more in base64url.
 *     { "issuer": "desk", "keyId": "1", "secret": "…", "scopesMax": ["read", "trade"] },
 *     // Has a private key of its own; its public ones are at an https URL, or in a file beside this one.
 *     { "issuer": "https://login.example", "keys": "https://login.example/jwks.json", "algorithms": ["EdDSA"] }
 *   ]
 * }
 * ```
 *
 * A file with a secret is nobody else's to read: who can, makes tokens. Throws Failure that names the file and what is wrong in
 * it, and no word of a secret.
 */
export function readTokenFile(path: string): TokenFile {
  const result = v.safeParse(file, parsed(path));
  if (!result.success) {
    const [issue] = result.issues, place = v.getDotPath(issue) ?? "the file";
    throw bad(
      path,
      `${place} is missing or wrong; an issuer has issuer, keyId and secret, or issuer, keys and algorithms`,
    );
  }
  const { audience, issuers } = result.output;
  if (issuers.some((each) => "secret" in each)) checkMode(path);
  return { ...(audience ? { audience } : {}), issuers: issuers.map((each) => issuerOf(path, each)) };
}

function checkMode(path: string): void {
  try {
    secretFile(path, "the secret");
  } catch (error) {
    throw new Failure(EXIT.INPUT, (error as Error).message, { cause: error });
  }
}

function issuerOf(path: string, each: v.InferOutput<typeof file>["issuers"][number]): SecretIssuer | KeyIssuer {
  const { issuer, scopesMax } = each, most = scopesMax ? { scopesMax } : {};
  if ("secret" in each) return { issuer, keyId: each.keyId, secret: secretOf(path, issuer, each.secret), ...most };
  const { keys, algorithms } = each;
  if (keys.startsWith("http:")) throw bad(path, `keys of ${issuer} are at ${keys}; they are fetched by https alone`);
  const source = keys.startsWith("https:") ? { url: keys } : { file: resolve(dirname(path), keys) };
  return { issuer, keys: source, algorithms, ...most };
}

function secretOf(path: string, issuer: string, text: string): Uint8Array {
  try {
    const secret = Uint8Array.fromBase64(text.replace(/=+$/, ""), { alphabet: "base64url" });
    if (secret.length >= 32) return secret;
  } catch {
    // Said below, without it.
  }
  throw bad(
    path,
    `the secret of ${issuer} is not base64url of 32 bytes or more; make one by \`lockstep token --secret\``,
  );
}

function parsed(path: string): unknown {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    throw new Failure(EXIT.INPUT, `Cannot read tokens from ${path}: ${(error as Error).message}`, { cause: error });
  }
  try {
    return parse(text);
  } catch {
    // What the parser says quotes the text.
    throw bad(path, "it is not JSON");
  }
}

function bad(path: string, why: string): Failure {
  return new Failure(EXIT.INPUT, `Cannot read tokens from ${path}: ${why}`);
}
