/**
 * The REST side: what each route takes and answers. Bodies are JSON with 64-bit integers as decimal strings; errors have the body
 * of the protocol's `error` messages and the status that {@linkcode statusOf} gives.
 *
 * @module
 */
import * as v from "valibot";
import { clockData } from "./data.ts";
import { categoryOf, ERRORS } from "./errors.ts";
import { int64 } from "./int64.ts";
import { ANSWERS } from "./messages.ts";

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const text = v.pipe(v.string(), v.maxLength(4096));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "64 hex digits, small letters"));
/** What a parameter or an option may be: plain, so that it is the same however it came. */
const value = v.union([v.pipe(v.string(), v.maxLength(4096)), finite, v.boolean()]);
const values = v.pipe(v.record(name, value), v.maxEntries(256));

/** A session to be made: a strategy by its registered name, on tapes by theirs. */
export const sessionRequest = v.strictObject({
  strategy: name,
  tapes: v.pipe(v.array(name), v.minLength(1), v.maxLength(64)),
  /** Parameters of the strategy; its defaults where absent. */
  set: v.optional(values),
  pace: v.optional(clockData.entries.pace),
  /** Waits for somebody to resume it. */
  paused: v.optional(v.boolean()),
  /** Simulated seconds a second, at pace real. */
  speed: v.optional(v.pipe(finite, v.minValue(1e-6), v.maxValue(1e9))),
  /** Those of `lockstep run`, by the names of its flags: seed, latency, fees and so on. */
  options: v.optional(values),
});

/** A session as it stands. */
export const sessionInfo = v.strictObject({
  session: name,
  strategy: name,
  tapes: v.array(name),
  mode: ANSWERS.hello.entries.mode,
  live: v.boolean(),
  state: clockData.entries.state,
  pace: clockData.entries.pace,
  speed: finite,
  /** Session time; null before the first row. */
  time: v.nullable(int64),
  rows: count,
  total: count,
  /** Wall time it was made at, in ms since 1970. */
  created: count,
  /** Of a session that has ended. */
  digest: v.nullable(v.string()),
  /** Why it failed; "" where it did not. */
  reason: text,
  /** What can be downloaded of it. */
  files: v.array(name),
});

/** All sessions that the token may see. */
export const sessionList = v.strictObject({ sessions: v.array(sessionInfo) });

/** What a session ended with: see engine/stats/result.ts. */
export const sessionResult = v.looseObject({ digest: v.string() });

/** Strategies that can be started, with their parameters and defaults. */
export const strategyList = v.strictObject({
  strategies: v.array(v.strictObject({ name, about: text, parameters: values })),
});

/** A tape that sessions can run on. */
export const tapeInfo = v.strictObject({
  tape: name,
  /** What whoever uploaded it calls it; "" of those that the server had. */
  label: v.string(),
  symbol: name,
  venue: v.string(),
  layout: name,
  rows: count,
  bytes: count,
  /** First and last local time; null on an empty tape. */
  from: v.nullable(int64),
  to: v.nullable(int64),
  /** Of the tape's content, as its metadata says; "" where unknown. */
  sha256: v.string(),
});

/** All tapes. */
export const tapeList = v.strictObject({ tapes: v.array(tapeInfo) });

/** An upload to begin: the file's length and the SHA-256 of its bytes. The server names the file; `name` is for people. */
export const uploadRequest = v.strictObject({ name, bytes: v.pipe(count, v.minValue(1)), sha256 });

/** An upload that has begun: parts 0 to `parts` − 1, of `partBytes` each, but the last. */
export const uploadInfo = v.strictObject({
  upload: name,
  partBytes: count,
  parts: count,
  /** Wall time in ms since 1970 after which what was sent is forgotten. */
  expires: count,
});

/** A part that has arrived. Sending it again changes nothing. */
export const partInfo = v.strictObject({ part: count, bytes: count, received: count });

/** What opens a data channel to the server: signalling is at /peer, with key `peerjs`. */
export const peerTicket = v.strictObject({
  /** The id to come to signalling with. */
  id: name,
  /** peerjs's `token`: good for that id alone, and for 60 s. */
  ticket: v.pipe(v.string(), v.maxLength(4096)),
  /** The id to call. */
  peer: name,
  /** STUN and TURN servers that configuration names, with short-lived credentials; none else are to be asked. */
  iceServers: v.array(
    v.strictObject({ urls: text, username: v.optional(text), credential: v.optional(text) }),
  ),
  /** Whether only ways through a TURN server are to be taken. */
  relayOnly: v.boolean(),
});

