import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import touchMaker from "../../strategies/touch_maker.ts";
import { FakeTimers } from "../live/_fake_timers.ts";
import { diskKillFiles } from "./disk_kill_files.ts";
import { DiskFile } from "./disk_file.ts";
import { journalFile } from "./journal_file.ts";
import { type KillAnswer, KillFile } from "./kill_file.ts";
import { openTape } from "./open_tape.ts";
import { ArrivingSession } from "./arriving_session.ts";
import { RecordedFrames } from "./recorded_frames.ts";
import { verify } from "./verify.ts";

/** A paper session on a tape's rows as they arrive, with files in a test's hands. */
class Desk implements Disposable {
  readonly timers = new FakeTimers();
  readonly files = new Map<string, string | Error>();
  readonly lines: string[] = [];
  looks = 0;
  /** Commands that the session was given. */
  commands = 0;
  readonly #tape = openTape("fixtures/data/market_l2.arrow");
  readonly paper;
  readonly switch: KillFile;
  readonly #frames: RecordedFrames;

  constructor(folder: string) {
    const { reader: tape } = this.#tape, path = `${folder}/seen.arrow`;
    this.paper = new ArrivingSession({
      strategy: touchMaker,
      latency: "10ms",
      recorders: [{ commanded: () => void this.commands++ }],
      wall: () => this.wall(),
      feeds: [{ instrument: tape.meta.instrument, file: new DiskFile(path), path }],
      journal: journalFile(`${folder}/journal`, { strategy: "strategies/touch_maker.ts" }),
    });
    this.#frames = new RecordedFrames([{ tape, into: [...this.paper.feeds.values()][0] }]);
    this.switch = new KillFile({
      session: this.paper,
      paths: ["KILL", "OTHER"],
      answer: "KILLED",
      files: {
        read: (path) => {
          this.looks++;
          const text = this.files.get(path);
          if (text instanceof Error) throw text;
          return text;
        },
        write: (path, text) => void this.files.set(path, text),
      },
      timers: this.timers,
      wall: () => this.wall(),
      tell: (line) => this.lines.push(line),
    });
  }

  get answer(): KillAnswer | undefined {
    const text = this.files.get("KILLED");
    return typeof text === "string" ? JSON.parse(text) : undefined;
  }

  get killed(): boolean {
    return this.paper.run.session.guardsMade?.killSwitch.state.killed ?? false;
  }

  wall(): bigint {
    return BigInt(this.#tape.reader.meta.span!.localFirst) - 1n + BigInt(this.timers.now()) * 1_000_000n;
  }

  /** Lets so many ms of the market pass. */
  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 50) {
      this.timers.pass(50);
      this.#frames.push(this.wall());
      this.paper.advance();
    }
  }

  [Symbol.dispose](): void {
    this.switch[Symbol.dispose]();
    this.#tape.close();
  }
}

/** Does work with a folder that is gone afterwards. */
async function inFolder(work: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("KillFile: its appearance is the command kill, with its first line as the cause, and is made again by the journal", async () => {
  await inFolder(async (folder) => {
    using desk = new Desk(folder);
    desk.pass(20_000);
    const { session } = desk.paper.run;
    assert(session.core.orders.liveSlots().length > 0 && !desk.killed && desk.answer === undefined);
    desk.files.set("KILL", "fat finger\nflatten=market\n");
    desk.pass(2000);
    assertEquals([desk.killed, desk.answer?.cause, desk.answer?.flatten], [true, "fat finger", "market"]);
    assertEquals([desk.answer?.orders, desk.answer?.positions], [[], {}]);
    assertStringIncludes(desk.lines.join(), "Killed: fat finger");
    const { commands } = desk;
    desk.files.delete("KILL");
    desk.pass(2000);
    assert(desk.killed, "a file that was taken away resets nothing");
    assertEquals(desk.commands, commands);
    desk.paper.stop(new Error("enough"));
    let digest = "";
    try {
      desk.paper.finish();
    } catch (error) {
      digest = (error as { result: { digest: string } }).result.digest;
    }
    const report = await verify(folder);
    assertEquals([report.equal, report.digest], [true, digest]);
  });
});

Deno.test("KillFile: a reset holds once the file is gone, and any of its files kills", async () => {
  await inFolder((folder) => {
    using desk = new Desk(folder);
    desk.pass(5000);
    desk.files.set("OTHER", "");
    desk.pass(1000);
    assertEquals(desk.answer?.cause, "by the file OTHER");
    desk.paper.command({ kind: "reset" });
    desk.pass(500);
    assert(desk.killed, "the file is still there");
    desk.files.delete("OTHER");
    desk.paper.command({ kind: "reset" });
    desk.pass(5000);
    assert(!desk.killed);
  });
});

Deno.test("KillFile: a second line that comes later closes positions, too", async () => {
  await inFolder((folder) => {
    using desk = new Desk(folder);
    desk.pass(20_000);
    desk.files.set("KILL", "slow down");
    desk.pass(1000);
    assertEquals([desk.answer?.flatten, desk.answer?.orders], ["none", []]);
    desk.files.set("KILL", "slow down\nflatten=market");
    desk.pass(2000);
    assertEquals([desk.answer?.flatten, desk.answer?.positions], ["market", {}]);
  });
});

Deno.test("KillFile: a file that cannot be read kills, and one that comes before the session begins ends it", async () => {
  await inFolder((folder) => {
    using desk = new Desk(folder);
    desk.pass(5000);
    desk.files.set("KILL", new Error("Is a directory"));
    desk.pass(1000);
    assertStringIncludes(desk.answer!.cause, "KILL cannot be read (Is a directory)");
  });
  await inFolder((folder) => {
    using desk = new Desk(folder);
    desk.files.set("KILL", "not today");
    desk.timers.pass(1000);
    assertEquals([desk.paper.advance(), desk.paper.run.loop.incomplete?.message], [false, "it was killed: not today"]);
    assertEquals(desk.lines, ["Killed: not today; the session ends where it stands"]);
  });
});

Deno.test("KillFile: it looks at each file four times a second, and not once it is disposed of", async () => {
  await inFolder((folder) => {
    using desk = new Desk(folder);
    const { looks } = desk;
    desk.pass(10_000);
    assertEquals(desk.looks - looks, 80);
    desk.switch[Symbol.dispose]();
    assertEquals(desk.timers.waiting, 0);
  });
});

Deno.test("diskKillFiles: what is not there is undefined, what is there is read, and a folder throws", async () => {
  await inFolder((folder) => {
    assertEquals(diskKillFiles.read(`${folder}/KILL`), undefined);
    diskKillFiles.write(`${folder}/KILL`, "cause\n");
    assertEquals(diskKillFiles.read(`${folder}/KILL`), "cause\n");
    Deno.writeTextFileSync(`${folder}/LONG`, "x".repeat(100_000));
    assertEquals(diskKillFiles.read(`${folder}/LONG`)?.length, 1024);
    let thrown = false;
    try {
      diskKillFiles.read(folder);
    } catch {
      thrown = true;
    }
    assert(thrown);
  });
});
