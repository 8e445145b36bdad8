import { createHash } from "node:crypto";
import { jsonLine, redactValue } from "../ops/redact.ts";
import type { Principal } from "./principal.ts";

/** What became of what somebody did. */
export type AuditOutcome = "done" | "refused" | "failed";

/** Something that somebody did, or tried to. */
export interface AuditEvent {
  /** Who; undefined before anybody has said who they are. */
  readonly principal?: Pick<Principal, "name" | "issuer" | "tokenId">;
  /** From where. */
  readonly address?: string;
  readonly connection?: string;
  readonly session?: string;
  /** What: "login", "command", "subscribe", "revoke", "session_create". */
  readonly action: string;
  readonly outcome: AuditOutcome;
  /** A code of errors.ts, or of a refusal; 0 where all is well. */
  readonly code?: number;
  /** More of it: a command, say. Secrets are taken out. */
  readonly detail?: unknown;
}

/** Takes lines that are only ever added. */
export interface AuditSink {
  /** Adds a line, without its end. Throws where it cannot be kept. */
  write(line: string): void;
}

/** Where an audit log goes, and from where it goes on. */
export interface AuditOptions {
  readonly sink: AuditSink;
  /** Wall time, ms since 1970. */
  readonly now: () => number;
  /** The last line of what was written before, which the first new one is chained to; none where absent. */
  readonly last?: string;
  /** The most letters of a line. 4096. */
  readonly lineMax?: number;
  /** Hears that a line could not be kept. */
  readonly onFailure?: (error: unknown) => void;
}

/** What the first line of all is chained to. */
const FIRST = "0".repeat(64);

/**
 * The log of who did what: one line of JSON each, chained by SHA-256, so that a line that was changed or taken out later shows.
 *
 * `record` says whether the line was kept; whoever must not act without a trace (a live session) refuses where it was not.
 *
 * | call | cost |
 * |---|---|
 * | `record` | one SHA-256 of a line of 4096 letters at most, and what the sink takes |
 *
 * @example
 * ```ts
 * import { Audit, auditBreak } from "./audit.ts";
 * const lines: string[] = [];
 * const audit = new Audit({ sink: { write: (line) => lines.push(line) }, now: () => 0 });
 * audit.record({ principal: { name: "ann" }, action: "command", outcome: "done", detail: { kind: "kill" } });
 * audit.record({ action: "login", outcome: "refused", code: 2001, detail: { token: "abc" } });
 * if (auditBreak(lines) !== -1 || lines[1].includes("abc")) throw new Error("unexpected");
 * if (auditBreak([lines[0].replace("kill", "hold"), lines[1]]) !== 0) throw new Error("unexpected");
 * ```
 */
export class Audit {
  readonly #options: AuditOptions;
  #previous: string;
  #count: number;
  /** Lines that could not be kept since the last that could. */
  #lost = 0;

  constructor(options: AuditOptions) {
    this.#options = options;
    const last = options.last === undefined ? undefined : parsed(options.last);
    this.#previous = last?.hash ?? FIRST;
    this.#count = last?.count ?? 0;
  }

  /** Adds what happened; false where it could not be kept. The next line that is kept says how many were not. */
  record({ principal, action, outcome, code = 0, detail, ...where }: AuditEvent): boolean {
    const { sink, now, lineMax = 4096, onFailure } = this.#options;
    const bounded = redactValue({
      ...where,
      who: principal?.name,
      issuer: principal?.issuer,
      // An id of a token is no token, and a revocation needs it.
      jti: principal?.tokenId,
      action,
      outcome,
      code,
    }, { textMax: 200 }) as Record<string, unknown>;
    const head = { count: this.#count + 1, time: new Date(now()).toISOString(), previous: this.#previous };
    const lost = this.#lost === 0 ? {} : { lost: this.#lost };
    let body = { ...head, ...bounded, ...lost, ...detail === undefined ? {} : { detail: redactValue(detail) } };
    if (jsonLine(body).length > lineMax - 80) body = { ...head, ...bounded, ...lost, detail: "too long" };
    const hash = hashOf(jsonLine(body));
    try {
      sink.write(jsonLine({ ...body, hash }));
    } catch (error) {
      this.#lost++;
      onFailure?.(error);
      return false;
    }
    [this.#previous, this.#count, this.#lost] = [hash, this.#count + 1, 0];
    return true;
  }
}

/**
 * The index of the first of these lines, all of one log and in order, that was changed or follows on one that is missing; -1
 * where all is whole. The first line of all may be any: older ones may have been thrown away. Lines cut off at the end do not
 * show here.
 */
export function auditBreak(lines: readonly string[]): number {
  let previous: string | undefined;
  for (let i = 0; i < lines.length; i++) {
    const found = parsed(lines[i]);
    if (found === undefined || (previous !== undefined && found.previous !== previous)) return i;
    previous = found.hash;
  }
  return -1;
}

/** What a line says of the chain, where its hash is right. */
function parsed(
  line: string,
): { readonly hash: string; readonly previous: string; readonly count: number } | undefined {
  const [, body, hash] = /^(\{.*),"hash":"([0-9a-f]{64})"\}$/.exec(line) ?? [];
  if (body === undefined || hashOf(`${body}}`) !== hash) return undefined;
  const { previous, count } = JSON.parse(`${body}}`);
  return typeof previous === "string" && Number.isSafeInteger(count) ? { hash, previous, count } : undefined;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
