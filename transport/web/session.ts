import type { Client, Command, CommandAnswer, ServerHello } from "../client/mod.ts";
import { commandNeed } from "../auth/needs.ts";
import { allows } from "../auth/scopes.ts";

/** Sends a command: the answer, or the error that it came to, which the page has told by then. */
export type Send = (command: Command) => Promise<CommandAnswer | Error>;

/** What every part of the page needs of the session it shows. */
export interface Session {
  readonly client: Client;
  readonly hello: ServerHello;
  /** Sends a command; the page says what went wrong. */
  readonly send: Send;
  /** Whether the session takes this kind of command from us, for this instrument, now. */
  readonly can: (kind: string, symbol?: string) => boolean;
}

/** What kind of session it is, for people; of one whose orders go to an exchange, with what money too. */
export function modeText({ mode, live }: Pick<ServerHello, "mode" | "live">): string {
  if (live) return "LIVE: real money";
  return mode === "live" ? "live, test network" : mode;
}

/** What a session takes from us, as its hello says: kinds of commands that it has, and that our scopes allow. */
export function abilities({ commands, scopes, session }: ServerHello): Session["can"] {
  return (kind, symbol) => {
    const place = { session, only: symbol, symbolOf: () => symbol };
    return commands.includes(kind) && allows({ scopes }, commandNeed({ kind, order: 1 }, place));
  };
}
