import type { Env, Hono } from "hono";
import { bundle } from "./bundle.ts";

const HERE = new URL("./", import.meta.url);

const HEADERS = { "cache-control": "no-cache" };

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/style.css": ["style.css", "text/css; charset=utf-8"],
  "/icon.svg": ["icon.svg", "image/svg+xml"],
};

/**
 * Serves the page: its files, and its script, which is bundled when it is first asked for. Headers that guard it are the server's,
 * as those of every answer (see auth/page_headers.ts).
 */
export function mountPage<E extends Env>(app: Hono<E>): void {
  for (const [route, [file, type]] of Object.entries(FILES)) {
    app.get(route, async () => {
      return new Response(await Deno.readFile(new URL(file, HERE)), { headers: { ...HEADERS, "content-type": type } });
    });
  }
  app.get("/page.js", async () => {
    const headers = { ...HEADERS, "content-type": "text/javascript; charset=utf-8" };
    return new Response(await bundle("transport/web/page.ts"), { headers });
  });
}
