import type { Principal } from "./principal.ts";

/** What a scope lets one do; each but the first includes `read`, and `admin` includes all. */
export const ACTIONS = ["read", "trade", "control", "admin"] as const;
/** One of them. */
export type Action = typeof ACTIONS[number];

/**
 * What something needs to be allowed. `session: "*"` is the server itself, and whoever is limited to sessions has not got it;
 * `symbol: "*"`, or none, is the whole session, and whoever is limited to instruments has not got it.
 */
export interface Need {
  readonly action: Action;
  readonly session: string;
  /** One instrument's symbol. */
  readonly symbol?: string;
  /** Whoever has any instrument of the session has this too: the session's time, say. */
  readonly anySymbol?: boolean;
}

/** A scope, taken apart: "trade:*:BTCUSDT" is { action: "trade", session: "*", symbol: "BTCUSDT" }. */
export interface Scope {
  readonly action: Action;
  readonly session: string;
  readonly symbol: string;
}

/**
 * Whether a principal may do what is needed. It fails closed: a scope that does not read as one allows nothing.
 *
 * A scope is `action`, `action:session` or `action:session:symbol`, where `*` stands for all; a star beside other letters is no
 * pattern. Names match letter by letter. A symbol may hold colons, a session may not.
 *
 * @example
 * ```ts
 * import { allows } from "./scopes.ts";
 * const who = { name: "ann", scopes: ["read", "trade:paper-1:BTCUSDT"] };
 * if (!allows(who, { action: "trade", session: "paper-1", symbol: "BTCUSDT" })) throw new Error("unexpected");
 * if (allows(who, { action: "trade", session: "paper-1", symbol: "*" })) throw new Error("unexpected");
 * if (allows(who, { action: "control", session: "paper-1" })) throw new Error("unexpected");
 * ```
 */
export function allows(principal: Pick<Principal, "scopes">, need: Need): boolean {
  for (const text of principal.scopes) {
    const scope = parseScope(text);
    if (scope !== undefined && covers(scope, need)) return true;
  }
  return false;
}

/** The symbols among these that a principal may have; for who asks for "*" and has only some. */
export function allowedSymbols(
  principal: Pick<Principal, "scopes">,
  need: Omit<Need, "symbol" | "anySymbol">,
  symbols: readonly string[],
): string[] {
  return symbols.filter((symbol) => symbol !== "*" && allows(principal, { ...need, symbol }));
}

/** The text of a need as the scope that would grant it, for errors: "trade:paper-1:BTCUSDT". */
export function scopeText({ action, session, symbol = "*" }: Need | Scope): string {
  if (symbol !== "*") return `${action}:${session}:${symbol}`;
  return session === "*" ? action : `${action}:${session}`;
}

/** What a principal lacks, for errors: "scope trade:paper-1", and why, where the token has it and the way it came has not. */
export function lackText({ plainText }: Pick<Principal, "plainText">, need: Need): string {
  const why = plainText && need.action !== "read" ? ", as what comes in plain text may only read; use TLS" : "";
  return `scope ${scopeText(need)}${why}`;
}

/** A session's name as a scope may hold it: no colon, no blank. */
const SESSION = /^(\*|[\w.@/+-]{1,200})$/;
/** A symbol is any printable ASCII but blanks; "*" alone stands for all. */
const SYMBOL = /^[!-~]{1,200}$/;

/** Takes a scope apart; undefined for what is none. */
export function parseScope(text: string): Scope | undefined {
  const [action, session = "*", ...rest] = text.split(":");
  const symbol = rest.length === 0 ? "*" : rest.join(":");
  if (!isAction(action) || !SESSION.test(session) || !SYMBOL.test(symbol)) return undefined;
  // A star among letters looks like a pattern and is none: nobody should believe that it is.
  if (symbol !== "*" && symbol.includes("*")) return undefined;
  return { action, session, symbol };
}

/**
 * Those of `scopes` that `most` allows, each cut down to it: what an issuer may grant at most. What does not read as a scope is
 * left out.
 */
export function narrowed(scopes: readonly string[], most: readonly string[]): string[] {
  const found = new Set<string>();
  for (const text of scopes) {
    const scope = parseScope(text);
    if (scope === undefined) continue;
    for (const limitText of most) {
      const limit = parseScope(limitText);
      const both = limit && common(scope, limit);
      if (both) found.add(scopeText(both));
    }
  }
  return [...found];
}

function isAction(text: string): text is Action {
  return (ACTIONS as readonly string[]).includes(text);
}

function includes(has: Action, needed: Action): boolean {
  return has === needed || has === "admin" || needed === "read";
}

function covers(scope: Scope, { action, session, symbol = "*", anySymbol = false }: Need): boolean {
  return includes(scope.action, action) && (scope.session === "*" || scope.session === session) &&
    (scope.symbol === "*" || anySymbol || (symbol !== "*" && scope.symbol === symbol));
}

/** What two scopes both allow; undefined where that is nothing. */
function common(a: Scope, b: Scope): Scope | undefined {
  const session = commonName(a.session, b.session), symbol = commonName(a.symbol, b.symbol);
  if (session === undefined || symbol === undefined) return undefined;
  const action = includes(a.action, b.action) ? b.action : includes(b.action, a.action) ? a.action : "read";
  return { action, session, symbol };
}

function commonName(a: string, b: string): string | undefined {
  return a === "*" ? b : b === "*" || a === b ? a : undefined;
}
