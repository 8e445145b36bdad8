import { assert, assertEquals } from "@std/assert";
import { chromium } from "playwright-core";
import { fileURLToPath } from "node:url";
import { defineStatusElement } from "./status_element.ts";

const browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});
const ignore = browser === undefined;
const because = ignore ? " (ignored: there is no Chromium)" : "";

Deno.test("defineStatusElement: where there is no page there is nothing to define", () => {
  assertEquals(defineStatusElement(), false);
});

const POLICY = "default-src 'none'; script-src 'nonce-n'; style-src 'none'";

/** A page whose client is a stand-in that a test sets. */
const page = (script: string) =>
  `<!doctype html><meta http-equiv="Content-Security-Policy" content="${POLICY}">
<lockstep-status id="compact"></lockstep-status><lockstep-status id="full" view="full"></lockstep-status>
<lockstep-status id="card" view="card"></lockstep-status>
<script type="module" nonce="n">${script.replaceAll("</script", "<\\/script")}
defineStatusElement();
const listeners = new Set();
const stats = { errors: { network: 1 }, latencyMs: { last: 12, recent: 12, least: 10, median: 12, most: 40 }, clockErrorMs: 5, clockOffsetMs: 2,
  uptimeMs: 5000, received: 3, receivedBytes: 2048, sent: 1, sentBytes: 10, queued: 0, waiting: 0, reconnections: 2, lost: 0 };
window.reconnects = 0;
window.client = { state: "connected", carrier: "websocket", stats, error: undefined,
  hello: { session: "<b>s</b>", mode: "live", live: true },
  on(name, listener) { listeners.add(listener); return () => listeners.delete(listener); },
  reconnect() { window.reconnects++; } };
window.listeners = listeners;
window.tell = () => listeners.forEach((listener) => listener());
for (const element of document.querySelectorAll("lockstep-status")) element.client = window.client;
</script>`;

async function bundled(): Promise<string> {
  const args = ["bundle", "--quiet", "--platform", "browser", "--config"];
  args.push(fileURLToPath(new URL("../../deno.json", import.meta.url)));
  args.push(fileURLToPath(new URL("./status_element.ts", import.meta.url)));
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).replace(/export \{[^}]*\};?/, "");
}

Deno.test({
  name: `lockstep-status: state, LIVE, latency, figures and a button, as text, under a strict policy${because}`,
  ignore,
  // Playwright keeps a process and pipes of its own until the browser has closed, and some timers for longer.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const chrome = await chromium.launch({ executablePath: browser, args: ["--no-sandbox"] });
    try {
      const tab = await chrome.newPage();
      const complaints: string[] = [];
      tab.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      tab.on("pageerror", (error) => complaints.push(String(error)));
      const html = page(await bundled());
      await tab.route("http://status.test/", (route) => route.fulfill({ contentType: "text/html", body: html }));
      await tab.goto("http://status.test/");
      const text = (id: string, part: string) => tab.locator(`#${id} .${part}`).first().innerText();
      const visible = (id: string, part: string) => tab.locator(`#${id} .${part}`).first().isVisible();
      for (const id of ["compact", "full", "card"]) {
        assertEquals(await text(id, "title"), "Connected");
        assertEquals(await text(id, "mode"), "LIVE – real money");
        assertEquals(await text(id, "latency"), "12 ms");
        assertEquals([await visible(id, "list"), await visible(id, "reconnect")], Array(2).fill(id !== "compact"));
        const colour = await tab.locator(`#${id} .mode`).evaluate((mode) => getComputedStyle(mode).backgroundColor);
        assertEquals(colour, "rgb(179, 0, 27)");
      }
      assert((await text("card", "list")).includes("<b>s</b>"), "the session's name is text");
      await tab.locator("#card .reconnect").click();
      assertEquals(await tab.evaluate("window.reconnects"), 1);
      await tab.evaluate(
        `client.state = "error"; client.error = { message: "Cannot connect: <i>x</i>", data: { code: 1000, remedy: "reconnect" } }; tell()`,
      );
      assertEquals(await text("compact", "title"), "No connection");
      assertEquals(await visible("compact", "reconnect"), true);
      assertEquals(await text("card", "problem"), "Cannot connect: <i>x</i> (1000: reconnect)");
      await tab.evaluate(`document.querySelectorAll("lockstep-status").forEach((element) => element.remove())`);
      assertEquals(await tab.evaluate("listeners.size"), 0);
      assertEquals(complaints, []);
    } finally {
      await chrome.close();
    }
  },
});
