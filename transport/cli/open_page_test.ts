import { assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { type Desktop, openPage } from "./open_page.ts";

const URL_WITH_TOKEN = "http://127.0.0.1:8787/?session=a&b=%22#token=a.b.c";

/** Opens a page on a made-up desktop; the commands that came of it. */
function opened(desktop: Partial<Desktop>, environment: Record<string, string> = {}) {
  const started: string[][] = [], files: string[] = [];
  const tidy = openPage(URL_WITH_TOKEN, {
    os: "linux",
    watched: true,
    env: (name) => environment[name],
    start: (program, args) => {
      started.push([program, ...args.slice(0, -1)]);
      files.push(fileURLToPath(args[args.length - 1]));
    },
    ...desktop,
  });
  return { started, files, tidy };
}

Deno.test("openPage: each system's own opener, where somebody would see it", () => {
  const cases: [Partial<Desktop>, Record<string, string>, string[][]][] = [
    [{}, { DISPLAY: ":0" }, [["xdg-open"]]],
    [{}, { WAYLAND_DISPLAY: "wayland-0" }, [["xdg-open"]]],
    [{}, {}, []],
    [{ watched: false }, { DISPLAY: ":0" }, []],
    [{}, { DISPLAY: "localhost:10.0", SSH_CONNECTION: "10.0.0.1 1 10.0.0.2 22" }, []],
    [{ os: "darwin" }, {}, [["open"]]],
    [{ os: "windows" }, {}, [["cmd", "/c", "start", ""]]],
  ];
  for (const [desktop, environment, expected] of cases) {
    const { started, tidy } = opened(desktop, environment);
    tidy();
    assertEquals(started, expected);
  }
});

Deno.test("openPage: the token is in a file that nobody else can read, and goes with the program", () => {
  const { started, files: [file], tidy } = opened({}, { DISPLAY: ":0" });
  assertEquals(JSON.stringify(started).includes("token"), false);
  const text = Deno.readTextFileSync(file);
  assertStringIncludes(text, 'content="0; url=http://127.0.0.1:8787/?session=a&amp;b=%22#token=a.b.c"');
  if (Deno.build.os !== "windows") assertEquals(Deno.statSync(file).mode! & 0o077, 0);
  tidy();
  tidy();
  assertEquals(existing(file), false);
});

Deno.test("openPage: where there is no opener nothing happens, and nothing is left", () => {
  let file = "";
  const { tidy } = opened({
    start: (_program, args) => {
      file = fileURLToPath(args[0]);
      throw new Deno.errors.NotFound("xdg-open");
    },
  }, { DISPLAY: ":0" });
  assertEquals(existing(file), false);
  tidy();
});

function existing(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
