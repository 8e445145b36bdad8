/** The list of a server's sessions in a browser, and the form that makes one. */
import { assert, assertEquals } from "@std/assert";
import { chromium } from "playwright-core";
import { mountRest } from "../transport/host/rest_api.ts";
import { Server } from "../transport/host/server.ts";
import { Sessions } from "../transport/host/sessions.ts";
import { StrategyRegistry } from "../transport/host/strategy_registry.ts";
import { TapeRegistry } from "../transport/host/tape_registry.ts";
import { eventually } from "../transport/link/_eventually.ts";
import { findChromium, NO_CHROMIUM } from "./chromium.ts";

const executablePath = findChromium();
const folder = (path: string) => new URL(`../${path}`, import.meta.url).pathname;

Deno.test({
  name: `sessions: listed, made by the form, watched, stopped and forgotten on the page${
    executablePath ? "" : NO_CHROMIUM
  }`,
  ignore: executablePath === undefined,
  async fn() {
    const out = await Deno.makeTempDir(), strategies = await StrategyRegistry.load(folder("strategies"));
    const tapes = new TapeRegistry();
    tapes.addFolder(folder("fixtures/data"));
    let sessions!: Sessions;
    const server = await Server.start({
      port: 0,
      peers: false,
      mount(server) {
        sessions = new Sessions({ server, out });
        mountRest(server.app, { server, sessions, strategies, tapes, relative: (path) => path });
      },
    });
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
    try {
      const page = await browser.newPage({ viewport: { width: 390, height: 844 } }), complaints: string[] = [];
      // The first page has its script bundled, on a machine that may have much to do.
      page.setDefaultTimeout(30_000);
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      await page.goto(server.pageUrl);
      await page.locator("form.new-session button[type=submit]").waitFor();
      assertEquals(await page.locator(".sessions .empty").first().textContent(), "None yet.");
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert(wide <= 0, `${wide} px too wide`);
      await page.selectOption("select[name=strategy]", "sma_cross");
      await page.selectOption("select[name=tape]", ["market_l2"]);
      assertEquals(await page.inputValue("input[name=speed]"), "60");
      await page.selectOption("select[name=tape]", ["bars"]);
      // Of years, and yet to be watched.
      assertEquals(await page.inputValue("input[name=speed]"), "2000000");
      await page.selectOption("select[name=pace]", "free");
      await page.fill("input[name='set.fast']", "500");
      await page.click("form.new-session button[type=submit]");
      // What does not fit is said, and nothing is made.
      await page.locator(".banner:not([hidden])").waitFor();
      assertEquals(sessions.ids(), []);
      await page.fill("input[name='set.fast']", "5");
      await page.click("form.new-session button[type=submit]");
      await page.waitForURL(/session=sma_cross-bars-1/);
      await page.locator("#mode").waitFor();
      await eventually(() => sessions.info("sma_cross-bars-1").digest !== null);
      await page.goto(server.pageUrl.replace("/#", "/?session=#"));
      const row = page.locator(".sessions tbody tr");
      assertEquals(await row.locator("a").textContent(), "sma_cross-bars-1");
      const coming = page.waitForEvent("download");
      await row.getByRole("button", { name: "Download result.json" }).click();
      const path = await (await coming).path();
      assertEquals(JSON.parse(await Deno.readTextFile(path)).digest, sessions.info("sma_cross-bars-1").digest);
      await row.getByRole("button", { name: "Forget" }).click();
      await row.waitFor({ state: "detached" });
      assertEquals(sessions.ids(), []);
      // The browser itself tells of the request that was refused.
      assertEquals(complaints.filter((each) => !each.includes("400 (Bad Request)")), []);
    } finally {
      await browser.close();
      await sessions.close();
      await server.close();
      await Deno.remove(out, { recursive: true });
    }
  },
});
