import { generateKeyPairSync, sign } from "node:crypto";

/** A certificate for 127.0.0.1 that signs itself, and its key, PEM: for tests of TLS alone, made anew each time. */
export function selfSigned(): { readonly cert: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(der(0x06, [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));
  const name = sequence(der(0x31, sequence([...der(0x06, [0x55, 0x04, 0x03]), ...der(0x0c, ascii("127.0.0.1"))])));
  const validity = sequence([...der(0x17, ascii("200101000000Z")), ...der(0x17, ascii("490101000000Z"))]);
  const address = sequence(der(0x87, [127, 0, 0, 1]));
  const alternative = sequence([...der(0x06, [0x55, 0x1d, 0x11]), ...der(0x04, address)]);
  const body = sequence([
    ...der(0xa0, der(0x02, [2])),
    ...der(0x02, [1]),
    ...algorithm,
    ...name,
    ...validity,
    ...name,
    ...publicKey.export({ type: "spki", format: "der" }),
    ...der(0xa3, sequence(alternative)),
  ]);
  const signature = sign("sha256", new Uint8Array(body), privateKey);
  const certificate = sequence([...body, ...algorithm, ...der(0x03, [0, ...signature])]);
  const base64 = new Uint8Array(certificate).toBase64().replace(/.{64}/g, "$&\n");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
  };
}

/** A value of ASN.1 in DER: its tag, its length and its bytes. */
function der(tag: number, bytes: readonly number[]): number[] {
  const { length } = bytes;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return [tag, ...size, ...bytes];
}

const sequence = (bytes: readonly number[]) => der(0x30, bytes);
const ascii = (text: string) => [...new TextEncoder().encode(text)];
