/** What stands where a secret stood. */
const REDACTED = "[redacted]";

/** How much of a value is kept. */
export interface RedactLimits {
  /** Letters of each text. 2000. */
  readonly textMax?: number;
  /** Entries of each list and object. 64. */
  readonly entriesMax?: number;
  /** Lists and objects inside one another. 6. */
  readonly depthMax?: number;
}

const SECRET_NAME =
  /token|secret|passw|passphrase|authorization|cookie|private|credential|signature|ticket|api_?key|^jwt$|^pin$|^otp$/i;

/** What secrets look like in a text, and what is left of each. */
const SECRETS: readonly (readonly [pattern: RegExp, left: string])[] = [
  // JWTs, whole or cut: their first part is JSON in base64url, so it begins with "eyJ".
  [/eyJ[\w-]{6,}(\.[\w-]*){0,4}/g, REDACTED],
  // Tickets of signalling: two parts, the second an HMAC-SHA256.
  [/(?<![\w-])[\w-]{16,}\.[\w-]{43}(?![\w-])/g, REDACTED],
  [/\b(bearer|basic)\s+[\w.~+/=-]+/gi, `$1 ${REDACTED}`],
  [/\b(lockstep\.token\.)[^\s,"']+/gi, `$1${REDACTED}`],
  [
    /((?:^|[?&#;,\s"'{])["']?(?:[\w-]*(?:token|secret|password|api_?key|signature|ticket|credential)|jwt)["']?\s*[=:]\s*["']?)[^\s&#;,"'}]+/gi,
    `$1${REDACTED}`,
  ],
  [/(\/\/)[^\s/@]+@/g, `$1${REDACTED}@`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED],
];

/**
 * A text without what looks like a secret: tokens, tickets, credentials in URLs and headers, private keys.
 *
 * It knows how such things look, and so misses those that look like nothing; what is a secret should not be handed to a log.
 *
 * @example
 * ```ts
 * import { redactText } from "./redact.ts";
 * if (redactText("GET /ws?token=abc&x=1") !== "GET /ws?token=[redacted]&x=1") throw new Error("unexpected");
 * ```
 */
export function redactText(text: string): string {
  let left = text;
  for (const [pattern, replacement] of SECRETS) left = left.replace(pattern, replacement);
  return left;
}

/**
 * A copy of a value that JSON can hold, bounded, without secrets: those of fields whose names say that they are, and those that
 * look it. An error is its name and message.
 */
export function redactValue(value: unknown, limits: RedactLimits = {}): unknown {
  const { textMax = 2000, entriesMax = 64, depthMax = 6 } = limits;
  const copy = (value: unknown, depth: number): unknown => {
    if (typeof value === "string") return shortened(redactText(value.slice(0, 2 * textMax)), textMax);
    if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
    if (typeof value === "boolean" || value === null || value === undefined) return value;
    if (typeof value !== "object") return shortened(String(value), textMax);
    if (value instanceof Error) return copy(`${value.name}: ${value.message}`, depth);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (depth >= depthMax) return "[deeper]";
    if (Array.isArray(value)) return value.slice(0, entriesMax).map((each) => copy(each, depth + 1));
    const entries = Object.entries(value).slice(0, entriesMax);
    return Object.fromEntries(
      entries.map((
        [name, each],
      ) => [
        redactText(name.slice(0, 200)),
        SECRET_NAME.test(name) && each !== undefined ? REDACTED : copy(each, depth + 1),
      ]),
    );
  };
  return copy(value, 0);
}

/**
 * A text in which nothing moves a terminal's cursor, ends a line or turns the direction of writing: such characters stand as
 * \uXXXX.
 */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (letter) =>
      Array.from({ length: letter.length }, (_, i) => `\\u${letter.charCodeAt(i).toString(16).padStart(4, "0")}`).join(
        "",
      ),
  );
}

/** A value as one line of JSON, in which such characters are escaped as JSON has it. */
export function jsonLine(value: unknown): string {
  return visible(JSON.stringify(value));
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length} letters)`;
}
