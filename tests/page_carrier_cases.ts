/**
 * The page in a browser over one carrier or another; run in a process of its own by page_carrier_test.ts.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import marketMaker from "../strategies/market_maker.ts";
import { selfSigned } from "../transport/link/_certificate.ts";
import { narrowProxy } from "./narrow_proxy.ts";
import { awayNotice, count, figures, goOver, ladder, lines, step, tradeByHand, watchNotice } from "./page_looks.ts";
import { becomes, endBrowser, startBrowser, world } from "./page_world.ts";

Deno.test.beforeAll(startBrowser);
Deno.test.afterAll(endBrowser);

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
      const seen = async () => [(await told()).some((text) => lost.test(text)), (await told()).at(-1)];
      // A browser may take seconds to find that the other end of a data channel is gone.
      await becomes(seen, [true, left], 20_000);
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

for (
  const [carrier, lets, title] of [["sse", "streams", "HTTP stream"], ["polling", "answers", "long polling"]] as const
) {
  Deno.test(`page: where no WebSocket can be opened and ${lets} get through it goes by ${title}, and says so`, () =>
    world({ host: { paused: true }, expected: /WebSocket connection to/ }, async (it) => {
      const { page, server } = it, proxy = narrowProxy(server.url, lets);
      try {
        await page.goto(server.pageUrl.replace(server.url, proxy.url));
        await becomes(() => it.text("#mode"), "backtest", 20_000);
        const said = `No WebSocket can be opened from here, so the page goes over HTTP: by ${title}.`;
        await becomes(() => it.text("#notice"), said);
        assertEquals(await page.locator("#carrier option:checked").textContent(), title);
        await step(it, 400);
        await becomes(async () => (await ladder(page)).length, 20);
        await tradeByHand(it, { orders: 0, fills: 0 });
        assertEquals(await page.inputValue("#carrier"), carrier);
        await page.goto("about:blank");
      } finally {
        await proxy.close();
      }
    }));
}

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
