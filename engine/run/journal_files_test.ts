import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import touchMaker from "../../strategies/touch_maker.ts";
import { inFolder, project, TAPE } from "./cli/_lockstep.ts";
import { backtest } from "./backtest.ts";
import { journalFile } from "./journal_file.ts";
import { JournalFiles } from "./journal_files.ts";
import { scanJournal } from "./journal_scan.ts";
import { JournalSource } from "./journal_source.ts";
import type { JournalStorage } from "../core/journal_format.ts";
import { verify } from "./verify.ts";
import { renderVerify } from "./verify_text.ts";

const SET = { interval: "50ms" };
const FILES: JournalStorage = { fileBytes: 256 * 1024, sync: "segment" };

/** Runs with its journal in a folder; returns the names of the journal's files. */
function runIn(folder: string, storage: JournalStorage = FILES, set = SET): string[] {
  using journal = journalFile(`${folder}/journal`, { strategy: project("strategies/touch_maker.ts"), storage });
  backtest({ strategy: touchMaker, tape: TAPE, set, commands: ["+10m cancel_all", "+50m cancel_all"], journal });
  return namesIn(folder);
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.startsWith("journal")).sort();
}

/** What a pass over the journal finds. */
function scan(folder: string) {
  using source = new JournalSource(folder);
  return scanJournal(source);
}

/** Where each segment of a file starts. */
function segmentStarts(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer), starts: number[] = [];
  for (let at = 0; at < bytes.length; at += 48 + view.getUint32(at + 8, true)) starts.push(at);
  return starts;
}

Deno.test("JournalFiles: the chain goes on through all files, none is above its bound, and the run comes again", () =>
  inFolder(async (folder) => {
    const names = runIn(folder);
    assert(names.length >= 2);
    assertEquals(names, names.map((_, i) => `journal.${String(i + 1).padStart(4, "0")}`));
    for (const name of names) assert(Deno.statSync(`${folder}/${name}`).size <= FILES.fileBytes!);
    const report = await verify(folder);
    assertEquals([report.equal, report.damage, report.from, report.missing, report.commands], [
      true,
      undefined,
      undefined,
      [],
      2,
    ]);
    const { journal } = scan(folder);
    await inFolder((other) => {
      runIn(other, {});
      assertEquals(scan(other).journal.closing, journal.closing);
      return Promise.resolve();
    });
  }));

Deno.test("JournalFiles: any changed byte of any file is found in its segment and file", () =>
  inFolder((folder) => {
    const names = runIn(folder);
    const files = names.map((name) => Deno.readFileSync(`${folder}/${name}`)), starts = files.map(segmentStarts);
    // Beside the chain stands what each file begins with: where things lay.
    const chained = starts.flatMap((each, file) => each.slice(1).map((start) => ({ file, start })));
    const place = fc.nat(files.length - 1).chain((file) =>
      fc.tuple(
        fc.constant(file),
        fc.oneof(
          fc.nat(files[file].length - 1),
          fc.constantFrom(...starts[file]).chain((start) => fc.nat(60).map((more) => start + more)),
        ),
      )
    );
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 255 }), ([file, at], flip) => {
        const changed = files[file].slice();
        changed[at] ^= flip;
        Deno.writeFileSync(`${folder}/${names[file]}`, changed);
        const start = starts[file].findLast((each) => each <= at)!;
        try {
          if (file === 0 && start <= starts[0][1]) {
            assertThrows(() => scan(folder), RangeError, `segment 0 at byte ${start}`);
            return;
          }
          const { journal: { damage }, damaged } = scan(folder);
          assertEquals([damaged?.file, damaged?.offset], [names[file], start]);
          const number = chained.findIndex((each) => each.file === file && each.start >= start);
          assertEquals(damage?.segment, number);
        } finally {
          Deno.writeFileSync(`${folder}/${names[file]}`, files[file]);
        }
      }),
      { numRuns: 150 },
    );
    assertEquals(scan(folder).journal.damage, undefined);
    return Promise.resolve();
  }));

