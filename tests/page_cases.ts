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
import { selfSigned } from "../transport/link/_certificate.ts";
import { becomes, endBrowser, startBrowser, type World, world } from "./page_world.ts";

Deno.test.beforeAll(startBrowser);
Deno.test.afterAll(endBrowser);

const tape = (name: string) => new URL(`../fixtures/data/${name}.arrow`, import.meta.url).pathname;

/** Rows of the ladder that have a price, as "own price size". */
const ladder = (page: Page): Promise<string[]> =>
  page.locator("#ladder tr.ask, #ladder tr.bid").evaluateAll((rows) =>
    rows.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent).join(" "))
      .filter((text) => text.trim() !== "")
  );

/** Figures by title. */
const figures = async (page: Page): Promise<Record<string, string>> =>
  Object.fromEntries(
    await page.locator(".figure").evaluateAll((all) =>
      all.map((each) => [each.querySelector("dt")!.textContent, each.querySelector("dd")!.textContent])
    ),
  );

/** Lines of a panel's list or table. */
const lines = (page: Page, title: string): Promise<string[]> =>
  page.locator(`section[aria-label="${title}"] li, section[aria-label="${title}"] tbody tr`).evaluateAll((all) =>
    all.map((each) => [...each.children].map((cell) => cell.textContent).join(" ").trim())
  );

/** The count beside a panel's heading. */
const count = async (page: Page, title: string): Promise<number> =>
  Number((await page.locator(`section[aria-label="${title}"] .count`).textContent() ?? "").replaceAll(",", ""));

/** What the page's notice says from now on, one after another, with "stale: " before it while the page is marked so. */
async function watchNotice(page: Page): Promise<() => Promise<string[]>> {
  const told = await page.locator("#notice").evaluateHandle((notice) => {
    const told: string[] = [];
    const look = () => {
      const text = notice.hasAttribute("hidden") ? "" : notice.textContent;
      told.push(`${document.body.classList.contains("stale") ? "stale: " : ""}${text}`);
    };
    new MutationObserver(look).observe(notice, { attributes: true, childList: true, subtree: true });
    return told;
  });
  return () => told.jsonValue();
}

/** What the page says of a data channel that it has left. */
const awayNotice = (what: string) =>
  `The data channel ${what}, so the page goes over WebSocket until one does well again.Stay here`;

/** Goes over to another carrier by the switch in the header. */
async function goOver({ page, session }: World, carrier: "websocket" | "datachannel"): Promise<void> {
  await page.selectOption("#carrier", carrier);
  await becomes(() => [...session.hub.connections].map(({ link }) => link?.carrier), [carrier]);
  await becomes(() => page.inputValue("#carrier"), carrier);
}

/** Moves a session that is paused, and waits until the page shows its time. */
async function step({ session, page }: World, moves: number): Promise<void> {
  session.driver.tape!.step(moves);
  await becomes(() => session.driver.clock.state, "paused");
  const time = new Date(Number(session.driver.clock.time / 1_000_000n)).toISOString().replace("T", " ").slice(0, 23);
  await becomes(() => page.locator(".time").textContent(), `${time} UTC, paused`);
}

/** An order sent by hand stands in list and ladder, is filled at the market, and cancelled by its button. */
async function tradeByHand(it: World, seen: { readonly orders: number; readonly fills: number }): Promise<void> {
  const { page, text } = it;
  const levels = await ladder(page), price = levels[levels.length - 3].trim().split(" ")[0];
  await page.fill("input[name=size]", "3");
  await page.fill("input[name=price]", price);
  await page.click("#buy");
  await becomes(() => text("#said"), `Order ${seen.orders + 1}: buy 3 at ${price}`);
  await step(it, 3);
  await becomes(async () => (await lines(page, "Open orders")).map((line) => line.replace(/\s+/g, " ")), [
    `${seen.orders + 1} buy ${price} 3 New Cancel`,
  ]);
  await becomes(async () => (await ladder(page)).filter((line) => line.startsWith("3 ")).length, 1);
  assert((await ladder(page)).find((line) => line.startsWith("3 "))!.startsWith(`3 ${price}`));

  await page.fill("input[name=size]", "2");
  await page.fill("input[name=price]", "");
  await page.click("#buy");
  await becomes(() => text("#said"), `Order ${seen.orders + 2}: buy 2 at the market`);
  await step(it, 3);
  await becomes(() => count(page, "Our fills"), seen.fills + 1);
  assertMatch((await lines(page, "Our fills"))[0], new RegExp(`${seen.orders + 2} buy [\\d.]+ 2 taker$`));
  await becomes(async () => (await figures(page)).Position, `${2 * (seen.fills + 1)}`);

  await page.getByRole("button", { name: `Cancel order ${seen.orders + 1}` }).click();
  await becomes(async () => (await lines(page, "Open orders"))[0].includes("PendingCancel"), true);
  await step(it, 3);
  await becomes(() => lines(page, "Open orders"), []);
  await becomes(async () => (await ladder(page)).filter((line) => line.startsWith("3 ")).length, 0);
}

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

