import type { Hono } from "hono";
import { bundle } from "./bundle.ts";

const HERE = new URL("./", import.meta.url);

/**
 * Nothing but the page's own scripts and styles, no plug-ins, no eval, no frames around it; connections go to where the page
 * came from.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-cache",
};

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/style.css": ["style.css", "text/css; charset=utf-8"],
  "/icon.svg": ["icon.svg", "image/svg+xml"],
};

/** Serves the page: its files, and its script, which is bundled when it is first asked for. */
export function mountPage(app: Hono): void {
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
