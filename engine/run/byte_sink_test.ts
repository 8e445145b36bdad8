import { assert, assertEquals, assertThrows } from "@std/assert";
import { FileSink, GuardedSink } from "./byte_sink.ts";

const full = Deno.build.os === "linux" ? "" : " (ignored: there is no /dev/full)";

Deno.test("FileSink: never overwrites unless told to", () => {
  const path = `${Deno.makeTempDirSync()}/x`;
  new FileSink(path).close();
  assertThrows(() => new FileSink(path), Deno.errors.AlreadyExists);
  new FileSink(path, { overwrite: true }).close();
});

Deno.test({
  name: `GuardedSink: a full disk is kept and not thrown${full}`,
  ignore: full !== "",
  fn: () => {
    const sink = new GuardedSink(() => new FileSink("/dev/full", { overwrite: true }));
    assertEquals(sink.failure, undefined);
    sink.write(new Uint8Array(10));
    assert(sink.failure?.message.includes("No space left"));
    sink.write(new Uint8Array(10));
    sink.close();
  },
});

Deno.test("GuardedSink: a sink that cannot be opened is kept and not thrown", () => {
  const sink = new GuardedSink(() => {
    throw new Error("no");
  });
  sink.write(new Uint8Array(1));
  sink.close();
  assertEquals(sink.failure?.message, "no");
});
