import { SourceError } from "../decoder.ts";
import { type Moment, readSeconds } from "./digits.ts";
import { LineReader } from "./lines.ts";

/** One line of a session that matters to a reader of it. */
export interface SessionLine {
  /** "connect": a new connection; "sent": our message on it; "received": the exchange's. */
  kind: "connect" | "sent" | "received";
  /** When we sent or received it. */
  readonly at: Moment;
  /** The message; undefined for "connect". */
  json: unknown;
  /** Line, from 1. */
  place: number;
}

/** Kraken's book snapshots of 1,000 levels a side are some 100 KB. */
const LINE_BYTES_MAX = 1 << 24;
const RECEIVED = /^(\d+(?:\.\d+)?): ?(?=\S)/;
const CONNECT = /^\S+ <-> (\S+)$/;
const SENT = /^\S+ <- ([^\s:]+): ?(?=\S)/;
const REPLY = /^\S+ -> ([^\s:]+): ?(?=\S)/;
const SETTING = /^configuration: /;

/**
 * Reads recorded WebSocket sessions: lines of `url <-> time` (connect), `url <- time: json` (sent) and `time: json`
 * (received), times in decimal seconds since 1970.
 *
 * Replies to HTTP requests (`url -> time: json`), settings of the recorder (`configuration: …`) and blank lines are passed
 * over. Any other line, and broken JSON, is a SourceError that shows its start.
 *
 * @example
 * ```ts
 * import { SessionLines } from "./session_lines.ts";
 * const kinds: string[] = [];
 * const lines = new SessionLines((line) => kinds.push(`${line.kind} ${line.at.ns}`));
 * lines.push(new TextEncoder().encode('wss://x <-> 1.5\n1618678134.2098181: {"event":"heartbeat"}\n'));
 * lines.end();
 * if (kinds.join() !== "connect 500000000,received 209818100") throw new Error("unexpected");
 * ```
 */
export class SessionLines {
  readonly #take: (line: SessionLine) => void;
  readonly #parse: (text: string) => unknown;
  readonly #line: SessionLine = { kind: "connect", at: { sec: 0, ns: 0 }, json: undefined, place: 0 };
  readonly #text = new TextDecoder();
  readonly #lines = new LineReader((bytes, start, end, line) => {
    this.#read(this.#text.decode(bytes.subarray(start, end)), line);
  }, LINE_BYTES_MAX);

  /** `take` gets each line; the object is used again for the next. `parse` reads a message, as JSON unless said. */
  constructor(take: (line: SessionLine) => void, parse: (text: string) => unknown = JSON.parse) {
    this.#take = take;
    this.#parse = parse;
  }

  /** The next bytes of the current file. */
  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
  }

  /** The current file has ended; the next one counts its lines from 1. */
  end(): void {
    this.#lines.end();
  }

  #read(text: string, place: number): void {
    const line = this.#line;
    line.place = place;
    let match = RECEIVED.exec(text);
    if (match) line.kind = "received";
    else if ((match = CONNECT.exec(text))) line.kind = "connect";
    else if ((match = SENT.exec(text))) line.kind = "sent";
    else if (REPLY.test(text) || SETTING.test(text) || text.trim() === "") return;
    if (!match || !readSeconds(match[1], line.at)) {
      throw new SourceError(
        `the line starts with ${start(text)}`,
        place,
        "a line of a session is <seconds since 1970>: <message>; check --format, or drop the line",
      );
    }
    line.json = undefined;
    if (line.kind !== "connect") {
      try {
        line.json = this.#parse(text.slice(match[0].length));
      } catch {
        throw new SourceError(
          `broken JSON in ${start(text)}`,
          place,
          "repair or drop the line; if it is the last one, the session was cut short",
        );
      }
    }
    this.#take(line);
  }
}

function start(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
