import { assert, assertEquals } from "@std/assert";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { Audit, auditBreak, type AuditEvent } from "./audit.ts";
import { AuditFile } from "./audit_file.ts";

const event: AuditEvent = { principal: { name: "ann" }, action: "command", outcome: "done" };

/** A folder of its own for `run`. */
function inFolder(run: (path: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    run(`${folder}/audit.jsonl`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Lines of all files, the oldest first. */
function linesOf(path: string): string[] {
  const files = [...Array.from({ length: 9 }, (_, i) => `${path}.${9 - i}`), path].filter(existsSync);
  return files.flatMap((file) => readFileSync(file, "utf8").split("\n").filter(Boolean));
}

Deno.test("AuditFile: files are turned and bounded, and the chain goes through them", () => {
  inFolder((path) => {
    const file = new AuditFile({ path, bytesMax: 2000, filesMax: 3 });
    const audit = new Audit({ sink: file, now: () => 0 });
    for (let i = 0; i < 100; i++) assert(audit.record({ ...event, detail: { i } }));
    file.close();
    for (const each of [path, `${path}.1`, `${path}.2`]) assert(statSync(each).size <= 2000, each);
    assert(!existsSync(`${path}.3`));
    const lines = linesOf(path);
    assertEquals([auditBreak(lines), JSON.parse(lines.at(-1)!).count], [-1, 100]);
  });
});

Deno.test("AuditFile: added to over a restart, after a crash that cut a line, for its owner's eyes alone", () => {
  inFolder((path) => {
    writeFileSync(path, "", { mode: 0o644 });
    for (let start = 0; start < 3; start++) {
      const file = new AuditFile({ path });
      const audit = new Audit({ sink: file, now: () => 0, last: file.last });
      assert(audit.record(event));
      file.close();
    }
    assertEquals(auditBreak(linesOf(path)), -1);
    writeFileSync(path, '{"count":4,"ti', { flag: "a" });
    const file = new AuditFile({ path });
    const audit = new Audit({ sink: file, now: () => 0, last: file.last });
    assert(audit.record(event));
    file.close();
    const lines = linesOf(path);
    assertEquals(lines.length, 5);
    assertEquals(auditBreak(lines.toSpliced(3, 1)), -1, "only the cut line is not whole");
    if (Deno.build.os !== "windows") assertEquals(statSync(path).mode & 0o777, 0o600);
  });
});