/** Tokens that are worth nothing from now on: of an id, of a name, of an issuer, or of what is named of these together. */
export const revocationRequest = v.pipe(
  v.strictObject({
    tokenId: v.optional(name),
    name: v.optional(name),
    issuer: v.optional(name),
    /** Those made before this, wall time in ms since 1970; now where absent. */
    before: v.optional(count),
  }),
  v.check(({ tokenId, name, issuer }) => (tokenId ?? name ?? issuer) !== undefined, "at least one of what it names"),
);

type Schema = v.GenericSchema<unknown, unknown>;

/** One route. Segments in braces are parameters. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly about: string;
  /** The least that a token must allow. */
  readonly scope: "read" | "control" | "admin";
  /** Schema of the body, or "bytes". */
  readonly request?: Schema | "bytes";
  readonly status: 200 | 201 | 204;
  /** Schema of the answer, or "bytes"; nothing with status 204. */
  readonly answer?: Schema | "bytes";
}

/** Every route. */
export const ROUTES = {
  listSessions: route("GET", "/api/sessions", "read", "All sessions.", { answer: sessionList }),
  createSession: route("POST", "/api/sessions", "control", "Makes a session and starts it.", {
    request: sessionRequest,
    status: 201,
    answer: sessionInfo,
  }),
  readSession: route("GET", "/api/sessions/{id}", "read", "One session.", { answer: sessionInfo }),
  deleteSession: route("DELETE", "/api/sessions/{id}", "control", "Stops a session and forgets it.", { status: 204 }),
  readResult: route("GET", "/api/sessions/{id}/result", "read", "What a session that has ended put out.", {
    answer: sessionResult,
  }),
  readFile: route("GET", "/api/sessions/{id}/files/{name}", "read", "A file of a session, as bytes.", {
    answer: "bytes",
  }),
  listStrategies: route("GET", "/api/strategies", "read", "Strategies that can be started.", { answer: strategyList }),
  listTapes: route("GET", "/api/tapes", "read", "Tapes that can be run on.", { answer: tapeList }),
  beginUpload: route("POST", "/api/tapes", "control", "Begins to upload a tape.", {
    request: uploadRequest,
    status: 201,
    answer: uploadInfo,
  }),
  putPart: route("PUT", "/api/tapes/{upload}/{part}", "control", "One part of an upload, as bytes.", {
    request: "bytes",
    answer: partInfo,
  }),
  endUpload: route("POST", "/api/tapes/{upload}/done", "control", "Checks an upload and makes it a tape.", {
    status: 201,
    answer: tapeInfo,
  }),
  deleteTape: route("DELETE", "/api/tapes/{tape}", "control", "Deletes a tape that the same user uploaded.", {
    status: 204,
  }),
  revoke: route("POST", "/api/revocations", "admin", "Revokes tokens, and cuts who is here by them.", {
    request: revocationRequest,
    status: 204,
  }),
  makeTicket: route(
    "POST",
    "/api/tickets",
    "read",
    "A ticket to signalling, for a data channel to this server; with ?room=session:name also to be found in that room.",
    { status: 201, answer: peerTicket },
  ),
} as const satisfies Readonly<Record<string, Route>>;

function route<Rest extends Partial<Pick<Route, "request" | "status" | "answer">>>(
  method: Route["method"],
  path: string,
  scope: Route["scope"],
  about: string,
  rest: Rest,
): Route & Rest {
  return { method, path, about, scope, status: 200, ...rest };
}

const STATUS: Readonly<Record<ReturnType<typeof categoryOf>, number>> = {
  network: 503,
  authentication: 401,
  authorisation: 403,
  protocol: 400,
  limit: 429,
  market: 409,
  server: 500,
};

/**
 * The HTTP status of an error's code.
 *
 * @example
 * ```ts
 * import { statusOf } from "./rest.ts";
 * if (statusOf(2002) !== 401 || statusOf(3008) !== 404) throw new Error("unexpected");
 * ```
 */
export function statusOf(code: number): number {
  if (code === ERRORS.SESSION_UNKNOWN[0]) return 404;
  if (code === ERRORS.TOO_LARGE[0]) return 413;
  if (code === ERRORS.OVERLOADED[0] || code === ERRORS.DRAINING[0]) return 503;
  return STATUS[categoryOf(code)];
}
