import { jsonLine, redactValue, visible } from "./redact.ts";

/** How much a line matters, the least first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
/** One of them. */
export type LogLevel = typeof LOG_LEVELS[number];

/** What a line tells beside its message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where lines go, and which. */
export interface LogOptions {
  /** Takes one line, without its end. */
  readonly write: (line: string) => void;
  /** Wall time, ms since 1970. */
  readonly now: () => number;
  /** The least level that is written. info. */
  readonly level?: LogLevel;
  /** For people at a terminal, rather than JSON. */
  readonly pretty?: boolean;
  /** The most letters of a line; longer ones keep their message and lose their fields. 8192. */
  readonly lineMax?: number;
}

/**
 * Structured logs: one line for each thing that happened, as JSON `{time, level, message, …fields}` or, on a terminal, as text.
 *
 * Secrets are taken out, and nothing that somebody sends can end a line or move a cursor, so that no line can be forged.
 *
 * | call | cost |
 * |---|---|
 * | a level that is not written | one comparison |
 *
 * @example
 * ```ts
 * import { Log } from "./log.ts";
 * const lines: string[] = [];
 * const log = new Log({ write: (line) => lines.push(line), now: () => 0 }).with({ session: "s1" });
 * log.warn("client was cut", { code: 1001, token: "abc" });
 * const { level, session, token } = JSON.parse(lines[0]);
 * if (level !== "warn" || session !== "s1" || token !== "[redacted]") throw new Error("unexpected");
 * ```
 */
export class Log {
  readonly #options: LogOptions;
  readonly #fields: LogFields;
  readonly #least: number;

  constructor(options: LogOptions, fields: LogFields = {}) {
    this.#options = options;
    this.#fields = fields;
    this.#least = LOG_LEVELS.indexOf(options.level ?? "info");
  }

  /** A log whose lines have these fields too. */
  with(fields: LogFields): Log {
    return new Log(this.#options, { ...this.#fields, ...fields });
  }

  debug(message: string, fields?: LogFields): void {
    this.#write(0, message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write(1, message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write(2, message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write(3, message, fields);
  }

  #write(level: number, message: string, fields: LogFields | undefined): void {
    if (level < this.#least) return;
    const { write, now, pretty = false, lineMax = 8192 } = this.#options;
    const time = new Date(now()).toISOString(), name = LOG_LEVELS[level];
    const all = redactValue({ ...this.#fields, ...fields }) as Record<string, unknown>;
    const said = redactValue(message) as string;
    const line = pretty ? prettyLine(time, name, said, all) : jsonLine({ ...all, time, level: name, message: said });
    if (line.length <= lineMax) return write(line);
    const short = said.slice(0, Math.floor(lineMax / 16)), left = { fields: "too long" };
    write(pretty ? prettyLine(time, name, short, left) : jsonLine({ ...left, time, level: name, message: short }));
  }
}

const COLOURS = { debug: "\x1b[2m", info: "", warn: "\x1b[33m", error: "\x1b[31m" } as const;

function prettyLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  const colour = COLOURS[level], end = colour === "" ? "" : "\x1b[0m";
  const rest = Object.entries(fields).map(([name, value]) =>
    ` ${visible(name)}=${typeof value === "string" && /^[\w.:/@-]+$/.test(value) ? value : jsonLine(value ?? null)}`
  );
  return `${time.slice(11, 23)} ${colour}${level.padEnd(5)}${end} ${visible(message)}${rest.join("")}`;
}
