import { assertEquals } from "@std/assert";
import { zstdDecompressSync } from "node:zlib";
import { Rng } from "../core/rng.ts";
import { type FrameFile, FrameWriter, type FrameWriterOptions } from "./frame_writer.ts";
import { openSource } from "./open_source.ts";
import { cutTornFrames } from "./torn_frames.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Files in memory, that do what a test says. */
function memory(hold?: Promise<void>) {
  const files = new Map<string, { parts: Uint8Array[]; syncs: number; closed: boolean }>();
  const failures: string[] = [];
  const open = (path: string): Promise<FrameFile> => {
    const file = files.get(path) ?? { parts: [], syncs: 0, closed: false };
    files.set(path, file);
    return Promise.resolve({
      async write(part) {
        await hold;
        // As a system may: not all at once.
        const some = part.subarray(0, Math.max(1, part.length >> 1));
        file.parts.push(some.slice());
        return some.length;
      },
      syncData: () => Promise.resolve(void file.syncs++),
      truncate: () => Promise.resolve(),
      close: () => void (file.closed = true),
    });
  };
  const writer = (options: Partial<FrameWriterOptions> = {}) =>
    new FrameWriter({ sync: "none", onFailed: (error) => failures.push(error.message), open, ...options });
  return { files, failures, writer };
}

Deno.test("FrameWriter: chunks are frames of zstd, each file's in the order in which they came", async () => {
  const { files, failures, writer } = memory();
  const out = writer();
  for (let i = 0; i < 20; i++) out.write(i % 2 ? "odd" : "even", bytes(`${i}\n`));
  out.end("odd");
  await out.close();
  const text = (name: string) =>
    new TextDecoder().decode(zstdDecompressSync(new Uint8Array(files.get(name)!.parts.flatMap((part) => [...part]))));
  assertEquals([text("even"), text("odd")].map((all) => all.split("\n")[0]), ["0", "1"]);
  assertEquals([files.get("even")!.closed, files.get("odd")!.closed, failures], [true, true, []]);
});

Deno.test("FrameWriter: synced as often as it is told to", async () => {
  for (const [sync, least] of [["none", 0], ["segment", 3], ["interval=1h", 1]] as const) {
    const { files, writer } = memory();
    const out = writer({ sync });
    for (const text of ["1", "2", "3"]) out.write("a", bytes(text));
    await out.close();
    assertEquals(files.get("a")!.syncs, least, sync);
  }
});

Deno.test("FrameWriter: when the disk does not keep up it is said, once, and nothing more is taken", async () => {
  let go = () => {};
  const { files, failures, writer } = memory(new Promise((resolve) => go = resolve));
  const out = writer({ waitingMax: 100 });
  for (let i = 0; i < 5; i++) out.write("a", new Uint8Array(40));
  assertEquals(failures, ["Cannot write a: 0 MiB wait to be written, so the disk does not keep up; use a faster one"]);
  go();
  await out.close();
  assertEquals(files.get("a")!.closed, true);
});

Deno.test("FrameWriter: a disk that is full is told with the file and how far it came", async () => {
  const failures: string[] = [];
  const out = new FrameWriter({
    sync: "none",
    onFailed: (error) => failures.push(error.message),
    open: () =>
      Promise.resolve({
        write: () => Promise.reject(new Error("No space left on device (os error 28)")),
        syncData: () => Promise.resolve(),
        truncate: () => Promise.resolve(),
        close: () => {},
      }),
  });
  out.write("a.zst", bytes("line\n"));
  out.write("a.zst", bytes("line\n"));
  await out.close();
  assertEquals(failures, [
    "Cannot write a.zst: No space left on device (os error 28) after 0 bytes; free some space, or write to another disk",
  ]);
});

Deno.test("cutTornFrames: a file cut at any byte, or ended in noise, is read up to its last whole frame", async () => {
  const folder = Deno.makeTempDirSync(), path = `${folder}/whole.zst`, torn = `${folder}/torn.zst`, rng = new Rng(4);
  const writer = new FrameWriter({ sync: "segment", onFailed: (error) => assertEquals(error, undefined) });
  const lines = Array.from({ length: 40 }, (_, i) => `${i} ${"x".repeat(rng.int(300_000) * (i % 3))}\n`);
  const ends: number[] = [];
  for (const line of lines) {
    writer.write(path, bytes(line));
    await writer.idle();
    ends.push(Deno.statSync(path).size);
  }
  await writer.close();
  const all = Deno.readFileSync(path);
  for (let i = 0; i < 30; i++) {
    const size = rng.int(all.length + 1), kept = ends.filter((end) => end <= size);
    // A machine that went down leaves the end of a file as zeros.
    const tail = new Uint8Array(i % 2 ? 0 : rng.int(500));
    Deno.writeFileSync(torn, new Uint8Array([...all.subarray(0, size), ...tail]));
    const cut = cutTornFrames(torn);
    assertEquals(size + tail.length - cut, kept.at(-1) ?? 0);
    if (kept.length === 0) continue;
    let text = "";
    for await (const piece of openSource(torn)) text += new TextDecoder().decode(piece);
    assertEquals(text === lines.slice(0, kept.length).join(""), true);
  }
  Deno.removeSync(folder, { recursive: true });
});
