/**
 * The page in a browser, on sessions that are served; run in a process of its own by page_test.ts.
 *
 * All cases also say that the browser had nothing to complain of: no error, nothing that the page's policy forbids.
 */
import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import marketMaker from "../strategies/market_maker.ts";
import pairs from "../strategies/pairs.ts";
import smaCross from "../strategies/sma_cross.ts";
import { dateText } from "../transport/web/format.ts";
import { count, figures, ladder, lines } from "./page_looks.ts";
import { becomes, endBrowser, startBrowser, world } from "./page_world.ts";

Deno.test.beforeAll(startBrowser);
Deno.test.afterAll(endBrowser);

const tape = (name: string) => new URL(`../fixtures/data/${name}.arrow`, import.meta.url).pathname;

Deno.test("page: it opens on a session that runs, fills, pauses, steps and changes speed", () =>
  world({ session: { strategy: marketMaker }, host: { pace: "real", speed: 120 } }, async ({ page, session, text }) => {
    assertEquals(await text("#mode"), "backtest");
    await becomes(async () => (await ladder(page)).length, 20);
    await becomes(async () => (await figures(page)).Equity !== "–" && await count(page, "Trades") > 5, true);
    await page.locator("section[aria-label='Equity'] canvas").waitFor();
    assertMatch(
      await page.locator("section[aria-label='Equity'] .chart").getAttribute("aria-label") ?? "",
      /^Equity: [\d,.]+, from [\d-]+ [\d:.]+ to [\d-]+ [\d:.]+$/,
    );

    await page.click("#toggle");
    await becomes(() => session.driver.clock.state, "paused");
    await becomes(() => text("#toggle"), "Resume");
    const before = session.driver.clock.time;
    for (let i = 0; i < 5; i++) await page.click("#step");
    await becomes(() => session.driver.clock.time > before, true);
    await page.selectOption("#speed", "600");
    await becomes(() => [session.driver.clock.speed, session.driver.clock.state], [600, "paused"]);
    await page.click("#toggle");
    await becomes(() => [session.driver.clock.state, session.driver.clock.pace], ["running", "real"]);
    await becomes(() => text("#toggle"), "Pause");
  }));

Deno.test("page: who opens it late sees as much of the session on its charts as who was there from the start", () =>
  world({ host: { paused: true } }, async ({ page, session: { hub, driver }, symbol, server }) => {
    const ranges = (page: Page) =>
      Promise.all(["Equity", `Price of ${symbol}, with our fills`].map(async (title) => {
        const label = await page.locator(`section[aria-label="${title}"] .chart`).getAttribute("aria-label") ?? "";
        return label.replace(/.*, from /, "");
      }));
    // A point each ms: far more than histories hold.
    const { time } = driver.clock, start = dateText(time), last = dateText(time + 19_999n * 1_000_000n);
    for (let i = 0n; i < 20_000n; i++) {
      const at = time + i * 1_000_000n, price = Number(1000n + i);
      hub.publish("pnl", "", { equity: price }, at);
      hub.publish("bbo", symbol, { bid: price, bidSize: 1, ask: price + 1, askSize: 1 }, at);
      if (i === 0n) await becomes(() => ranges(page), Array(2).fill(`${start} to ${start}`));
    }
    const all = Array(2).fill(`${start} to ${last}`);
    await becomes(() => ranges(page), all);
    const late = await page.context().newPage();
    await late.goto(server.pageUrl);
    await becomes(() => ranges(late), all);
  }));

Deno.test("page: real money is unmistakable, and a clock that is the world's has no buttons", () =>
  world({ host: { mode: "live" } }, async ({ page, text }) => {
    assertEquals(await text("#mode"), "LIVE: real money");
    assertMatch(await page.title(), /^LIVE /);
    const color = await page.locator("#mode").evaluate((mode) => getComputedStyle(mode).backgroundColor);
    assertEquals(color, "rgb(179, 0, 27)");
    assertEquals([await text("#buy"), await text("#sell")], ["Buy for real", "Sell for real"]);
    assert(await page.locator(".controls").isHidden());
    assertEquals(await page.locator("lockstep-status[data-live]").count(), 2);
  }));

Deno.test("page: on a phone real money stays in sight however far one scrolls, and nothing lies below it", () =>
  world({ host: { mode: "live" }, phone: true }, async ({ page }) => {
    await becomes(async () => (await ladder(page)).length, 20);
    await page.click("#details");
    const seen = (id: string) =>
      page.locator(id).evaluate((element) => {
        const { left, top, width, height } = element.getBoundingClientRect();
        return document.elementFromPoint(left + width / 2, top + height / 2) === element;
      });
    const low = await page.evaluate(() => document.documentElement.scrollHeight - innerHeight);
    assert(low > 500, `${low} px to scroll`);
    for (const y of [0, 100, 150, 200, low]) {
      await page.evaluate((y) => scrollTo(0, y), y);
      assert(await seen("#mode"), `hidden at ${y}`);
    }
    await page.keyboard.press("Escape");
    // Whoever goes up by the keyboard sees where.
    for (const id of ["#sell", "#carrier", "#details"]) {
      await page.focus(id);
      assert(await seen(id), id);
    }
  }));

