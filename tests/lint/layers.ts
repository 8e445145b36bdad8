/// <reference lib="deno.unstable" />
import { isTest, repositoryPath, resolve, type Room, roomOf } from "./rooms.ts";

/** Lint rule `lockstep/layers`: imports go one way. */
export const layers: Deno.lint.Rule = {
  create(context) {
    const from = repositoryPath(context.filename);
    const check = (node: Deno.lint.StringLiteral): void => {
      const problem = wrongImport(from, node.value);
      if (problem) context.report({ node, message: `Cannot import ${node.value} here: ${problem}` });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ExportNamedDeclaration(node) {
        if (node.source) check(node.source as Deno.lint.StringLiteral);
      },
      ImportExpression(node) {
        if (node.source.type === "Literal" && typeof node.source.value === "string") {
          check(node.source as Deno.lint.StringLiteral);
        }
      },
    };
  },
};

/**
 * Why the file `from` (a path from the root) may not import `specifier`; undefined where it may.
 *
 * @example
 * ```ts
 * import { wrongImport } from "./layers.ts";
 * if (wrongImport("engine/book/l2.ts", "../core/event.ts")) throw new Error("pure may import pure");
 * if (!wrongImport("engine/book/l2.ts", "../run/mod.ts")) throw new Error("pure may not import run");
 * ```
 */
export function wrongImport(from: string, specifier: string): string | undefined {
  const room = roomOf(from);
  const pure = room === "pure" || room === "stats" || room === "strategies";
  if (!specifier.startsWith(".")) {
    if (isTest(from)) return undefined;
    if (/^[a-z]+:/.test(specifier) && !(specifier.startsWith("node:") && !pure)) {
      return pure
        ? "this room runs in a browser tab and a Worker as well; take what it needs as a parameter"
        : "packages are named in the imports of deno.json; add it there and import its short name";
    }
    return undefined;
  }
  const target = resolve(specifier, from);
  const to = roomOf(target);
  if (room === "engine" || room === "pure" || room === "stats") {
    if (to === "transport") return "the engine never imports transport; let transport import the engine";
  }
  return isTest(from) ? undefined : WALLS[room]?.(to, target);
}

/** What each room refuses, and why. A room that is not here refuses nothing. */
const WALLS: Partial<Record<Room, (to: Room, target: string) => string | undefined>> = {
  pure: fromPure,
  stats: fromPure,
  engine: (to) =>
    to === "engine" || to === "pure" || to === "stats"
      ? undefined
      : "the engine stands on itself alone; let mod.ts, strategies, fixtures or transport import the engine",
  transport: (to) =>
    to === "strategies" || to === "fixtures" || to === "tests" || to === "face"
      ? "transport imports transport and engine only"
      : undefined,
  strategies: (to, target) =>
    to === "strategies" || to === "face" || isFace(target)
      ? undefined
      : "a strategy sees the public face only; import it from ../mod.ts",
  fixtures: (to, target) =>
    to === "fixtures" || to === "face" || isFace(target) || /^engine\/(feed|core|book|venue|run)\//.test(target)
      ? undefined
      : "fixtures import ../mod.ts, a mod.ts of the engine, or files of its feed, core, book, venue and run",
  face: (to) =>
    to === "tests" || to === "fixtures" ? "what is public does not lean on tests or fixtures; move it" : undefined,
};

function fromPure(to: Room): string | undefined {
  return to === "pure" || to === "stats"
    ? undefined
    : "a pure room imports only pure rooms; take what it needs as a parameter";
}

function isFace(target: string): boolean {
  return /^engine\/(\w+\/)?mod\.ts$/.test(target);
}
