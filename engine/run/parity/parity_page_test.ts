import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import touchMaker from "../../../strategies/touch_maker.ts";
import { inFolder } from "../cli/_lockstep.ts";
import { AS_ASSUMED, play } from "./_parity_world.ts";
import { parity } from "./parity.ts";
import { parityPage } from "./parity_page.ts";
import { renderParity } from "./parity_text.ts";

const RUN = { strategy: touchMaker, file: "strategies/touch_maker.ts", ns: 300e9 };

Deno.test("parityPage: it has all that the terminal has, and what it says of a run is escaped", () =>
  inFolder(async (folder) => {
    play(folder, RUN, { ...AS_ASSUMED, order: 50e6, queue: "power1" });
    const report = await parity(folder), page = parityPage({ ...report, run: "<script>alert(1)</script>" });
    assertEquals(page.includes("<script"), false);
    assertStringIncludes(page, "Parity of &#60;script&#62;");
    const words = page.replace(/<style>[^]*<\/style>/, "").replace(/<[^>]+>/g, " ").replace(
      /&#(\d+);/g,
      (_, code) => String.fromCharCode(Number(code)),
    ).replace(/\s+/g, " ");
    for (const line of renderParity(report).split("\n").slice(1)) {
      for (const cell of line.replace(/^verdict /, "").trim().split(/\s{2,}/)) assertStringIncludes(words, cell);
    }
    assertMatch(words, /order latency \d+/);
    const hostile = renderParity({ ...report, run: "gone\x1b[2J\x9b31m" });
    assertEquals([hostile.split("\n")[0].includes("gone [2J 31m"), /[^\P{Cc}\n]/u.test(hostile)], [true, false]);
  }));
