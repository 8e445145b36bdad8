import { assertEquals, assertThrows } from "@std/assert";
import { selfSigned } from "../link/_certificate.ts";
import { readTls } from "./tls.ts";

Deno.test("readTls: a certificate with its key; neither; or an error that names the file and nothing of the key", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [own, other] = [selfSigned(), selfSigned()];
    const files = { cert: own.cert, key: own.key, other: other.key, empty: "" };
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}.pem`, text);
    const read = (certFile?: string, keyFile?: string) =>
      readTls({ certFile: certFile && `${folder}/${certFile}.pem`, keyFile: keyFile && `${folder}/${keyFile}.pem` });
    assertEquals(read("cert", "key"), { cert: own.cert, key: own.key, minVersion: "TLSv1.2" });
    assertEquals(read(), undefined);
    assertThrows(() => read("cert"), RangeError, "the key is missing");
    assertThrows(() => read(undefined, "key"), RangeError, "the certificate is missing");
    assertThrows(() => read("cert", "nowhere"), RangeError, "nowhere.pem cannot be read");
    assertThrows(() => read("key", "key"), RangeError, "holds no certificate");
    assertThrows(() => read("cert", "empty"), RangeError, "holds no unencrypted private key");
    assertThrows(() => read("cert", "other"), RangeError, "do not go together");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
