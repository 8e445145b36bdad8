import { assert, assertEquals } from "@std/assert";
import { WriteError } from "../disk_file.ts";
import { EXIT } from "./exit_codes.ts";
import { beforeRun, explain, Failure } from "./failure.ts";

Deno.test("beforeRun: options are at fault where they are, and not where a disk is full", () => {
  const full = new WriteError("out/a.arrow", 0, new Error("No space left on device (os error 28)"));
  assertEquals([beforeRun(full), explain(full).code], [full, EXIT.OUTPUT]);
  const wrong = beforeRun(new RangeError("Cannot use a spread of -1: it is above 0"));
  assert(wrong instanceof Failure && wrong.code === EXIT.USAGE);
});
