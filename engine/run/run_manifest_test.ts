import { assertEquals } from "@std/assert";
import { checkFiles } from "./run_manifest.ts";

Deno.test("checkFiles: a manifest or result that is JSON and not an object is told as such", () => {
  const folder = Deno.makeTempDirSync();
  try {
    for (const text of ["null", "[]", "5", '{"files":null}', '{"files":[]}']) {
      Deno.writeTextFileSync(`${folder}/manifest.json`, text);
      Deno.writeTextFileSync(`${folder}/result.json`, text.startsWith("{") ? "null" : text);
      const whats = checkFiles(folder, undefined, undefined).contradictions
        .filter(({ what }) => what !== "it is missing").map(({ file, what }) => `${file}: ${what}`);
      assertEquals(whats, ["manifest.json: it names no files", "result.json: it is no result"]);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
