import type { PeerOptions } from "peerjs";
import { configurationOf, type IceOptions } from "./webrtc.ts";

/** Where signalling is, and who one is there. */
export interface PeerPlace extends IceOptions {
  /** Where it stands: "http://127.0.0.1:8787/peer". */
  readonly signalling: string | URL;
  /** "peerjs". */
  readonly key?: string;
}

/**
 * A place as peerjs's options. Nothing of its own defaults is left in them: those would ask third parties' servers.
 * Throws TypeError for what is no http or https URL.
 */
export function peerOptionsOf(place: PeerPlace, token: string): PeerOptions {
  const url = URL.parse(place.signalling);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`Cannot go to signalling: ${place.signalling} is no http URL; write http://host:port/peer`);
  }
  const secure = url.protocol === "https:";
  return {
    host: url.hostname,
    port: Number(url.port) || (secure ? 443 : 80),
    path: url.pathname,
    secure,
    key: place.key ?? "peerjs",
    token,
    config: configurationOf(place),
    debug: 0,
  };
}

/** A token for signalling without tickets: it holds the id as long as nobody else learns it. */
export function randomToken(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
