import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from "jose";

/** Wall time of the tests: a whole second. */
export const NOW = 1_700_000_000_000;
const AT = NOW / 1000;

/** An issuer of the tests, with a key pair. */
export interface Signer {
  readonly jwk: JWK;
  /** The public key as text, which a confused server might take for a secret. */
  readonly pem: string;
  /** Signs claims over the usual ones; a claim or a header that is undefined is left out. */
  sign(claims?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>;
}

/** Makes an issuer with a key of its own. */
export async function makeSigner(algorithm: "EdDSA" | "RS256", issuer: string, keyId: string): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = { ...await exportJWK(publicKey), kid: keyId, alg: algorithm, use: "sig" };
  return {
    jwk,
    pem: await exportSPKI(publicKey),
    sign: (claims, header) => signed(privateKey, { alg: algorithm, kid: keyId, ...header }, { iss: issuer, ...claims }),
  };
}

/** Signs claims over the usual ones with a key or secret. */
export function signed(
  key: CryptoKey | Uint8Array,
  header: Readonly<Record<string, unknown>> & { readonly alg: string },
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  const usual = { aud: "lockstep", sub: "ann", iat: AT, exp: AT + 600, scope: "read trade:s1", jti: "t1" };
  const payload = Object.fromEntries(
    Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined),
  );
  return new SignJWT(payload).setProtectedHeader(header).sign(key);
}

/** A part of a token: JSON in base64url. */
export function encoded(value: unknown): string {
  return new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}
