import type { Dial } from "../client/mod.ts";
import { type Away, FallbackKeeper, type MakeFallback } from "../client/fallback_keeper.ts";
import { serverDial } from "../client/server_dial.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { peerTicket } from "../protocol/rest.ts";
import type { RestClient } from "../client/rest_client.ts";

/** Carriers that can be chosen, by their names in links, and what they are called. */
export const CHOSEN: Readonly<Record<string, string>> = { websocket: "WebSocket", datachannel: "data channel" };

/** Carriers in the place of a WebSocket where none can be opened. */
export const INSTEAD: Readonly<Record<string, string>> = { sse: "HTTP stream", polling: "long polling" };

/**
 * The carriers by which a page reaches its server: WebSocket, or HTTP where none can be opened; and a data channel for who wants one.
 * A data channel that does badly is left for WebSocket, and returned to when one does well again.
 */
export class PageCarriers {
  /** The dials of a client. */
  readonly dials: readonly Dial[];
  /** Called when `away` has changed. */
  changed: () => void = () => {};
  #away: Away | undefined;
  #keeper: FallbackKeeper | undefined;

  /** `base`: where the server is. */
  constructor(base: URL, rest: RestClient) {
    const url = new URL("ws", base);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.dials = [peerDial(base, rest), serverDial(url)];
  }

  /** What the client is made with beside the dials. */
  readonly fallback: MakeFallback = (host) => {
    const onAway = (why: Away | undefined) => {
      this.#away = why;
      this.changed();
    };
    return this.#keeper = new FallbackKeeper(host, { wanted: false, onAway });
  };

  /** Why the page is not on the data channel that was chosen; undefined where it is, or where none was. */
  get away(): Away | undefined {
    return this.#away;
  }

  /** Goes over to a data channel, or away from it; rejects, and stays, where that cannot be had. */
  async choose(carrier: string): Promise<void> {
    await this.#keeper?.want(carrier === "datachannel");
  }
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
