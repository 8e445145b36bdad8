import { assertEquals } from "@std/assert";
import { nearName, similarName } from "./near_name.ts";

Deno.test("similarName: slips, left-out endings and beginnings find their name", () => {
  const names = ["capture.gz", "market_l2.arrow", "market_l3.arrow", "sma_cross.ts", "touch_maker.ts"];
  const cases = [
    ["capture", "capture.gz"],
    ["captrue.gz", "capture.gz"],
    ["Capture.GZ", "capture.gz"],
    ["market_12.arrow", "market_l2.arrow"],
    ["market_l2.arow", "market_l2.arrow"],
    ["market_l2.arrow.gz", "market_l2.arrow"],
    ["sma.ts", "sma_cross.ts"],
    ["touchmaker.ts", "touch_maker.ts"],
  ];
  for (const [wanted, near] of cases) assertEquals([wanted, similarName(wanted, names)], [wanted, near]);
});

Deno.test("similarName: what merely shares an ending, or a letter or two, is not meant", () => {
  const names = ["deno.json", "mod.ts", "out", "README.md"];
  for (const wanted of ["nope.json", "a.ts", "m", "capture.gz", "strategy.ts"]) {
    assertEquals([wanted, similarName(wanted, names)], [wanted, undefined]);
  }
});

Deno.test("nearName: files or folders, as they are looked for", () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(`${folder}/maker-btc-1`);
    Deno.writeTextFileSync(`${folder}/maker-btc.arrow`, "");
    assertEquals(nearName(`${folder}/makr-btc`), `did you mean ${folder}/maker-btc.arrow?`);
    assertEquals(nearName(`${folder}/makr-btc-1`, { folders: true }), `did you mean ${folder}/maker-btc-1?`);
    assertEquals(nearName(`${folder}/none`), `look at what is in ${folder}`);
    assertEquals(nearName(`${folder}/none/none`), `there is no folder ${folder}/none either`);
    assertEquals(nearName(`${folder}/none/none`, { otherwise: "do this" }), "do this");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
