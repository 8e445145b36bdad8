import { inOwnProcess } from "../../tests/own_process.ts";
import { selfSigned } from "../link/_certificate.ts";

/** A certificate that the process trusts, in files. */
function trusting() {
  const folder = Deno.makeTempDirSync(), { cert, key } = selfSigned(), certFile = `${folder}/cert.pem`;
  Deno.writeTextFileSync(certFile, cert);
  Deno.writeTextFileSync(`${folder}/key.pem`, key, { mode: 0o600 });
  return {
    args: ["--cert", certFile],
    env: { LOCKSTEP_TEST_TLS: folder },
    dispose: () => Deno.removeSync(folder, { recursive: true }),
  };
}

inOwnProcess("Peers off loopback and by TLS", new URL("_peers_network_cases.ts", import.meta.url), trusting);
