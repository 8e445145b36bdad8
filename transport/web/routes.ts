import type { Env, Hono } from "hono";
import { bundle } from "./bundle.ts";

const HERE = new URL("./", import.meta.url);

const HEADERS = { "cache-control": "no-cache" };

const PIECE_BYTES = 16_384;

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/style.css": ["style.css", "text/css; charset=utf-8"],
  "/icon.svg": ["icon.svg", "image/svg+xml"],
};

/**
 * Serves the page: its files, and its scripts, which are bundled when they are first asked for. Headers that guard it are the
 * server's, as those of every answer (see auth/page_headers.ts).
 */
export function mountPage<E extends Env>(app: Hono<E>): void {
  for (const [route, [file, type]] of Object.entries(FILES)) {
    app.get(route, async () => {
      return new Response(await Deno.readFile(new URL(file, HERE)), { headers: { ...HEADERS, "content-type": type } });
    });
  }
  app.get("/:script{[\\w-]+\\.js}", async (context) => {
    const script = (await bundle("transport/web/page.ts")).get(context.req.param("script"));
    if (script === undefined) return context.notFound();
    const type = "text/javascript; charset=utf-8", length = { "content-length": `${script.length}` };
    return new Response(inPieces(script), { headers: { ...HEADERS, ...length, "content-type": type } });
  });
}

/** Bytes that are handed out as somebody takes them: a whole script would be copied for each who asks and does not read. */
function inPieces(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.subarray(at, at += PIECE_BYTES));
      else controller.close();
    },
  }, { highWaterMark: 0 });
}
