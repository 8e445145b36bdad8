import { assert, assertEquals } from "@std/assert";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";

const KIB = 1024;
const core = await measure();

Deno.test(`mod: the core is ${(core / KIB).toFixed(1)} KiB gzipped, of at most 30`, () => {
  assert(core < 30 * KIB, `${core} B`);
});

/**
 * Bytes of what a page loads at once, each file gzipped by itself as a server sends it. Protobuf and what inflates frames come when
 * they are asked for, as files of their own; Protobuf's library is left out, as else the bundler puts a shim for it into the core.
 */
async function measure(): Promise<number> {
  const folder = await Deno.makeTempDir();
  try {
    const entry = fileURLToPath(new URL("./mod.ts", import.meta.url));
    const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
    const args = ["bundle", "--quiet", "--platform", "browser", "--minify", "--code-splitting"];
    args.push("--external", "protobufjs/minimal", "--config", config, "--outdir", folder, entry);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    assert(success, new TextDecoder().decode(stderr));
    const apart = ["protobuf_codec-", "inflate-"];
    let bytes = 0, found = 0;
    for await (const { name } of Deno.readDir(folder)) {
      if (apart.some((start) => name.startsWith(start))) found++;
      else bytes += gzipSync(await Deno.readFile(`${folder}/${name}`), { level: 9 }).length;
    }
    assertEquals(found, apart.length, "what is loaded on demand stands apart");
    return bytes;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
