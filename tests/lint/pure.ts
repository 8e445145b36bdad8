/// <reference lib="deno.unstable" />
import { isTest, repositoryPath, roomOf } from "./rooms.ts";

/**
 * Lint rule `lockstep/pure`: pure rooms and strategies see no clock, no chance, no machine and no rounding but their own.
 *
 * It reads names, so it keeps honest people honest; a strategy nobody knows runs under `--sandbox`.
 */
export const pure: Deno.lint.Rule = {
  create(context) {
    const path = repositoryPath(context.filename);
    const room = roomOf(path);
    if (isTest(path) || (room !== "pure" && room !== "stats" && room !== "strategies")) return {};
    const floats = room === "stats"; // its figures are for people and never hashed
    const own = new Set<string>();
    const seen: Deno.lint.Identifier[] = [];
    const report = (node: Deno.lint.Node, what: string, instead: string): void =>
      context.report({ node, message: `Cannot use ${what} in a pure room`, hint: instead });
    const asynchronous = (node: Deno.lint.Node & { async: boolean }): void => {
      if (node.async) report(node, "an async function", SYNCHRONOUS);
    };
    const power = (node: Deno.lint.Node & { left: Deno.lint.Node; right: Deno.lint.Node }): void => {
      if (!floats && !(isNumber(node.left) && isNumber(node.right))) report(node, "**", OWN_MATH);
    };
    return {
      Identifier(node) {
        if (isDeclared(node)) own.add(node.name);
        else if (isValue(node)) seen.push(node);
      },
      MemberExpression(node) {
        const name = memberName(node);
        if (name === "localeCompare" || name?.startsWith("toLocale")) report(node, name, LOCALE);
      },
      "BinaryExpression[operator='**']": power,
      "AssignmentExpression[operator='**=']": power,
      FunctionDeclaration: asynchronous,
      FunctionExpression: asynchronous,
      ArrowFunctionExpression: asynchronous,
      AwaitExpression: (node) => report(node, "await", SYNCHRONOUS),
      ImportExpression: (node) => report(node, "import()", SYNCHRONOUS),
      "Program:exit"() {
        for (const node of seen) {
          if (own.has(node.name)) continue;
          const problem = globalProblem(node, floats);
          if (problem) report(node, problem[0], problem[1]);
        }
      },
    };
  },
};

const CLOCK = "take the time from the session: ctx.now, or the event's own time";
const CHANCE = "draw from the Rng you are given: engine/core/rng.ts, a child by name";
const TIMER = "ask the session for a timer: ctx.timer and onTimer";
const SYNCHRONOUS = "the core is synchronous; do I/O in engine/run or engine/live and pass the result in";
const MACHINE = "take it as a parameter; I/O belongs in engine/run or engine/live";
const OWN_MATH = "use exp, log, log1p, pow from engine/core/math.ts: an engine's own differ in the last bit";
const LOCALE = "it differs with the machine's locale; compare with < or use formatDecimal";
const WHOLE = "name the member in full, so that it can be checked";
const GARBAGE = "it depends on when memory is collected; keep the object or an integer handle";

const GLOBALS: Readonly<Record<string, string>> = {
  Deno: MACHINE,
  process: MACHINE,
  fetch: MACHINE,
  WebSocket: MACHINE,
  XMLHttpRequest: MACHINE,
  Worker: MACHINE,
  localStorage: MACHINE,
  navigator: MACHINE,
  performance: CLOCK,
  Temporal: CLOCK,
  crypto: CHANCE,
  setTimeout: TIMER,
  setInterval: TIMER,
  setImmediate: TIMER,
  queueMicrotask: TIMER,
  requestAnimationFrame: TIMER,
  Promise: SYNCHRONOUS,
  Intl: LOCALE,
  WeakRef: GARBAGE,
  FinalizationRegistry: GARBAGE,
  globalThis: WHOLE,
  window: WHOLE,
  self: WHOLE,
  eval: WHOLE,
  Function: WHOLE,
};

/** Of Math, what IEEE 754 or the language fixes to the last bit. */
const EXACT_MATH = new Set(
  "abs ceil clz32 floor fround imul max min round sign sqrt trunc E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2".split(" "),
);

/** What is wrong with a global name where it stands, and what to use instead. */
function globalProblem(node: Deno.lint.Identifier, floats: boolean): [what: string, instead: string] | undefined {
  const { name, parent } = node;
  const member = parent.type === "MemberExpression" && parent.object === node ? memberName(parent) : undefined;
  if (name === "Date") {
    if (member === "UTC" || member === "parse") return undefined;
    if (parent.type === "NewExpression" && parent.callee === node) {
      return parent.arguments.length > 0 ? undefined : ["new Date()", CLOCK];
    }
    if (parent.type === "BinaryExpression" && parent.operator === "instanceof") return undefined;
    return [member ? `Date.${member}` : "Date", CLOCK];
  }
  if (name === "Math") {
    if (member === undefined) return ["Math without its member", WHOLE];
    if (member === "random") return ["Math.random", CHANCE];
    return floats || EXACT_MATH.has(member) ? undefined : [`Math.${member}`, OWN_MATH];
  }
  const instead = Object.hasOwn(GLOBALS, name) ? GLOBALS[name] : undefined;
  return instead === undefined ? undefined : [member ? `${name}.${member}` : name, instead];
}

/** "now" of Date.now and of Date["now"]; undefined where it is worked out at run time. */
function memberName(node: Deno.lint.MemberExpression): string | undefined {
  if (!node.computed) return node.property.type === "Identifier" ? node.property.name : undefined;
  return node.property.type === "Literal" && typeof node.property.value === "string" ? node.property.value : undefined;
}

function isNumber(node: Deno.lint.Node): boolean {
  if (node.type === "UnaryExpression") return node.operator === "-" && isNumber(node.argument);
  return node.type === "Literal" && typeof node.value === "number";
}

/** The name is made here: a variable, parameter, import, function or class of the file. */
function isDeclared(node: Deno.lint.Identifier): boolean {
  const parent = node.parent;
  switch (parent.type) {
    case "VariableDeclarator":
    case "FunctionDeclaration":
    case "ClassDeclaration":
      return parent.id === node || isParameter(parent, node);
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return isParameter(parent, node);
    case "ImportSpecifier":
    case "ImportDefaultSpecifier":
    case "ImportNamespaceSpecifier":
      return parent.local === node;
    case "AssignmentPattern":
      return parent.left === node;
    case "Property":
      return parent.parent.type === "ObjectPattern" && parent.value === node;
    case "ArrayPattern":
    case "RestElement":
    case "CatchClause":
      return true;
    default:
      return false;
  }
}

function isParameter(parent: Deno.lint.Node, node: Deno.lint.Identifier): boolean {
  return "params" in parent && (parent.params as readonly Deno.lint.Node[] | undefined)?.includes(node) === true;
}

/** The name is read here as a value: not a member's, a key's or a type's name. */
function isValue(node: Deno.lint.Identifier): boolean {
  const parent = node.parent;
  switch (parent.type) {
    case "MemberExpression":
      return parent.object === node || parent.computed;
    case "Property":
      return parent.value === node || parent.computed;
    case "PropertyDefinition":
    case "MethodDefinition":
      return parent.value === node || parent.computed;
    case "ImportSpecifier":
    case "ExportSpecifier":
    case "LabeledStatement":
      return false;
    default:
      return !parent.type.startsWith("TS") || parent.type === "TSAsExpression" || parent.type === "TSNonNullExpression";
  }
}
