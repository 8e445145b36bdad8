import type { Peer } from "peerjs";

/** A message of signalling as peerjs hands it on, before anything in it was checked. */
interface Incoming {
  readonly type?: unknown;
  readonly src?: unknown;
  readonly payload?: Readonly<Record<string, unknown>> | null;
}

/** What of peerjs's own workings the guard stands before. */
interface Workings {
  _handleMessage(message: unknown): void;
  _lostMessages: Map<string, unknown>;
}

/** What a guarded peer takes. */
export interface GuardOptions {
  /** Whether a call of this peer is taken; none where absent. */
  readonly admits?: (src: string) => boolean;
  /** Gets messages that are none of peerjs's: a DRAIN, say. */
  readonly onOther?: (type: string, payload: unknown) => void;
}

/** Messages for calls that are not there; beyond so many calls all are forgotten. */
const STRAYS_MAX = 64;

/**
 * Stands between signalling and a peer of peerjs, which rests on messages being well made: one that is not would throw where
 * nobody catches it, and end the process. What is malformed is dropped, and harms its sender alone.
 */
export function guardPeer(peer: Peer, { admits = () => false, onOther = () => {} }: GuardOptions): void {
  const workings = peer as unknown as Workings;
  const handle = workings._handleMessage.bind(peer);
  workings._handleMessage = (message) => {
    const checked = check(message, admits);
    if (checked === "other") return onOther(...otherOf(message));
    if (checked === undefined) return;
    if (workings._lostMessages.size > STRAYS_MAX) workings._lostMessages.clear();
    handle(checked);
  };
}

const OWN = new Set(["OPEN", "ERROR", "ID-TAKEN", "INVALID-KEY"]);

/** The message to hand on, "other" for what peerjs does not know, undefined for what is dropped. */
function check(given: unknown, admits: (src: string) => boolean): Incoming | "other" | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const message: Incoming = given, { type, src, payload } = message;
  if (typeof type !== "string") return undefined;
  if (OWN.has(type)) return { ...message, payload: payload ?? { msg: "" } };
  if (typeof src !== "string") return "other";
  if (type === "EXPIRE" || type === "LEAVE") return message;
  if (typeof payload !== "object" || payload === null || typeof payload.connectionId !== "string") return undefined;
  if (type === "CANDIDATE") return message;
  if (type === "ANSWER") return isSdp(payload, "answer") ? message : undefined;
  if (type !== "OFFER" || payload.type !== "data" || payload.serialization !== "raw") return undefined;
  return isSdp(payload, "offer") && admits(src) ? message : undefined;
}

function isSdp(payload: Readonly<Record<string, unknown>>, type: string): boolean {
  const description = payload.sdp as { readonly type?: unknown; readonly sdp?: unknown } | null | undefined;
  if (typeof description !== "object" || description === null) return false;
  return description.type === type && typeof description.sdp === "string";
}

function otherOf(message: unknown): [type: string, payload: unknown] {
  const { type, payload } = message as { readonly type: string; readonly payload?: unknown };
  return [type, payload];
}
