import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

/** Files of a certificate and its private key, in PEM. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** What `node:https` takes. */
export interface TlsSettings {
  readonly cert: string;
  readonly key: string;
  readonly minVersion: "TLSv1.2";
}

/**
 * Reads a certificate, with those that sign it, and its key; undefined where neither is named.
 *
 * Throws RangeError that names the file: one of the two alone, a file that cannot be read, holds something else, or the two do
 * not go together. Errors hold nothing of the key.
 */
export function readTls({ certFile, keyFile }: Partial<TlsFiles>): TlsSettings | undefined {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new RangeError(
      `Cannot serve by TLS: the ${certFile === undefined ? "certificate" : "key"} is missing; name both files`,
    );
  }
  const cert = pem(certFile, /-----BEGIN CERTIFICATE-----/, "certificate");
  const key = pem(keyFile, /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/, "unencrypted private key");
  if (!goTogether(cert, key)) {
    throw new RangeError(
      `Cannot serve by TLS: ${certFile} and ${keyFile} do not go together; name a certificate's own key`,
    );
  }
  return { cert, key, minVersion: "TLSv1.2" };
}

/** The first certificate of a file is the server's own. */
function goTogether(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function pem(file: string, begins: RegExp, what: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new RangeError(`Cannot serve by TLS: ${file} cannot be read; look at its path and permissions`);
  }
  if (!begins.test(text)) throw new RangeError(`Cannot serve by TLS: ${file} holds no ${what} in PEM`);
  return text;
}