Deno.test("page: what comes from a session is text, whatever it looks like", () => {
  const evil = `<img src=x onerror="document.title='owned'">`;
  const strategy = { name: evil, about: evil, create: () => ({}) };
  return world(
    { session: { strategy }, host: { id: evil, paused: true }, expected: /requires 'TrustedHTML'/ },
    async ({ page, session, text }) => {
      await page.locator("#toggle").waitFor();
      session.hub.publish("alerts", "", { code: evil, severity: "critical", message: evil }, 0n);
      session.hub.publish("signals", evil, { values: { [evil]: 1, zscore: 2 } }, 0n);
      await becomes(() => text(".alert span"), evil);
      await page.locator(".signals tr").first().waitFor();
      assertStringIncludes(await text(".signals tr"), evil);
      assertEquals(await text(".session"), evil);
      assertEquals(await page.locator("img").count(), 0);
      assertNotEquals(await page.title(), "owned");
      // What the browser itself would refuse, were there a line that tried.
      const refused = await page.evaluate(() => {
        try {
          document.body.innerHTML = "<b>x</b>";
          return false;
        } catch {
          return true;
        }
      });
      assert(refused);
    },
  );
});

Deno.test("page: on a phone nothing is wider than the screen, and all that can be pressed has a name and is reached by the keyboard", () =>
  world({ session: { strategy: marketMaker }, host: { pace: "real", speed: 120 }, phone: true }, async ({ page }) => {
    await becomes(async () => (await ladder(page)).length, 20);
    await becomes(async () => (await lines(page, "Open orders")).length > 0, true);
    await page.click("#details");
    const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assertEquals(wide, screen);
    await page.keyboard.press("Escape");
    assert(await page.locator("#card").isHidden());
    await page.click("#toggle");
    const controls = await page.locator("button:visible, select:visible, input:visible").all();
    assert(controls.length > 8);
    for (const control of controls) {
      const name = await control.evaluate((element) => {
        const { ariaLabel, textContent, labels } = element as HTMLInputElement;
        return ariaLabel ?? (textContent?.trim() || labels?.[0]?.textContent?.trim()) ?? "";
      });
      assertNotEquals(name, "");
      const { height } = (await control.boundingBox())!;
      assert(height >= 20, `${name} is ${height} high`);
    }
    const reached = new Set<string>();
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press("Tab");
      reached.add(await page.evaluate(() => document.activeElement?.id ?? ""));
    }
    for (const id of ["details", "carrier", "toggle", "step", "speed", "buy", "sell"]) assert(reached.has(id), id);
  }));

Deno.test("page: a tape of bars says that it has no book, and one that has ended says so, with all that was", () =>
  world({ session: { strategy: smaCross, tape: tape("bars") }, host: { pace: "free" } }, async (it) => {
    const { page, session, symbol, text } = it;
    await becomes(() => session.driver.clock.state, "ended");
    await becomes(() => text("#notice"), "The session has ended: this is how it stands at its end.");
    await becomes(() => text(".left .empty"), "This tape has bars alone, no book.");
    await page.reload();
    await becomes(() => count(page, "Our fills"), session.hub.seq("fills", symbol));
    await becomes(() => text("#toggle"), "Ended");
    await page.locator(`section[aria-label="Price of ${symbol}, with our fills"] canvas`).waitFor();
    assert(await page.locator("#buy").isDisabled());
    assertEquals(await text("#said"), "The session has ended.");
    assertEquals(await page.getByRole("button", { name: "Cancel order" }).count(), 0);
  }));

Deno.test("page: several instruments can be chosen among, and a pair's spread, z-score and hedge ratio are shown", () =>
  world({
    session: { strategy: pairs, tape: [tape("pair_a"), tape("pair_b")] },
    host: { pace: "free" },
  }, async ({ page, session }) => {
    await becomes(() => lines(page, "Signals").then((all) => all.map((line) => line.replace(/ *-?[\d,.]+$/, ""))), [
      "pair spread",
      "pair z-score",
      "pair hedge ratio",
    ]);
    await page.locator("section[aria-label='z-score of pair'] canvas").waitFor();
    const [, second] = session.symbols;
    await page.selectOption("#instrument", "1");
    await becomes(() => count(page, "Our fills"), session.hub.seq("fills", second));
    assertStringIncludes(await page.locator(".left h2").first().textContent() ?? "", second);
  }));

for (const [what, fragment] of [["none", ""], ["a wrong one", "#token=a.b.c"]] as const) {
  Deno.test(`page: with a token that is ${what} it says what to do`, () =>
    world({ host: { paused: true }, fragment }, async ({ page, text }) => {
      await page.locator(".loading[role=alert]").waitFor();
      assertStringIncludes(await text(".loading"), "Open the address that the server printed when it started");
      assertEquals(await page.locator("#ladder").count(), 0);
    }));
}
