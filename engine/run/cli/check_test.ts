import { assertEquals, assertMatch } from "@std/assert";
import { sharedData } from "../../../tests/shared_data.ts";
import { CAPTURE, inFolder, lockstep, ticker } from "./_lockstep.ts";
import { EXIT } from "./exit_codes.ts";

const AMZN = "lobster/AMZN_2012-06-21_34200000_57600000";

/** Captures, and what a check of them must say. */
const CAPTURES: readonly [format: string, files: readonly string[], found: Readonly<Record<string, number>>][] = [
  ["binance", ["binance/usdm_btcusdt_20240808.gz"], { checked: 629, equal: 629, levels: 9597 }],
  ["binance", ["binance/spot_btcusdt_20240808.gz"], { checked: 564, equal: 564 }],
  ["binance", [8, 9].map((day) => `binance/spot_btcusdt_2024080${day}.gz`), {
    checked: 1072,
    equal: 1072,
    withoutBook: 0,
  }],
  ["kraken", [48, 49, 50].map((n) => `cryptofeed/KRAKEN.ws.${n}.0.gz`), { checked: 4269, equal: 4269 }],
  ["okx", ["cryptofeed/OKX.ws.1.0.gz"], { checked: 290, equal: 290 }],
  ["databento", ["mbp10", "mbo"].map((name) => `databento/ARL_20250717_${name}.csv.gz`), {
    checked: 3928,
    equal: 3928,
  }],
  [
    "lobster",
    ["orderbook", "message"].map((name) => `${AMZN}_${name}_1.csv.gz`),
    { exact: 43_561, emptied: 13_953, contradicted: 0, executions: 8974, executionsAtBest: 8974 },
  ],
];

for (const [format, files, found] of CAPTURES) {
  const sources = files.map(sharedData).filter((path) => path !== undefined);
  const ignore = sources.length < files.length;
  const because = ignore ? " (ignored: ../shared/data is not there)" : "";
  Deno.test({
    name: `lockstep check: ${format}, ${files.length} files, ${Object.values(found).join(" ")}${because}`,
    ignore,
    fn: async () => {
      const { code, out, err } = await lockstep("check", ...sources, "--format", format, "--json");
      assertEquals([code, err], [EXIT.OK, ""]);
      const said = JSON.parse(out);
      for (const [name, count] of Object.entries(found)) assertEquals([name, said[name]], [name, count]);
    },
  });
}

Deno.test("lockstep check: a contradiction is told with file, place and both statements", () =>
  inFolder(async (folder) => {
    const file = `${folder}/capture.txt`;
    const wrong = CAPTURE.map((line, i) => i === 4 ? ticker(4, 103, `"b":"100.0","B":"7","a":"100.1","A":"4"`) : line);
    Deno.writeTextFileSync(file, wrong.join("\n"));
    const text = await lockstep("check", file, "--format", "binance");
    assertEquals([text.code, text.err], [EXIT.CONTRADICTED, "error: capture.txt contradicts itself\n"]);
    assertMatch(text.out, /^checked +2$/m);
    assertMatch(text.out, /^equal +1, 1 not$/m);
    assertMatch(text.out, /^first difference +capture\.txt, at 5: BTCUSDT at update 103: the book is .*, the ticker/m);
    const { first } = JSON.parse((await lockstep("check", file, "--format", "binance", "--json")).out);
    assertEquals([first.file, first.place], ["capture.txt", 5]);
  }));

Deno.test("lockstep check: what breaks off is told as far as it went; what proves nothing is no proof", () =>
  inFolder(async (folder) => {
    const file = `${folder}/capture.txt`;
    Deno.writeTextFileSync(file, [...CAPTURE, "nonsense"].join("\n"));
    const broken = await lockstep("check", file, "--format", "binance", "--json");
    assertEquals(broken.code, EXIT.INPUT);
    assertMatch(broken.err, /capture\.txt, line 6: .* what was found until then is shown, and is not all\n$/);
    const { checked, incomplete } = JSON.parse(broken.out);
    assertEquals(checked, 2);
    assertMatch(incomplete, /capture\.txt, line 6/);
    Deno.writeTextFileSync(file, CAPTURE.slice(1).join("\n"));
    const nothing = await lockstep("check", file, "--format", "binance");
    assertEquals(nothing.code, EXIT.CONTRADICTED);
    assertMatch(nothing.err, /Cannot prove anything/);
    const missing = await lockstep("check", `${folder}/capture.tx`, "--format", "binance");
    assertEquals([missing.code, missing.out], [EXIT.INPUT, ""]);
    assertMatch(missing.err, /did you mean .*capture\.txt\?/);
  }));
