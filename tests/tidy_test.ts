/**
 * The rules of the repository as a test: what stands where, how files are named, how long they are, what they never say.
 *
 * It looks at what git tracks, so that it says the same on a clean checkout as on a desk. Which way imports go, and
 * what pure rooms may use, is said by `deno lint` (tests/lint/).
 */
import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { circles } from "./lint/circles.ts";
import { sharedData } from "./shared_data.ts";

const root = new URL("../", import.meta.url);
const tracked = await trackedFiles();
const ignore = tracked.length === 0;
const because = ignore ? " (ignored: not a git checkout)" : "";

/** A rule: its offenders, each as "path: what", must be none. */
function rule(name: string, offenders: () => Iterable<string>): void {
  Deno.test({ name: `tidy: ${name}${because}`, ignore, fn: () => assertEquals([...offenders()], []) });
}

const TOP = new Set(
  ("deno.json deno.lock mod.ts README.md LICENSE CHANGELOG.md engine transport strategies fixtures notebooks tests")
    .split(" "),
);

rule("the top level holds only what DESIGN names", function* () {
  for (const top of new Set(tracked.map((path) => path.split("/")[0]))) {
    if (!top.startsWith(".") && !TOP.has(top)) yield top;
  }
});

/** Pages that whoever opens a folder should see first. */
const DOCUMENTS = new Set(["README.md", "PROTOCOL.md"]);

rule("names are snake_case", function* () {
  for (const path of tracked) {
    for (const part of path.split("/")) {
      if (!/^[._]?[a-z0-9_]+(\.[a-z0-9_]+)*$/.test(part) && !TOP.has(part) && !DOCUMENTS.has(part)) yield path;
    }
  }
});

rule('a file over 400 lines says why in its header ("Over 400 lines because …")', function* () {
  for (const [path, text] of sources()) {
    const lines = text.split("\n");
    if (lines.length > 401 && !/over 400 lines/i.test(lines.slice(0, 40).join("\n"))) {
      yield `${path}: ${lines.length - 1} lines`;
    }
  }
});

rule("a strategy has under 80 lines", function* () {
  for (const [path, text] of sources()) {
    const lines = text.split("\n").length - 1;
    if (path.startsWith("strategies/") && !isTest(path) && lines >= 80) yield `${path}: ${lines} lines`;
  }
});

rule("x_test.ts stands beside x.ts", function* () {
  const paths = new Set(tracked);
  for (const path of tracked) {
    const match = /^((?!tests\/[^/]*$).*\/)([^/]*)_test\.ts$/.exec(path);
    if (!match) continue;
    const [, folder, name] = match;
    if (name === "captures" || name === "conformance") continue; // of a whole folder
    // x_fuzz_test.ts and its like belong to x.ts; tape_test.ts may belong to tape_reader.ts and tape_writer.ts together.
    const words = name.split("_");
    const subject = words.some((_, i) => paths.has(`${folder}${words.slice(0, i + 1).join("_")}.ts`)) ||
      tracked.some((other) => other.startsWith(`${folder}${name}_`) && !isTest(other));
    if (!subject) yield path;
  }
});

