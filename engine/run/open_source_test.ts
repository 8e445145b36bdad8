import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { constants, crc32, deflateRawSync, gzipSync, zstdCompressSync } from "node:zlib";
import { SourceError } from "../feed/decoder.ts";
import { OpenError, openSource, type SourceProgress } from "./open_source.ts";
import { sharedData } from "../../tests/shared_data.ts";

/** Text that packs to about a third, so that a few MB span several blocks and pieces. */
function text(bytes: number): Uint8Array {
  const out = new Uint8Array(bytes);
  for (let i = 0, state = 1; i < bytes; i++) {
    state = Math.imul(state, 1103515245) + 12345 | 0;
    out[i] = i % 12 === 11 ? 10 : 48 + (state >>> 24) % 10;
  }
  return out;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function zip(entries: { name: string; data: Uint8Array; stored?: boolean; behind?: boolean; zip64?: boolean }[]) {
  const parts: Uint8Array[] = [];
  for (const { name, data, stored, behind, zip64 } of entries) {
    const packed = stored ? data : deflateRawSync(data);
    const header = new DataView(new ArrayBuffer(30));
    header.setUint32(0, 0x04034b50, true);
    header.setUint16(6, behind ? 8 : 0, true);
    header.setUint16(8, stored ? 0 : 8, true);
    header.setUint32(14, behind ? 0 : crc32(data), true);
    header.setUint32(18, behind ? 0 : zip64 ? 0xffffffff : packed.length, true);
    header.setUint32(22, behind ? 0 : zip64 ? 0xffffffff : data.length, true);
    header.setUint16(26, name.length, true);
    const extra = new DataView(new ArrayBuffer(zip64 ? 20 : 0));
    if (zip64) {
      extra.setUint16(0, 1, true);
      extra.setUint16(2, 16, true);
      extra.setBigUint64(4, BigInt(data.length), true);
      extra.setBigUint64(12, BigInt(packed.length), true);
    }
    header.setUint16(28, extra.byteLength, true);
    parts.push(new Uint8Array(header.buffer), new TextEncoder().encode(name), new Uint8Array(extra.buffer), packed);
  }
  return joined(...parts, new TextEncoder().encode("PK\x01\x02 the central directory is not looked at"));
}

async function inFolder<T>(files: Record<string, Uint8Array>, body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(`${folder}/${name}`, bytes);
    return await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** All that a source yields, and the error that ended it. */
async function read(path: string, onProgress?: (progress: SourceProgress) => void) {
  const pieces: Uint8Array[] = [];
  let error: Error | undefined;
  try {
    for await (const piece of openSource(path, { onProgress })) pieces.push(piece);
  } catch (thrown) {
    error = thrown as Error;
  }
  return { bytes: joined(...pieces), error, longest: Math.max(0, ...pieces.map((piece) => piece.length)) };
}

async function readBytes(bytes: Uint8Array) {
  return await inFolder({ source: bytes }, (folder) => read(`${folder}/source`));
}

const DATA = text(3_000_000);
const SKIPPED = joined(new Uint8Array([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), text(3));

const WHOLE: Record<string, Uint8Array> = {
  "plain": DATA,
  "gzip": gzipSync(DATA),
  "gzip of several members": joined(
    gzipSync(DATA.subarray(0, 10)),
    gzipSync(DATA.subarray(10, 10)),
    gzipSync(DATA.subarray(10)),
  ),
  "gzip padded with zeros": joined(gzipSync(DATA), new Uint8Array(512)),
  // As the zstd command writes it: without a checksum nobody can see some kinds of damage.
  "zstd": zstdCompressSync(DATA, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
  "zstd of several frames": joined(
    SKIPPED,
    zstdCompressSync(DATA.subarray(0, 2_000_000)),
    SKIPPED,
    zstdCompressSync(DATA.subarray(2_000_000, 2_000_001)),
    zstdCompressSync(DATA.subarray(2_000_001)),
  ),
  "npz, deflated": zip([{ name: "data.npy", data: DATA }]),
  "npz, stored, zip64": zip([{ name: "data.npy", data: DATA, stored: true, zip64: true }]),
  "npz, deflated, zip64": zip([{ name: "data.npy", data: DATA, zip64: true }]),
  "npz, sizes behind the data": zip([{ name: "data.npy", data: DATA, behind: true }]),
  "npz, behind another entry": zip([{ name: "a.txt", data: text(300_000) }, { name: "b.npy", data: DATA }]),
};

for (const [name, bytes] of Object.entries(WHOLE)) {
  Deno.test(`openSource: ${name} gives its bytes in pieces of bounded size`, async () => {
    const { bytes: got, error, longest } = await readBytes(bytes);
    assertEquals(error, undefined);
    assertEquals(Buffer.compare(got, DATA), 0);
    assert(longest <= 1 << 20, `${longest}`);
  });
}

Deno.test("openSource: a highly packed file expands piece by piece", async () => {
  const zeros = new Uint8Array(50_000_000);
  for (const packed of [gzipSync(zeros), zstdCompressSync(zeros)]) {
    const { bytes, error, longest } = await readBytes(packed);
    assertEquals([bytes.length, error], [zeros.length, undefined]);
    assert(longest <= 1 << 20, `${longest}`);
  }
});

for (const name of ["gzip", "zstd", "npz, deflated", "npz, stored, zip64"]) {
  Deno.test(`openSource: ${name} that was cut short gives what can be decoded, then one error`, async () => {
    for (const kept of [0.001, 0.5, 0.99]) {
      const bytes = WHOLE[name].subarray(0, Math.round(WHOLE[name].length * kept));
      const { bytes: got, error } = await readBytes(bytes);
      assert(error instanceof SourceError, `${error}`);
      assert(error?.message.includes(`byte ${bytes.length}: `), error?.message);
      assert(error?.message.includes("cut short"), error?.message);
      assert(got.length >= DATA.length * kept - 600_000, `${got.length} at ${kept}`);
      assertEquals(Buffer.compare(got, DATA.subarray(0, got.length)), 0);
    }
  });
}

Deno.test("openSource: a gzip that ends inside its checksum, or its second header, was cut short", async () => {
  const packed = gzipSync(DATA);
  for (const bytes of [packed.subarray(0, -1), joined(packed, packed.subarray(0, 5)), packed.subarray(0, 3)]) {
    const { error } = await readBytes(bytes);
    assert(error instanceof SourceError && error.message.includes("cut short"), `${error}`);
  }
});

Deno.test("openSource: a zstd cut at any of its last bytes is an error", async () => {
  const packed = joined(zstdCompressSync(text(1000)), zstdCompressSync(text(1000)));
  for (let cut = 1; cut <= packed.length - 4; cut++) {
    if (packed.length - cut === packed.length / 2) continue; // one whole frame is left;
    const { error } = await readBytes(packed.subarray(0, -cut));
    assert(error instanceof SourceError, `cut ${cut}: ${error}`);
  }
});

Deno.test("openSource: damaged bytes are an error with their offset", async () => {
  for (const name of ["gzip", "zstd", "npz, deflated", "npz, stored, zip64"]) {
    for (const at of [0.2, 0.3, 0.4, 0.5, 0.6, 0.7]) {
      const bytes = Uint8Array.from(WHOLE[name]);
      const from = Math.round(bytes.length * at);
      for (let i = from; i < from + 40; i++) bytes[i] ^= 0xa5;
      const { error } = await readBytes(bytes);
      assert(error instanceof SourceError, `${name}: ${error}`);
      assert(/byte \d+: .*; the file is damaged; get it again$/.test(error?.message ?? ""), error?.message);
    }
  }
});

Deno.test("openSource: bytes that follow a gzip or zstd without being one are an error", async () => {
  for (const name of ["gzip", "zstd"]) {
    const { bytes, error } = await readBytes(joined(WHOLE[name], text(20)));
    assert(error instanceof SourceError && error.message.includes("damaged"), `${error}`);
    assert(bytes.length > DATA.length - 1_000_000);
  }
});

Deno.test("openSource: a zip without an .npy entry names what it holds", async () => {
  const { error } = await readBytes(zip([{ name: "a.csv", data: DATA }, { name: "b.csv", data: DATA }]));
  assert(error instanceof SourceError && error.message.includes("it holds a.csv, b.csv"), `${error}`);
  const empty = await readBytes(new TextEncoder().encode("PK\x05\x06" + "\0".repeat(18)));
  assert(empty.error instanceof SourceError && empty.error.message.includes("no .npy entry"), `${empty.error}`);
});

Deno.test("openSource: what cannot be opened says why and what to do", async () => {
  await inFolder({ "trades_2024.csv.gz": gzipSync(DATA), "empty.csv": new Uint8Array(0) }, async (folder) => {
    const problem = async (name: string) => {
      const error = await assertRejects(() => openSource(`${folder}/${name}`).next(), OpenError);
      return error.message.replaceAll(folder, "F");
    };
    const missing = "there is no such file";
    assertEquals(
      await problem("trades_2042.csv.gz"),
      `Cannot open F/trades_2042.csv.gz: ${missing}; did you mean F/trades_2024.csv.gz?`,
    );
    assertEquals(
      await problem("trades_2024.csv"),
      `Cannot open F/trades_2024.csv: ${missing}; did you mean F/trades_2024.csv.gz?`,
    );
    assertEquals(await problem("zzz"), `Cannot open F/zzz: ${missing}; look at what is in F`);
    assertEquals(await problem("no/zzz"), `Cannot open F/no/zzz: ${missing}; there is no folder F/no either`);
    assertEquals(
      await problem("empty.csv"),
      "Cannot open F/empty.csv: it is empty; was its download or its recording stopped?",
    );
    assertEquals(await problem(""), "Cannot open F/: it is a folder; name a file in it");
    assertEquals(
      await problem("empty.csv/x"),
      "Cannot open F/empty.csv/x: a part of its path is a file, not a folder; look at the path",
    );
  });
});

Deno.test("openSource: progress counts bytes on disk up to the file's size", async () => {
  await inFolder({ source: WHOLE.gzip }, async (folder) => {
    const heard: SourceProgress[] = [];
    await read(`${folder}/source`, (progress) => heard.push(progress));
    const size = WHOLE.gzip.length;
    assertEquals(heard.at(-1), { read: size, total: size });
    assert(heard.every(({ read }, i) => i === 0 || read > heard[i - 1].read), `${heard.length}`);
  });
});

Deno.test("openSource: a reader that stops early closes the file", async () => {
  await inFolder({ source: WHOLE.gzip }, async (folder) => {
    for await (const piece of openSource(`${folder}/source`)) {
      assert(piece.length > 0);
      break;
    }
  });
});

const npz = sharedData("hftbacktest/usdm_btcusdt_20240808.npz");
Deno.test({
  name: `openSource: the recorded npz is 31,486,528 bytes of npy${npz ? "" : " (ignored: capture not at hand)"}`,
  ignore: npz === undefined,
  async fn() {
    const { bytes, error } = await read(npz!);
    assertEquals([bytes.length, error], [31_486_528, undefined]);
    assertEquals(new TextDecoder().decode(bytes.subarray(1, 6)), "NUMPY");
  },
});
