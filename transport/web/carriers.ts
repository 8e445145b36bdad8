import * as v from "valibot";
import { type Dial, webSocketDial } from "../client/mod.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { peerTicket } from "../protocol/rest.ts";
import type { CarrierChoice } from "./connection_view.ts";

/** The carriers by which a page reaches its server, the preferred one first. */
export function carriersOf(base: URL, token: string | undefined): readonly CarrierChoice[] {
  const url = new URL("ws", base);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return [
    { carrier: "websocket", title: "WebSocket", dial: webSocketDial(url) },
    { carrier: "datachannel", title: "data channel", dial: peerDial(base, token) },
  ];
}

/**
 * Dials the server over a data channel: a ticket opens signalling, and peerjs is loaded when that is there. What fails is told as
 * LINK_LOST, so that a client which comes back tries its other carriers; a token that is not taken is told as that.
 */
function peerDial(base: URL, token: string | undefined): Dial {
  return async ({ codec }) => {
    try {
      const { id, ticket, peer, iceServers } = await ticketFrom(base, token);
      const { dialPeer } = await import("../link/peer_client.ts");
      return await dialPeer({ signalling: new URL("peer", base), peer, codec, id, ticket, iceServers });
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      throw new ProtocolError("LINK_LOST", `Cannot open a data channel: ${(error as Error).message}`);
    }
  };
}

async function ticketFrom(base: URL, token: string | undefined): Promise<v.InferOutput<typeof peerTicket>> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(new URL("api/tickets", base), { method: "POST", headers });
  const answer: unknown = await response.json();
  if (response.ok) return v.parse(peerTicket, answer);
  const { message } = answer as { message?: unknown };
  throw new ProtocolError(response.status === 401 ? "TOKEN_INVALID" : "LINK_LOST", `${message}`);
}
