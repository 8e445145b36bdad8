import type { Channel } from "../protocol/channels.ts";
import type { Action, Need } from "./scopes.ts";

/**
 * What part of a session something is about. instrument: the one it names, else the whole session; order: the instrument of the
 * order it names; session: the whole; any: nothing that is not everybody's who has a part of the session; server: all sessions.
 */
export type Reach = "instrument" | "order" | "session" | "any" | "server";

type Row = readonly [action: Action, reach: Reach];

/** What a subscription to a channel needs, its history and its snapshots. */
export const CHANNEL_NEEDS = {
  book: ["read", "instrument"],
  bbo: ["read", "instrument"],
  trades: ["read", "instrument"],
  bars: ["read", "instrument"],
  orders: ["read", "instrument"],
  fills: ["read", "instrument"],
  positions: ["read", "instrument"],
  reports: ["read", "instrument"],
  pnl: ["read", "session"],
  metrics: ["read", "session"],
  alerts: ["read", "session"],
  // Named after strategies, which a scope cannot name.
  signals: ["read", "session"],
  presence: ["read", "session"],
  progress: ["read", "any"],
  clock: ["read", "any"],
} as const satisfies Readonly<Record<Channel, Row>>;

/**
 * What a command needs, by its kind. Whoever may loosen a limit has none, so that limits are the administrator's; what stops
 * trading, or lets it go on, is control. A kind that is not here needs admin.
 */
export const COMMAND_NEEDS: Readonly<Record<string, Row>> = {
  submit: ["trade", "instrument"],
  amend: ["trade", "order"],
  cancel: ["trade", "order"],
  cancel_all: ["trade", "instrument"],
  parent_start: ["trade", "instrument"],
  parent_amend: ["trade", "session"],
  parent_cancel: ["trade", "session"],
  parent_pause: ["trade", "session"],
  parent_resume: ["trade", "session"],
  every: ["trade", "session"],
  after: ["trade", "session"],
  dead_man: ["trade", "session"],
  drive: ["trade", "session"],
  strategy_start: ["control", "session"],
  strategy_stop: ["control", "session"],
  strategy_set: ["control", "session"],
  clock_pause: ["control", "session"],
  clock_resume: ["control", "session"],
  clock_step: ["control", "session"],
  clock_speed: ["control", "session"],
  clock_seek: ["control", "session"],
  clock_fork: ["control", "session"],
  kill: ["control", "session"],
  pause: ["control", "session"],
  resume: ["control", "session"],
  hold: ["control", "session"],
  release: ["control", "session"],
  set_limit: ["admin", "session"],
  restrict: ["admin", "session"],
};

/** What a route of the server needs, by what it does. */
const SERVER_NEEDS = {
  session_list: ["read", "any"],
  session_read: ["read", "session"],
  session_create: ["control", "server"],
  session_delete: ["control", "session"],
  result_read: ["read", "session"],
  upload: ["control", "server"],
  discovery: ["read", "session"],
  revoke: ["admin", "server"],
  metrics: ["admin", "server"],
  audit: ["admin", "server"],
} as const satisfies Readonly<Record<string, Row>>;

/** What a session tells about the names in a command. */
export interface CommandPlace {
  readonly session: string;
  /** The symbol of the instrument meant where a command names none; the whole session where absent. */
  readonly only?: string;
  /** The one name of an instrument that has several ("BTCUSDT@binance"); undefined for one that is none. */
  instrument?(name: string): string | undefined;
  /** The symbol of an order's instrument; undefined for an order that is none. */
  symbolOf?(order: number): string | undefined;
}

/** What subscribing to a channel's symbol, or to "*" for all, needs. */
export function channelNeed(channel: Channel, symbol: string, session: string): Need {
  const [action, reach] = CHANNEL_NEEDS[channel];
  // Symbol "" is the session's own, and so is "*" for one that has no other.
  return needOf(action, reach, session, symbol === "" ? "*" : symbol);
}

/**
 * What a command needs. What it is about stays unknown only to the disadvantage of who sends it: then it needs the whole
 * session.
 *
 * @example
 * ```ts
 * import { commandNeed } from "./needs.ts";
 * const need = commandNeed({ kind: "cancel", order: 7 }, { session: "paper-1", symbolOf: () => "BTCUSDT" });
 * if (need.action !== "trade" || need.symbol !== "BTCUSDT") throw new Error("unexpected");
 * if (commandNeed({ kind: "format_disk" }, { session: "paper-1" }).action !== "admin") throw new Error("unexpected");
 * ```
 */
export function commandNeed(command: Readonly<Record<string, unknown>> & { kind: string }, place: CommandPlace): Need {
  const row = Object.hasOwn(COMMAND_NEEDS, command.kind) ? COMMAND_NEEDS[command.kind] : ["admin", "session"] as const;
  return needOf(row[0], row[1], place.session, symbolIn(command, row[1], place));
}

/** What a route of the server needs, for a session where it is about one. */
export function serverNeed(what: keyof typeof SERVER_NEEDS, session = "*"): Need {
  const [action, reach] = SERVER_NEEDS[what];
  return needOf(action, reach, session, "*");
}

function needOf(action: Action, reach: Reach, session: string, symbol: string): Need {
  if (reach === "server") return { action, session: "*" };
  if (reach === "any") return { action, session, anySymbol: true };
  return reach === "session" ? { action, session } : { action, session, symbol };
}

function symbolIn(command: Readonly<Record<string, unknown>>, reach: Reach, place: CommandPlace): string {
  const { instrument, order } = command;
  if (reach === "order") return (typeof order === "number" ? place.symbolOf?.(order) : undefined) ?? "*";
  if (typeof instrument === "string") return place.instrument ? place.instrument(instrument) ?? "*" : instrument;
  // cancel_all without an instrument means all of them.
  return command.kind === "cancel_all" || instrument !== undefined ? "*" : place.only ?? "*";
}
