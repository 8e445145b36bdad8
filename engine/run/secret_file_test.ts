import { assert, assertThrows } from "@std/assert";
import { secretFile } from "./secret_file.ts";

Deno.test({
  name: "secretFile: one that others may read, or that is not there, is an error that says neither its text nor more",
  ignore: Deno.build.os === "windows",
  fn() {
    const path = Deno.makeTempFileSync();
    try {
      Deno.writeTextFileSync(path, "hush");
      for (const mode of [0o644, 0o640, 0o604]) {
        Deno.chmodSync(path, mode);
        const { message } = assertThrows(() => secretFile(path, "the token"), RangeError, "others may read it (mode");
        assert(!message.includes("hush") && message.endsWith(`chmod 600 ${path}`));
      }
    } finally {
      Deno.removeSync(path);
    }
    assertThrows(() => secretFile(path, "the token"), RangeError, "Cannot use the token of");
  },
});
