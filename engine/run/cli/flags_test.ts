import { assertEquals, assertThrows } from "@std/assert";
import { inFolder, lockstep, project } from "./_lockstep.ts";
import { EXIT } from "./exit_codes.ts";
import { stepText } from "./flags.ts";

Deno.test("stepText: decimals above 0 pass as they are written, all else is refused", () => {
  for (const text of ["0.01", "1", ".5", "1e-8", "10"]) assertEquals(stepText(text), text);
  for (const text of ["abc", "", "0", "-1", "1,5", "0x1", "Infinity", "."]) {
    assertThrows(() => stepText(text), Error, "decimal above 0");
  }
});

Deno.test("lockstep convert: a step that is none is told with its option, before any file is looked at", () =>
  inFolder(async (folder) => {
    for (const option of ["--tick", "--lot"]) {
      const line = ["convert", project("README.md"), "--format", "bars", "--out", `${folder}/x.arrow`, option, "abc"];
      const { code, err } = await lockstep(...line);
      assertEquals([code, err], [
        EXIT.USAGE,
        `error: option '${option} <step>' argument 'abc' is invalid. It is a decimal above 0, as 0.01.\n`,
      ]);
    }
  }));
