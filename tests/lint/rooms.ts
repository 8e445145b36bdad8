/** The rooms of the repository, as far as the lint rules tell them apart. */
export type Room = "pure" | "stats" | "engine" | "transport" | "strategies" | "fixtures" | "tests" | "face" | "outside";

const PURE = ["core", "book", "venue", "oms", "risk", "account", "agents", "feed"];
const ROOT = new URL("../../", import.meta.url).pathname;

/** A file's path from the root of the repository, with slashes; a path that is not below the root stays as it is. */
export function repositoryPath(file: string): string {
  const path = file.replace(/^file:\/\//, "").replaceAll("\\", "/");
  if (path.startsWith(ROOT)) return path.slice(ROOT.length);
  const drive = `/${path}`; // "C:/…" is "/C:/…" in a URL
  return drive.startsWith(ROOT) ? drive.slice(ROOT.length) : path;
}

/**
 * The room that a path from the root lies in. `mod.ts` at the root is the face; a file beside the known rooms is outside.
 *
 * @example
 * ```ts
 * import { roomOf } from "./rooms.ts";
 * if (roomOf("engine/book/l2.ts") !== "pure" || roomOf("engine/run/sweep.ts") !== "engine") throw new Error("unexpected");
 * ```
 */
export function roomOf(path: string): Room {
  const [first, second] = path.split("/");
  if (first === "engine") return second === "stats" ? "stats" : PURE.includes(second) ? "pure" : "engine";
  if (first === "transport" || first === "strategies" || first === "fixtures" || first === "tests") return first;
  return path === "mod.ts" ? "face" : "outside";
}

/** Tests and benches may look at clocks and reach into other rooms. */
export function isTest(path: string): boolean {
  return /_(test|bench)\.ts$/.test(path) || roomOf(path) === "tests";
}

/** `specifier` as seen from the file `from`, both from the root: "../core/rng.ts" from "engine/book/l2.ts". */
export function resolve(specifier: string, from: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}
