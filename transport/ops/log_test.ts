import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Log, type LogOptions } from "./log.ts";

function rig(over: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  return { lines, log: new Log({ write: (line) => lines.push(line), now: () => 1_700_000_000_000, ...over }) };
}

Deno.test("Log: JSON lines with fields, from the level up", () => {
  const { lines, log } = rig();
  log.debug("not written");
  log.with({ session: "s1" }).info("client came", { carrier: "websocket" });
  log.error("failed", { error: new Error("disk") });
  assertEquals(lines.map((line) => JSON.parse(line)), [
    { session: "s1", carrier: "websocket", time: "2023-11-14T22:13:20.000Z", level: "info", message: "client came" },
    { error: "Error: disk", time: "2023-11-14T22:13:20.000Z", level: "error", message: "failed" },
  ]);
});

Deno.test("Log: fields cannot stand for level, time or message", () => {
  const { lines, log } = rig();
  log.info("real", { level: "error", time: "never", message: "forged" });
  const { level, message, time } = JSON.parse(lines[0]);
  assertEquals([level, message, time.slice(0, 4)], ["info", "real", "2023"]);
});

Deno.test("Log: nothing that is sent forges a line, in either form", () => {
  for (const pretty of [false, true]) {
    const { lines, log } = rig({ pretty });
    log.info('x\n{"level":"error","message":"forged"}\x1b[2K', { "na\nme": "va\rlue\u2028\x9b31m" });
    assertEquals(lines.length, 1);
    assert(!/[\n\r\u2028\u2029]/.test(lines[0]) && !lines[0].includes("\x1b[2K") && !lines[0].includes("\x9b"));
    fc.assert(fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (message, value) => {
      log.info(message, { [value]: value });
      assert(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(lines.at(-1)!));
    }));
  }
});

Deno.test("Log: a line has a bound, and says that its fields were too long", () => {
  for (const pretty of [false, true]) {
    const { lines, log } = rig({ pretty });
    const fields = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}`, "\n".repeat(2000)]));
    log.info("\n".repeat(5000), fields);
    assert(lines[0].length <= 8192 && lines[0].includes("too long"), `${lines[0].length}`);
  }
});

Deno.test("Log: pretty, for people", () => {
  const { lines, log } = rig({ pretty: true });
  log.info("serving", { url: "http://localhost:8787", note: "two words", count: 3 });
  assertEquals(lines, ['22:13:20.000 info  serving url=http://localhost:8787 note="two words" count=3']);
});
