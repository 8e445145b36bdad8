import { type CodecName, subprotocolOf, TOKEN_SUBPROTOCOL } from "../protocol/codec.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { Link } from "./link.ts";
import { closeStatusOf, endingOf } from "./_close_status.ts";
import { bytesOf, type Ending, Endpoint, frameAs, type LinkLimits } from "./_endpoint.ts";

/** How a WebSocket is opened. */
export interface DialOptions extends LinkLimits {
  /** What frames are encoded with; offered as subprotocol. */
  readonly codec: CodecName;
  /** Offered as subprotocol "lockstep.token.…", so that it is in no URL. */
  readonly token?: string;
  /** How long opening may take; 10,000 ms. */
  readonly timeoutMs?: number;
}

/**
 * Opens a WebSocket with the platform's own `WebSocket`, in browsers and on Deno. Rejects with a `ProtocolError`: LINK_LOST
 * where nothing answers, or the code that the server closed with.
 */
export function dialWebSocket(url: string | URL, options: DialOptions): Promise<Link> {
  const { codec, token, timeoutMs = 10_000 } = options;
  const protocols = [subprotocolOf(codec)];
  if (token !== undefined) protocols.push(TOKEN_SUBPROTOCOL + token);
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, protocols);
    socket.binaryType = "arraybuffer";
    const timer = setTimeout(() => {
      settle();
      socket.close();
      reject(lost(url, `nothing answered in ${timeoutMs} ms`));
    }, timeoutMs);
    const settle = () => {
      clearTimeout(timer);
      socket.onopen = socket.onerror = socket.onclose = null;
    };
    socket.onopen = () => {
      settle();
      resolve(new WebSocketClientLink(socket, String(url), codec === "json", options));
    };
    socket.onerror = socket.onclose = () => {
      settle();
      reject(lost(url, "it was not opened"));
    };
  });
}

/** The client's end of a WebSocket that is open. */
class WebSocketClientLink extends Endpoint implements Link {
  readonly #socket: WebSocket;
  readonly #text: boolean;
  #open = true;
  #mine: Ending | undefined;

  constructor(socket: WebSocket, remote: string, text: boolean, limits: LinkLimits = {}) {
    super("websocket", remote, limits);
    this.#socket = socket;
    this.#text = text;
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.receive(data);
      else if (data instanceof ArrayBuffer) this.receive(new Uint8Array(data));
    };
    socket.onclose = ({ code, reason }) => {
      this.#open = false;
      const ending = this.#mine ?? endingOf(code, reason);
      this.end(ending.code, ending.reason);
    };
    // A close always follows, and says more.
    socket.onerror = (event) => event.preventDefault();
  }

  get buffered(): number {
    return this.#open ? this.#socket.bufferedAmount : 0;
  }

  protected override transmit(frame: Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const data = frameAs(this.#text, frame);
    this.#socket.send(typeof data === "string" ? data : bytesOf(data) as Uint8Array<ArrayBuffer>);
  }

  protected override finish(code: number, reason: string): void {
    this.#mine ??= { code, reason };
    this.#socket.close(...closeStatusOf(code, reason));
  }

  /** The platform has no cut: the socket is told to close, and nothing of it is heard any more. */
  protected override abort(code: number, reason: string): void {
    this.#open = false;
    this.#socket.onmessage = null;
    this.#socket.close(...closeStatusOf(code, reason));
  }
}

/** Without the query and the fragment, in which somebody may have put a secret. */
function lost(url: string | URL, why: string): ProtocolError {
  const { origin, pathname } = new URL(url, globalThis.location?.href);
  return new ProtocolError("LINK_LOST", `Cannot dial ${origin}${pathname}: ${why}`);
}
