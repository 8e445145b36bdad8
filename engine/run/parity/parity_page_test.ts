import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { chromium } from "playwright-core";
import { findChromium, NO_CHROMIUM } from "../../../tests/chromium.ts";
import touchMaker from "../../../strategies/touch_maker.ts";
import { inFolder } from "../cli/_lockstep.ts";
import { AS_ASSUMED, play } from "./_parity_world.ts";
import { parity } from "./parity.ts";
import { parityPage } from "./parity_page.ts";
import type { OrderSide } from "./parity_report.ts";
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

const executablePath = findChromium();

Deno.test({
  name: `parityPage: no table is wider than a page of 1300 pixels${executablePath ? "" : NO_CHROMIUM}`,
  ignore: executablePath === undefined,
  // Playwright keeps a process and pipes of its own until the browser has closed, and some timers for longer.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    inFolder(async (folder) => {
      play(folder, RUN, { ...AS_ASSUMED, order: 50e6, queue: "power1" });
      const report = await parity(folder);
      // As wide as they come: of a venue, with ids, prices and times of many digits.
      const wide = (side: OrderSide | null) => {
        if (side === null) return null;
        const { id, sent } = side, code = "FILLED_MEANWHILE", filledAt = sent + 123_456_789n;
        return {
          ...side,
          id: 10_000 + id,
          sent: sent + 1n,
          code,
          filledLots: 12_345,
          averagePrice: 61650.1234,
          filledAt,
        };
      };
      const worst = report.worst.map((order) => ({
        ...order,
        ...{ instrument: "BTCUSDT@binance-spot", price: 61650.12, size: 0.00123, currency: "USDT" },
        ...{ simulated: wide(order.simulated), happened: wide(order.happened), difference: -0.0225000276 },
      }));
      const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
      try {
        const page = await browser.newPage({ viewport: { width: 1300, height: 900 } });
        await page.setContent(parityPage({ ...report, worst }));
        const over = await page.locator(".wide").evaluateAll((all) =>
          all.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)
        );
        assertEquals(over, [0, 0, 0, 0, 0]);
      } finally {
        await browser.close();
      }
    }),
});