Deno.test("JournalFiles: a cut of any file, at any length, is found in its file", () =>
  inFolder((folder) => {
    const names = runIn(folder);
    const files = names.map((name) => Deno.readFileSync(`${folder}/${name}`)), starts = files.map(segmentStarts);
    const place = fc.nat(files.length - 1).chain((file) =>
      fc.tuple(fc.constant(file), fc.oneof(fc.nat(files[file].length - 1), fc.constantFrom(...starts[file])))
    );
    fc.assert(
      fc.property(place, ([file, size]) => {
        Deno.truncateSync(`${folder}/${names[file]}`, size);
        try {
          if (file === 0 && starts[0].slice(0, 2).includes(size)) {
            assertEquals(scan(folder).missing, [names[0]]);
            return;
          }
          if (file === 0 && size < starts[0][2]) {
            assertThrows(() => scan(folder), RangeError, "segment 0 at byte ");
            return;
          }
          const { damaged } = scan(folder), whole = starts[file].includes(size);
          const start = starts[file].findLast((each) => each <= size)!;
          // At a segment's end it shows only in what comes next, where something does.
          const next = whole && file + 1 < names.length;
          assertEquals(
            [damaged?.file, damaged?.offset],
            next ? [names[file + 1], damaged?.offset] : [names[file], start],
          );
          assert(!next || damaged!.offset <= starts[file + 1][1]);
        } finally {
          Deno.writeFileSync(`${folder}/${names[file]}`, files[file]);
        }
      }),
      { numRuns: 80 },
    );
    return Promise.resolve();
  }));

Deno.test("JournalFiles: with keep the first files are dropped, and verify says from where on the chain proves", () =>
  inFolder(async (folder) => {
    const names = runIn(folder, { fileBytes: 256 * 1024, keep: 2 }, { interval: "2ms" });
    assertEquals(names.length, 2);
    assert(names[0] !== "journal.0001");
    const report = await verify(folder);
    assertEquals([report.equal, report.missing], [true, []]);
    assert(report.from!.records > 1000);
    assertEquals(report.compared, report.records - report.from!.records);
    assertMatch(
      renderVerify(report),
      /^from +segment \d+, record [\d,]+, with \d files? before it gone \(the run kept the last 2\)/m,
    );
    // One more is gone than the run dropped.
    Deno.renameSync(`${folder}/${names[0]}`, `${folder}/elsewhere`);
    const lost = await verify(folder);
    assertEquals([lost.equal, lost.missing, lost.difference], [false, [names[0]], undefined]);
  }));

Deno.test("JournalFiles: a file that is missing between others, or at the end, is found and named", () =>
  inFolder(async (folder) => {
    const names = runIn(folder, { fileBytes: 256 * 1024 }, { interval: "1ms" });
    assert(names.length >= 3, names.join());
    Deno.renameSync(`${folder}/${names[1]}`, `${folder}/elsewhere`);
    const report = await verify(folder);
    assertEquals([report.equal, report.missing, report.damaged?.file], [false, [names[1]], names[2]]);
    assertMatch(renderVerify(report), /^MISSING +journal\.0002$/m);
    Deno.renameSync(`${folder}/elsewhere`, `${folder}/${names[1]}`);
    Deno.removeSync(`${folder}/${names.at(-1)}`);
    const cut = await verify(folder);
    assertEquals([cut.equal, cut.damaged?.file], [false, names.at(-2)]);
    assertEquals(cut.damage?.what, "the journal ends before its closing record");
  }));

Deno.test("JournalFiles: syncs as often as its policy says", () =>
  inFolder((folder) => {
    const { prototype } = Deno.FsFile, { syncDataSync } = prototype;
    let syncs = 0;
    prototype.syncDataSync = function () {
      syncs++;
      syncDataSync.call(this);
    };
    try {
      const counts = ["none", "segment", "interval=1h"].map((sync) => {
        syncs = 0;
        const files = new JournalFiles(`${folder}/${sync}`, { sync });
        for (let i = 0; i < 10; i++) files.write(new Uint8Array(100));
        files.close();
        return syncs;
      });
      // At the end all is synced, but where nothing ever is.
      assertEquals(counts, [0, 10, 1]);
    } finally {
      prototype.syncDataSync = syncDataSync;
    }
    return Promise.resolve();
  }));

Deno.test("JournalFiles: a stray file of a huge number names a hundred missing ones, not all of them", () =>
  inFolder((folder) => {
    const names = runIn(folder);
    for (const number of ["99999999", "99999999999999999999"]) {
      Deno.copyFileSync(`${folder}/${names.at(-1)}`, `${folder}/journal.${number}`);
      const { missing, damaged } = scan(folder);
      assertEquals([missing.length, damaged?.file], [100, `journal.${number}`]);
      Deno.removeSync(`${folder}/journal.${number}`);
    }
    return Promise.resolve();
  }));
