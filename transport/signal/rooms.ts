import type { Principal } from "../auth/principal.ts";
import { allows } from "../auth/scopes.ts";

/** What a room is about. */
export const ROOM_KINDS = ["strategy", "session", "instrument", "class"] as const;
/** One of them. */
export type RoomKind = typeof ROOM_KINDS[number];

/** A room in which peers find each other: "session:paper-1", "instrument:BTCUSDT". */
export interface Room {
  readonly kind: RoomKind;
  readonly name: string;
}

/** Takes a room's text apart; undefined for what is none. A name may hold colons, and no blanks. */
export function parseRoom(text: string): Room | undefined {
  const at = text.indexOf(":"), kind = text.slice(0, Math.max(at, 0)), name = text.slice(at + 1);
  if (at < 0 || !/^[!-~]{1,200}$/.test(name)) return undefined;
  return (ROOM_KINDS as readonly string[]).includes(kind) ? { kind: kind as RoomKind, name } : undefined;
}

/**
 * Whether a principal may know who is in a room. A session's needs `read` of that session, an instrument's needs `read` of that
 * symbol in every session, and what belongs to no one session (strategies, classes) needs `read` of the server. It fails closed.
 *
 * @example
 * ```ts
 * import { maySee } from "./rooms.ts";
 * if (!maySee({ scopes: ["read:paper-1"] }, "session:paper-1")) throw new Error("unexpected");
 * if (maySee({ scopes: ["read:paper-1"] }, "session:paper-2")) throw new Error("unexpected");
 * ```
 */
export function maySee(principal: Pick<Principal, "scopes">, text: string): boolean {
  const room = parseRoom(text);
  if (!room) return false;
  if (room.kind === "session") return allows(principal, { action: "read", session: room.name, anySymbol: true });
  if (room.kind === "instrument") return allows(principal, { action: "read", session: "*", symbol: room.name });
  return maySeeAll(principal);
}

/** Whether a principal may know every peer there is. */
export function maySeeAll(principal: Pick<Principal, "scopes">): boolean {
  return allows(principal, { action: "read", session: "*" });
}
