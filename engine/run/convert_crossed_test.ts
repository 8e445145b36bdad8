import { assertEquals, assertStringIncludes } from "@std/assert";
import { sharedData } from "../../tests/shared_data.ts";
import touchMaker from "../../strategies/touch_maker.ts";
import { backtest } from "./backtest.ts";
import { convert } from "./convert.ts";
import { inspect, renderInspect } from "./inspect.ts";

const NAME = "AMZN_2012-06-21_34200000_57600000_message_1.csv";

/** Converts to a tape, and gives it with what was reported. */
async function converted<T>(source: string, test: (tape: string, report: Awaited<ReturnType<typeof convert>>) => T) {
  const folder = Deno.makeTempDirSync();
  try {
    const out = `${folder}/amzn.arrow`;
    return test(out, await convert({ sources: [source], format: "lobster", out }));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** As a LOBSTER file of messages: time, type, order, size, price in 1/10,000, direction. */
async function made<T>(lines: readonly string[], test: Parameters<typeof converted<T>>[1]) {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/${NAME}`, lines.map((line, i) => `${34200 + i},${line}`).join("\n") + "\n");
    return await converted(`${folder}/${NAME}`, test);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("convert: a tape of orders that cross says from where on, inspect and runs as well; locked is not crossed", () => {
  const locked = ["1,1,10,1000000,1", "1,2,10,1010000,-1", "1,3,5,1010000,1"];
  const crosses = [...locked, "1,4,5,1020000,1", "3,4,5,1020000,1", "1,5,5,1030000,1", "1,6,5,990000,1"];
  return Promise.all([
    made(locked, (_, { meta, warnings }) => assertEquals([meta.crossed, warnings], [undefined, []])),
    made(crosses, (tape, { meta, warnings }) => {
      const crossed = { messages: 3, of: 7, first: { row: 4 }, longest: { row: 6, messages: 2 } };
      assertEquals(meta.crossed, crossed);
      assertEquals(warnings.length, 1);
      assertStringIncludes(
        warnings[0],
        "the book is crossed from row 4 on, 42.9 % of messages, 2 together from row 6 on: the source leaves orders standing",
      );
      const report = inspect(tape);
      assertEquals(report.meta.crossed, crossed);
      assertStringIncludes(renderInspect(report), `WARNING     ${warnings[0]}\n`);
      const { notes } = backtest({ strategy: touchMaker, tape });
      assertEquals(notes.filter((note) => note.includes("crossed")), [`amzn.arrow: ${warnings[0]}`]);
    }),
  ]);
});

const source = sharedData(`lobster/${NAME}.gz`);
Deno.test({
  name: `convert: LOBSTER's level 1 of AMZN stands crossed nearly all day${source ? "" : " (ignored: no shared data)"}`,
  ignore: source === undefined,
  fn: () =>
    converted(source!, (_, { meta, warnings }) => {
      assertEquals(meta.crossed, {
        messages: 57_291,
        of: 57_452,
        first: { row: 158 },
        longest: { row: 170, messages: 57_283 },
      });
      assertStringIncludes(warnings.join("\n"), "crossed from row 158 on, 99.7 % of messages");
    }),
});
