/**
 * PeerServer's messages, as the unmodified peerjs client speaks them: JSON texts `{type, src, dst, payload}`.
 *
 * | type | from | what it does |
 * |---|---|---|
 * | OPEN | server | the id is the client's, on a resume too |
 * | ERROR, ID-TAKEN | server | it is not, and why: `{msg}`; the socket closes |
 * | OFFER, ANSWER, CANDIDATE | client | go to `dst`, with `src` set by the server; wait 5 s for one that is absent |
 * | EXPIRE | server | nobody came for a message: `src` is who was absent |
 * | LEAVE | client | goes to `dst` where that is there; without one, the sender leaves |
 * | HEARTBEAT | client | every 5 s; a payload, which peerjs has none of, reports a link's quality (quality_report.ts) |
 * | DRAIN | server | the server is about to stop: come back after `{reconnectMs}`; peerjs does not mind it |
 *
 * @module
 */
import { scanJson } from "../protocol/scan_json.ts";

/** What peers send each other through the server. */
const FORWARDED = new Set(["OFFER", "ANSWER", "CANDIDATE", "LEAVE", "EXPIRE"]);
/** Of these, what waits for a peer that is not there. */
const WAITING = new Set(["OFFER", "ANSWER", "CANDIDATE"]);

/** A message of a client. */
export interface PeerMessage {
  readonly type: string;
  /** Whom it is for; "" for HEARTBEAT, and for a LEAVE that is for the server. */
  readonly dst: string;
  readonly payload: unknown;
  /** Of the payload, "" where it names none: which of two peers' connections it is about. */
  readonly connectionId: string;
}

/** Names of peers: letters and digits, single blanks, dashes and underscores between them. */
const PEER_ID = /^[A-Za-z0-9]+(?:[ _-][A-Za-z0-9]+)*$/;

/** Whether a text can be a peer's id; at most 64 characters. */
export function isPeerId(text: string): boolean {
  return text.length <= 64 && PEER_ID.test(text);
}

/** Whether a message waits for a peer that is not there yet. */
export function waits(type: string): boolean {
  return WAITING.has(type);
}

/** Reads a client's message. Throws an Error that says what is wrong with it. */
export function readMessage(text: string): PeerMessage {
  scanJson(text, "client");
  const message: unknown = JSON.parse(text);
  if (typeof message !== "object" || message === null || Array.isArray(message)) {
    throw new TypeError("Cannot read a message: it is no object");
  }
  const { type, dst = "", payload } = message as { type?: unknown; dst?: unknown; payload?: unknown };
  if (type === "HEARTBEAT") return { type, dst: "", payload, connectionId: "" };
  if (typeof type !== "string" || !FORWARDED.has(type)) {
    throw new RangeError("Cannot read a message: its type is none that peers send");
  }
  if (typeof dst !== "string" || !(isPeerId(dst) || (dst === "" && type === "LEAVE"))) {
    throw new RangeError("Cannot read a message: its dst is no peer's id");
  }
  return { type, dst, payload, connectionId: connectionIdOf(payload) };
}

/** The text of a message of the server. */
export function messageText(type: string, fields: { src?: string; dst?: string; payload?: unknown } = {}): string {
  return JSON.stringify({ type, ...fields });
}

/** The text of an error: peerjs takes it as the end of this connection to the server, and of no other. */
export function errorText(msg: string): string {
  return messageText("ERROR", { payload: { msg } });
}

function connectionIdOf(payload: unknown): string {
  if (typeof payload !== "object" || payload === null) return "";
  const { connectionId } = payload as { connectionId?: unknown };
  return typeof connectionId === "string" && connectionId.length <= 100 ? connectionId : "";
}
