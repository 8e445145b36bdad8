import { type Dial, webSocketDial } from "../client/mod.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { peerTicket } from "../protocol/rest.ts";
import type { CarrierChoice } from "./connection_view.ts";
import type { RestClient } from "./rest_client.ts";

/** The carriers by which a page reaches its server, the preferred one first. */
export function carriersOf(base: URL, rest: RestClient): readonly CarrierChoice[] {
  const url = new URL("ws", base);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return [
    { carrier: "websocket", title: "WebSocket", dial: webSocketDial(url) },
    { carrier: "datachannel", title: "data channel", dial: peerDial(base, rest) },
  ];
}

/**
 * Dials the server over a data channel: a ticket opens signalling, and peerjs is loaded when that is there. What fails is told as
 * LINK_LOST, so that a client which comes back tries its other carriers; a token that is not taken is told as that.
 */
function peerDial(base: URL, rest: RestClient): Dial {
  return async ({ codec }) => {
    try {
      const { peer, ...given } = await rest.post("api/tickets", undefined, peerTicket);
      const { dialPeer } = await import("../link/peer_client.ts");
      return await dialPeer({ signalling: new URL("peer", base), peer, codec, ...given });
    } catch (error) {
      if (error instanceof ProtocolError && error.data.category === "authentication") throw error;
      throw new ProtocolError("LINK_LOST", (error as Error).message);
    }
  };
}
