import { assert, assertEquals } from "@std/assert";
import { chromium, type Page } from "playwright-core";
import { findChromium, NO_CHROMIUM } from "../../tests/chromium.ts";
import { STILL } from "../host/_one_session.ts";
import { HostedSession } from "../host/hosted_session.ts";
import { Server } from "../host/server.ts";
import { bundle } from "../web/bundle.ts";
import { indexedDbCache, memoryCache } from "./cache.ts";

const executablePath = findChromium();

Deno.test("indexedDbCache: none where there is no IndexedDB; a cache in memory keeps what it is given", async () => {
  assertEquals(indexedDbCache("x", undefined), undefined);
  const cache = memoryCache();
  assertEquals(await cache.read("a"), undefined);
});

Deno.test({
  name: `indexedDbCache: in a browser, states outlive the page, and stand in for a server that is gone${
    executablePath ? "" : NO_CHROMIUM
  }`,
  ignore: executablePath === undefined,
  // Playwright keeps a process and pipes of its own until the browser has closed, and some timers for longer.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const server = await Server.start({ port: 0 });
    const session = new HostedSession(
      { strategy: STILL, tape: "fixtures/data/market_l2.arrow" },
      { ...server.hostOptions("one"), paused: true },
    );
    server.add(session);
    const running = session.run();
    running.catch(() => {});
    session.driver.tape!.step(200);
    // A page that no server sent has no address of its own, and may not reach loopback unless the browser is told not to mind.
    const args = ["--no-sandbox", "--disable-gpu", "--disable-features=LocalNetworkAccessChecks"];
    const chrome = await chromium.launch({ executablePath, args });
    try {
      const page = await chrome.newPage();
      await openPage(page, server.url);
      assertEquals(await page.evaluate("later()"), "VersionError");
      assertEquals(await page.evaluate('there("k", false)'), undefined);
      assertEquals(await page.evaluate('there("k", true)'), 'BTC 9007199254740993 {"position":3}');
      const [symbol] = session.symbols;
      const ask = `firstBook("${server.url.replace("http", "ws")}/ws", "${server.token}", "${symbol}")`;
      const live = await page.evaluate(ask) as Record<string, unknown>;
      assert((live.bids as unknown[]).length > 3 && live.stale !== true, "the server's book");
      session.stop(new Error("enough"));
      await running.catch(() => {});
      await server.close();
      await openPage(page, server.url);
      assertEquals(await page.evaluate('there("k", false)'), 'BTC 9007199254740993 {"position":3}');
      assertEquals(await page.evaluate(ask), { ...live, stale: true });
    } finally {
      await chrome.close();
      session.stop(new Error("enough"));
      await running.catch(() => {});
      await server.close().catch(() => {});
    }
  },
});

/** Opens the page under test in the place of the server's, as if it were the server's own, whether or not that is still there. */
async function openPage(page: Page, url: string): Promise<void> {
  const scripts = await bundle("transport/client/_cache_page.ts");
  await page.route(`${url}/test/**`, (route) => {
    const name = new URL(route.request().url()).pathname.slice("/test/".length), script = scripts.get(name);
    if (!script) {
      const body = '<!doctype html><script type="module" src="_cache_page.js"></script>';
      return route.fulfill({ contentType: "text/html", body });
    }
    return route.fulfill({ contentType: "text/javascript", body: new TextDecoder().decode(script) });
  });
  await page.goto(`${url}/test/`);
  await page.waitForFunction("typeof firstBook === 'function'");
}
