import { assertEquals } from "@std/assert";
import { SAMPLES } from "./_samples.ts";
import { CODEC_NAMES } from "./codec.ts";
import { loadCodec } from "./codecs.ts";
import { madeFiles } from "./made_files.ts";

const files = await madeFiles();

Deno.test("madeFiles: what stands here is what the schemas make now; else run transport/protocol/make.ts", async () => {
  const here = new Set<string>();
  for await (const { name } of Deno.readDir(new URL("goldens/", import.meta.url))) here.add(`goldens/${name}`);
  for (const [path, text] of files) {
    assertEquals(await Deno.readTextFile(new URL(path, import.meta.url)), text, path);
    here.delete(path);
  }
  assertEquals([...here], []);
});

Deno.test("madeFiles: each golden, read from its file, is its message in all three codecs", async () => {
  for (const { name, sender, message } of SAMPLES) {
    const golden = JSON.parse(await Deno.readTextFile(new URL(`goldens/${name}.json`, import.meta.url)));
    for (const codecName of CODEC_NAMES) {
      const codec = await loadCodec(codecName);
      const bytes = codecName === "json"
        ? new TextEncoder().encode(JSON.stringify(golden.json))
        : unhex(golden[codecName]);
      assertEquals(codec.encode(message), bytes, `${name} ${codecName}`);
      const sent = codec.decode(codec.frame([codec.encode(message)]), sender);
      assertEquals(codec.decode(codec.frame([bytes]), sender), sent, `${name} ${codecName}`);
    }
  }
});

Deno.test("goldens: they hold 2^53 + 1 and a time in ns", () => {
  const all = [...files.values()].join("");
  // As text in JSON, as eight bytes with the high or the low first in the others.
  for (const wanted of ['"9007199254740993"', "cf0020000000000001", "190100000000002000"]) {
    assertEquals(all.includes(wanted), true, wanted);
  }
  for (const wanted of ['"1700000000123456789"', "cf17979cfe3d85cd15", "1915cd853dfe9c9717"]) {
    assertEquals(all.includes(wanted), true, wanted);
  }
});

function unhex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (digits) => parseInt(digits, 16));
}
