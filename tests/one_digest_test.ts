import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { findChromium, NO_CHROMIUM } from "./chromium.ts";
import { type Outcome, runSession } from "./one_digest_session.ts";

const SESSION = new URL("one_digest_session.ts", import.meta.url);
const chromium = findChromium();
const because = chromium === undefined ? NO_CHROMIUM : "";
const PATIENCE_MS = 180_000;
let here: Outcome | undefined;

/** The outcome on the main thread, worked out once. */
function onMainThread(): Outcome {
  return here ??= runSession();
}

Deno.test("one digest: a million rows make orders, fills and refusals", () => {
  const { rows, orders, fills } = onMainThread();
  assert(rows >= 1_000_000 && orders > 10_000 && fills > 1000, JSON.stringify(here));
});

Deno.test("one digest: a Worker comes to the main thread's", async () => {
  const worker = new Worker(SESSION, { type: "module" });
  try {
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
    });
    assertEquals(outcome, onMainThread());
  } finally {
    worker.terminate();
  }
});

Deno.test({
  name: `one digest: headless Chromium comes to the main thread's, from a bundle${because}`,
  ignore: chromium === undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const bundle = await bundleFor(folder);
      assertEquals(/\bfrom ?"(node|npm):|\bDeno\./.exec(bundle)?.[0], undefined);
      assertEquals(await inChromium(bundle, folder), onMainThread());
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function bundleFor(folder: string): Promise<string> {
  const path = `${folder}/session.js`;
  const args = ["bundle", "--quiet", "--platform", "browser", "-o", path, fileURLToPath(SESSION)];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, stdout: "null" }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return await Deno.readTextFile(path);
}

/** Runs a script in a page of its own, and reads the outcome from the page's text. */
async function inChromium(script: string, folder: string): Promise<Outcome> {
  const page = `<!doctype html><meta charset="utf-8"><body><script type="module" src="session.js"></script>`;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, ({ url }) => {
    const asked = url.endsWith(".js");
    const type = asked ? "text/javascript" : "text/html";
    return new Response(asked ? script : page, { headers: { "content-type": type } });
  });
  const args = ["--headless=new", "--no-sandbox", "--disable-gpu", `--user-data-dir=${folder}/profile`, "--dump-dom"];
  const command = new Deno.Command(chromium!, {
    args: [...args, `http://127.0.0.1:${server.addr.port}/`],
    stdout: "piped",
    stderr: "null",
    // A browser that hangs is killed, long after a busy machine would have been done.
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const { stdout, signal } = await command.output();
  const dom = new TextDecoder().decode(stdout);
  const json = /\{"digest".*?\}/.exec(dom)?.[0];
  if (json === undefined) throw new Error(`The page shows no outcome${signal ? `, ended by ${signal}` : ""}: ${dom}`);
  return JSON.parse(json);
}
