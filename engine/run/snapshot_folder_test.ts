import { assert, assertEquals, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import touchMaker from "../../strategies/touch_maker.ts";
import { backtest } from "./backtest.ts";
import type { SnapshotHead } from "./snapshot.ts";
import { SnapshotFolder } from "./snapshot_folder.ts";

const tape = fileURLToPath(new URL("../../fixtures/data/market_l2.arrow", import.meta.url));

Deno.test("SnapshotFolder: keeps as many as it is to, by time; a flipped byte or a cut tail is found and the file named", () => {
  const path = `${Deno.makeTempDirSync()}/snapshots`;
  try {
    const store = new SnapshotFolder(path), options = { strategy: touchMaker, tape };
    assertEquals(store.times(), []);
    const whole = backtest({ ...options, snapshots: { every: 2000, store, keep: 8 } });
    const times = store.times();
    assert(times.length >= 4 && times.length <= 8, `${times.length}`);
    for (const time of times) assertEquals(backtest({ ...options, from: { time, store } }).digest, whole.digest);
    const file = `${path}/${Array.from(Deno.readDirSync(path), ({ name }) => name).sort()[0]}`;
    const bytes = Deno.readFileSync(file);
    const from = () => backtest({ ...options, from: { time: times[0], store } });
    for (const at of [0, 3, 100, bytes.length >> 1, bytes.length - 1]) {
      const flipped = bytes.slice();
      flipped[at] ^= 4;
      Deno.writeFileSync(file, flipped);
      assertThrows(from, RangeError, `Cannot start from ${file}`);
    }
    for (const length of [0, 20, bytes.length - 1]) {
      Deno.writeFileSync(file, bytes.subarray(0, length));
      assertThrows(from, RangeError, `Cannot start from ${file}`);
    }
  } finally {
    Deno.removeSync(path.slice(0, -10), { recursive: true });
  }
});

Deno.test("SnapshotFolder: what cannot be written ends the taking alone, and is told once", () => {
  const path = Deno.makeTempFileSync();
  try {
    const told: string[] = [];
    const store = new SnapshotFolder(`${path}/in_a_file`);
    const onFailure = (error: Error) => void told.push(error.message);
    const result = backtest({ strategy: touchMaker, tape, snapshots: { every: "10m", store, onFailure } });
    assertEquals(result.digest, backtest({ strategy: touchMaker, tape }).digest);
    assertEquals(told.length, 1);
    assert(told[0].startsWith(`Cannot write ${path}/in_a_file`), told[0]);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("SnapshotFolder.get: one that was hashed and is none is refused with its name, and so is a folder of its name", () => {
  const path = Deno.makeTempDirSync();
  try {
    const store = new SnapshotFolder(path), state = new Uint8Array(8);
    const refused = (head: unknown) => {
      store.put({ head: head as SnapshotHead, state });
      assertThrows(() => store.get(5n), RangeError, `Cannot start from ${path}/5-`);
      store.drop(5n);
    };
    // What JSON makes of these is no head, or one of another time.
    refused({ time: "5", toJSON: () => null });
    refused({ time: "5", toJSON: () => ({ time: {} }) });
    refused({ time: "5", toJSON: () => ({ time: "6" }) });
    Deno.mkdirSync(`${path}/5-0123456789abcdef.snapshot`);
    assertThrows(() => store.get(5n), RangeError, "it cannot be read");
  } finally {
    Deno.removeSync(path, { recursive: true });
  }
});

Deno.test("SnapshotFolder: a file in its place is named, with what to do", () => {
  const path = Deno.makeTempFileSync();
  try {
    const store = new SnapshotFolder(path),
      said = `snapshots in ${path}: it is a file, where a folder belongs; move it`;
    assertThrows(() => store.times(), RangeError, `Cannot read ${said}`);
    const told: string[] = [];
    const onFailure = (error: Error) => void told.push(error.message);
    backtest({ strategy: touchMaker, tape, snapshots: { every: "10m", store, onFailure } });
    assertEquals(told, [`Cannot write ${said} away, or name another`]);
    assertThrows(() => backtest({ strategy: touchMaker, tape, from: { time: "+10m", store } }), RangeError, said);
  } finally {
    Deno.removeSync(path);
  }
});
