/**
 * The command that writes what others read of the protocol again: `deno run -A transport/protocol/make.ts`.
 *
 * It makes lockstep.proto, the AsyncAPI and OpenAPI documents and the golden files, from the schemas and the samples; git shows what that changed.
 */
import { madeFiles } from "./made_files.ts";

if (import.meta.main) {
  for (const [path, text] of await madeFiles()) {
    const url = new URL(path, import.meta.url);
    await Deno.mkdir(new URL("./", url), { recursive: true });
    await Deno.writeTextFile(url, text);
  }
}