Deno.test("page: orders are placed, filled and cancelled, over a WebSocket and over a data channel, with the same picture", () =>
  world({ host: { paused: true } }, async (it) => {
    const { page } = it;
    await step(it, 400);
    await becomes(async () => (await ladder(page)).length, 20);
    await tradeByHand(it, { orders: 0, fills: 0 });
    const picture = async () => [
      await ladder(page),
      await figures(page),
      await lines(page, "Our fills"),
      await lines(page, "Trades"),
    ];
    const before = await picture();
    await goOver(it, "datachannel");
    await becomes(picture, before);
    await tradeByHand(it, { orders: 2, fills: 1 });
    await goOver(it, "websocket");
    await step(it, 50);
    assertEquals([await count(page, "Our fills"), await it.text("#notice")], [2, ""]);
  }));

Deno.test("page: behind a certificate it has both carriers as well", async () => {
  const folder = await Deno.makeTempDir(), { cert, key } = selfSigned();
  const server = { certFile: `${folder}/cert.pem`, keyFile: `${folder}/key.pem` };
  await Promise.all([Deno.writeTextFile(server.certFile, cert), Deno.writeTextFile(server.keyFile, key)]);
  await world({ host: { paused: true }, server }, async (it) => {
    assertMatch(it.page.url(), /^https:/);
    await goOver(it, "datachannel");
    await step(it, 400);
    await becomes(async () => (await ladder(it.page)).length, 20);
    await goOver(it, "websocket");
    await step(it, 50);
  });
  await Deno.remove(folder, { recursive: true });
});

for (const carrier of ["websocket", "datachannel"] as const) {
  Deno.test(`page: a ${carrier} that is cut in the middle comes back, and nothing is lost`, () =>
    world({ session: { strategy: marketMaker }, host: { pace: "real", speed: 240 } }, async (it) => {
      const { page, session, symbol } = it;
      await becomes(async () => (await ladder(page)).length, 20);
      if (carrier === "datachannel") await goOver(it, carrier);
      const [{ id }] = session.hub.connections;
      const told = await watchNotice(page);
      for (const { link } of [...session.hub.connections]) link?.terminate();
      const lost = /^stale: The connection is lost, .* reconnects by itself/;
      // From a data channel it goes to what can be had at once.
      const left = carrier === "websocket" ? "" : awayNotice("is lost");
      await becomes(async () => [(await told()).some((text) => lost.test(text)), (await told()).at(-1)], [true, left]);
      assertEquals(await page.locator("body.stale").count(), 0);
      await page.click("#toggle");
      await becomes(() => session.driver.clock.state, "paused");
      assertEquals([...session.hub.connections].map((each) => each.id), [id]);
      for (const [title, channel] of [["Our fills", "fills"], ["Trades", "trades"]] as const) {
        await becomes(() => count(page, title), session.hub.seq(channel, symbol));
        assert(session.hub.seq(channel, symbol) > 10);
      }
      await page.click("#details");
      const card = (label: string) =>
        page.locator("#card lockstep-status").evaluate((status, label) => {
          const row = [...status.shadowRoot!.querySelectorAll(".row")].find((each) =>
            each.firstChild!.textContent === label
          );
          return row?.lastChild?.textContent ?? "";
        }, label);
      await becomes(async () => [await card("Lost"), await card("Reconnections")], ["0", "1"]);
      assertEquals(await card("Carrier"), "websocket");
      await page.keyboard.press("Escape");
      assert(await page.locator("#card").isHidden());
    }));
}

Deno.test("page: a data channel that does badly is left for WebSocket, which is said, and returned to when one does well", () =>
  world({ session: { strategy: marketMaker }, host: { pace: "real", speed: 60 } }, async (it) => {
    const { page, session, symbol } = it;
    // What a data channel sends comes late, while somebody says so.
    await page.addInitScript(() => {
      const { send } = RTCDataChannel.prototype;
      RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: Uint8Array<ArrayBuffer>) {
        if (!document.body.dataset.slow) return send.call(this, data);
        // Whoever sends uses its buffer again.
        const copy = data.slice();
        setTimeout(() => this.readyState === "open" && send.call(this, copy), 3000);
      } as typeof send;
    });
    await page.reload();
    await becomes(async () => (await ladder(page)).length, 20);
    await goOver(it, "datachannel");
    await page.evaluate(() => document.body.dataset.slow = "yes");
    await becomes(() => it.text("#notice"), awayNotice("does badly"), 20_000);
    assertEquals(await page.inputValue("#carrier"), "websocket");
    await page.evaluate(() => delete document.body.dataset.slow);
    await becomes(() => page.inputValue("#carrier"), "datachannel", 60_000);
    assertEquals(await it.text("#notice"), "");
    await page.click("#toggle");
    await becomes(() => session.driver.clock.state, "paused");
    await becomes(() => count(page, "Trades"), session.hub.seq("trades", symbol));
    // Who would rather not is asked no more.
    await page.evaluate(() => document.body.dataset.slow = "yes");
    await becomes(() => it.text("#notice"), awayNotice("does badly"), 20_000);
    await page.getByRole("button", { name: "Stay here" }).click();
    await becomes(() => it.text("#notice"), "");
    assertEquals(await page.inputValue("#carrier"), "websocket");
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
