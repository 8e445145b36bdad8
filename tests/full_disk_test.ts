/** What the commands that write do when the disk is full: one message, exit code 6, and what was computed kept. */
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { inFolder, lockstep, project, type Said, TAPE } from "../engine/run/cli/_lockstep.ts";
import { backtest, RunError } from "../engine/run/backtest.ts";
import { journalFile } from "../engine/run/journal_file.ts";
import touchMaker from "../strategies/touch_maker.ts";
import { onSmallDisk, SMALL_DISK, withRoomFor } from "./full_disk.ts";
import { EXIT } from "../engine/run/cli/exit_codes.ts";

const HEAD = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n";
const BATCH = 65_536;
/** Bytes of a tape's batch of depth updates, and what stands around it. */
const BATCH_BYTES = BATCH * 35 + 2000;

/** Three and a half batches of depth updates. */
function capture(): string {
  const line = (i: number) => {
    const time = 1_723_161_255_000_000 + 1000 * i;
    return `binance-futures,BTCUSDT,${time},${time + 500},false,bid,${61_000 + i % 100},${1 + i % 9}`;
  };
  return HEAD + Array.from({ length: 3.5 * BATCH }, (_, i) => line(i)).join("\n");
}

async function convertTo(folder: string, source: string): Promise<Said> {
  return await lockstep("convert", source, "--format", "tardis", "--out", `${folder}/x.arrow`);
}

/** What stands in `folder` after a conversion that kept whole batches, and what was said. */
async function assertKept(folder: string, { code, out, err }: Said, batches: number): Promise<void> {
  const rows = (batches * BATCH).toLocaleString("en-US");
  assertEquals([code, out, err.trimEnd().split("\n").length], [EXIT.OUTPUT, "", 1]);
  assertMatch(
    err,
    /^error: Cannot write \/.*\/x\.arrow: No space left on device \(os error 28\) after [\d,]{9} bytes; free some space, or write/,
  );
  assertStringIncludes(err, `. The ${rows} rows before it are kept in ${folder}/x.partial.arrow\n`);
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["x.partial.arrow"]);
  const told = await lockstep("inspect", `${folder}/x.partial.arrow`, "--check-hash");
  assertEquals(told.code, EXIT.OK);
  assertMatch(told.out, /^INCOMPLETE +Cannot write x\.arrow: No space left on device .* after [\d,]+ bytes; free/m);
  assertStringIncludes(told.out, `\nrows        ${rows} in ${batches} batch`);
  assertMatch(told.out, /\(checked\)$/m);
}

Deno.test("lockstep convert: on a full disk all whole batches are kept, and the tape of them says that it is incomplete", () =>
  inFolder(async (folder) => {
    const source = `${folder}/day.csv`, disk = `${folder}/disk`;
    Deno.writeTextFileSync(source, capture());
    const keeps = async (room: number, batches: number): Promise<Uint8Array> => {
      Deno.mkdirSync(disk);
      await withRoomFor(room, async () => await assertKept(disk, await convertTo(disk, source), batches));
      const kept = Deno.readFileSync(`${disk}/x.partial.arrow`);
      Deno.removeSync(disk, { recursive: true });
      return kept;
    };
    await keeps(1.5 * BATCH_BYTES, 1);
    // What there was of a third batch is cut off, and the footer goes there.
    const kept = await keeps(2.5 * BATCH_BYTES, 2);
    // Where that is too little for a footer, a batch goes for it.
    const footer = 18 + new DataView(kept.buffer).getInt32(kept.length - 10, true);
    await keeps(kept.length - footer + 3, 1);
  }));

Deno.test("lockstep convert: without room for one batch nothing is left, and it is said", () =>
  inFolder(async (folder) => {
    const source = `${folder}/day.csv`, disk = `${folder}/disk`;
    Deno.writeTextFileSync(source, capture());
    Deno.mkdirSync(disk);
    for (const room of [BATCH_BYTES / 2, 10, 0]) {
      await withRoomFor(room, async () => {
        const { code, err } = await convertTo(disk, source);
        assertEquals([code, [...Deno.readDirSync(disk)]], [EXIT.OUTPUT, []]);
        const said =
          "bytes; free some space, or write to another disk. Nothing is kept: not one batch of 65,536 rows was whole\n";
        assertStringIncludes(err, `after ${room.toLocaleString("en-US")} ${said}`);
      });
    }
  }));

Deno.test("lockstep run: on a full disk the result is kept, and the files that are cut short are named", () =>
  inFolder(async (folder) => {
    const line = ["run", project("strategies/touch_maker.ts"), "--tape", TAPE, "--out", folder];
    await withRoomFor(300_000, async () => {
      const { code, out, err } = await lockstep(...line);
      assertEquals(code, EXIT.OUTPUT);
      assertMatch(
        err,
        /^error: Cannot write \S+-1 \(orders.arrow, .*journal.*: cut short or missing\): No space left on device/,
      );
      assertMatch(err, /; free some space, or give --out a folder .* The result above is complete\n$/);
      assertStringIncludes(out, "60,000 events");
    });
    const { trades, incomplete } = JSON.parse(Deno.readTextFileSync(`${folder}/touch_maker-market_l2-1/result.json`));
    assert(trades > 0);
    assertEquals(incomplete, undefined);
  }));

Deno.test({
  name: `lockstep convert, run: the same on a small disk of the system's own${
    SMALL_DISK ? "" : " (ignored: none can be mounted here)"
  }`,
  ignore: !SMALL_DISK,
  fn: () =>
    inFolder(async (folder) => {
      Deno.writeTextFileSync(`${folder}/day.csv`, capture());
      await onSmallDisk(
        6 << 20,
        async (disk) => await assertKept(disk, await convertTo(disk, `${folder}/day.csv`), 2),
      );
      await onSmallDisk(300_000, async (disk) => {
        const line = ["run", project("strategies/touch_maker.ts"), "--tape", TAPE, "--out", disk];
        assertMatch((await lockstep(...line)).err, /cut short or missing\): No space left on device/);
        assert(JSON.parse(Deno.readTextFileSync(`${disk}/touch_maker-market_l2-1/result.json`)).trades > 0);
      });
    }),
});

Deno.test("journalFile: on a full disk the run ends, incomplete, and the error has file, bytes and remedy once", () =>
  inFolder(async (folder) => {
    await withRoomFor(150_000, () => {
      using journal = journalFile(`${folder}/journal`, { strategy: "strategies/touch_maker.ts" });
      const error = assertThrows(() => backtest({ strategy: touchMaker, tape: TAPE, journal }), RunError);
      const said =
        /^Cannot write the journal: \S+\/journal: No space .* after [\d,]+ bytes; free some space, or run without one$/;
      assertMatch(error.message, said);
      assert(error.result.trades > 0);
      assertEquals(error.result.incomplete, error.message);
      return Promise.resolve();
    });
  }));