rule("a folder's mod.ts begins by saying what the folder is", function* () {
  for (const [path, text] of sources()) {
    const begins = text.replace(/^(#!.*\n|\/\/\/ <reference.*\n)+/, "").startsWith("/**");
    if (/(^|\/)mod\.ts$/.test(path) && !begins) yield path;
  }
});

rule("every export has its sentence", function* () {
  for (const [path, text] of sources()) {
    if (isTest(path) || path.startsWith("tests/")) continue;
    const lines = text.split("\n");
    for (let i = 0; i < lines.length; i++) {
      const match = /^export (?:abstract |const )?(?:class|function|const|interface|type|enum)? ?(\w+)/.exec(lines[i]);
      if (!match || /^export (\*|\{|default|type \{)/.test(lines[i])) continue;
      const before = lines[i - 1] ?? "";
      // Overloads, and constants in a row, share the sentence above the first.
      const shared = /^export (const|function) /.test(before) && before.split(" ")[1] === lines[i].split(" ")[1];
      if (!before.trimEnd().endsWith("*/") && !shared) yield `${path}:${i + 1}: ${match[1]}`;
    }
  }
});

rule("no files need each other in a circle", function* () {
  for (const circle of circles(sources())) yield circle.join(", ");
});

// Written apart so that this file does not offend itself.
const NEVER: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["work left for later", new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b`)],
  ["a rule switched off", new RegExp(["@ts-" + "ignore", "@ts-" + "nocheck", "deno-lint-" + "ignore"].join("|"))],
  [
    "a path of one machine",
    new RegExp(`(^|[\\s"'\`(=:])/(${["wo" + "rk", "tm" + "p", "ro" + "ot", "ho" + "me"].join("|")})(/|\\b)`),
  ],
  ["a merge left open", new RegExp(`^(<{7}|>{7}|={7})( |$)`)],
];

rule("no file says what none should", function* () {
  for (const [path, text] of texts()) {
    const lines = text.split("\n");
    for (let i = 0; i < lines.length; i++) {
      for (const [name, pattern] of NEVER) {
        if (pattern.test(lines[i])) yield `${path}:${i + 1}: ${name}: ${lines[i].trim()}`;
      }
    }
  }
});

rule("no type is any", function* () {
  const pattern = new RegExp(`(:|\\bas|<|\\||,)\\s*an${"y"}\\b\\s*([[\\]>;,)=|&{]|$)`);
  for (const [path, text] of sources()) {
    const lines = text.split("\n");
    for (let i = 0; i < lines.length; i++) {
      if (pattern.test(lines[i].replace(/^\s*(\*|\/\/|\/\*).*|\/\/.*$/, ""))) {
        yield `${path}:${i + 1}: ${lines[i].trim()}`;
      }
    }
  }
});

rule("packages are pinned to one version", function* () {
  const { imports } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root)));
  for (const [name, target] of Object.entries<string>(imports)) {
    if (/^(npm|jsr):/.test(target) && !/@\d+\.\d+\.\d+(\/|$)/.test(target)) yield `${name}: ${target}`;
  }
});

rule("recorded data stands in fixtures/data alone", function* () {
  for (const path of tracked) {
    const data = /\.(arrow|csv|gz|zst|npz|dbn|parquet|jsonl|ndjson|bin)$/.test(path);
    if (data && !path.startsWith("fixtures/data/")) yield path;
  }
});

rule("no capture from outside was copied in", function* () {
  const folder = sharedData("");
  if (folder === undefined) return;
  const bySize = new Map<number, string[]>();
  for (const path of walk(folder)) {
    const { size } = Deno.statSync(path);
    bySize.set(size, [...(bySize.get(size) ?? []), path]);
  }
  for (const path of tracked) {
    const bytes = Deno.readFileSync(new URL(path, root));
    for (const other of bytes.length > 64 ? bySize.get(bytes.length) ?? [] : []) {
      const theirs = Deno.readFileSync(other);
      if (bytes.every((byte, i) => byte === theirs[i])) yield path;
    }
  }
});

Deno.test("tidy: all that mod.ts names is exported by it, and has its sentence", async () => {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", "--quiet", "mod.ts"],
    cwd: fileURLToPath(root),
    env: { NO_COLOR: "1" },
  });
  const { stdout, stderr } = await command.output(), decoder = new TextDecoder();
  assertEquals(decoder.decode(stdout) + decoder.decode(stderr), "");
});

/** What git tracks and is there, from the root; empty where there is no git or no checkout. */
async function trackedFiles(): Promise<string[]> {
  try {
    const { code, stdout } = await new Deno.Command("git", { args: ["ls-files", "-z"], cwd: fileURLToPath(root) })
      .output();
    if (code !== 0) return [];
    return new TextDecoder().decode(stdout).split("\0").filter((path) => path !== "" && exists(path));
  } catch {
    return [];
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, root)).isFile;
  } catch {
    return false;
  }
}

/** TypeScript files and their text. */
function sources(): [path: string, text: string][] {
  return tracked.filter((path) => path.endsWith(".ts")).map((
    path,
  ) => [path, Deno.readTextFileSync(new URL(path, root))]);
}

/** All that people write. */
function texts(): [path: string, text: string][] {
  return tracked.filter((path) => /\.(ts|js|md|json|html|css|ipynb|py|sh|yml|yaml|txt)$|^\.ci\/run$/.test(path))
    .map((path) => [path, Deno.readTextFileSync(new URL(path, root))]);
}

function isTest(path: string): boolean {
  return /_(test|bench)\.ts$/.test(path);
}

function* walk(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* walk(path);
    else if (entry.isFile) yield path;
  }
}
