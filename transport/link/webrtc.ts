/**
 * Where WebRTC comes from: the browser's own, or on Deno, which has none, `node-datachannel`, loaded when first asked for.
 *
 * The native stack keeps threads, and the process alive, until its clean-up is called; here alone is it called, when the last
 * user has gone. A browser bundle never meets the native package: its name is not written where a bundler looks.
 *
 * @module
 */
import type { Peer } from "peerjs";

/** STUN and TURN servers, none unless configured, and what only the native stack can be told. */
export interface IceOptions {
  /** Servers that help to find a way, with short-lived credentials (see `turnCredentials`); none. */
  readonly iceServers?: readonly RTCIceServer[];
  /** Only ways through a TURN server are taken, so that neither end learns the other's address; false. */
  readonly relayOnly?: boolean;
  /** The one local address to use: "127.0.0.1" on a host that has loopback alone. Browsers choose themselves. */
  readonly bindAddress?: string;
}

/** WebRTC while somebody uses it. */
export interface WebRtc {
  /** A connection of the stack at hand. */
  connection(options?: IceOptions): RTCPeerConnection;
  /** The class of unmodified `peerjs`. */
  peer(): Promise<typeof Peer>;
  /** Who no longer uses it says so, once all its connections are closed; later calls do nothing. The last one's cleans up. */
  release(): Promise<void>;
}

/**
 * Takes WebRTC into use; each taker releases it. Throws TypeError where there is none: no browser, and no native package
 * (which needs `--allow-ffi`). On Deno the stack serves one isolate of a process, the first that takes it: no Worker beside it.
 *
 * @example Not run with the other examples, which are isolates of one process.
 * ```ts ignore
 * import { useWebRtc } from "./webrtc.ts";
 *
 * const rtc = await useWebRtc();
 * const connection = rtc.connection({ bindAddress: "127.0.0.1" });
 * connection.close();
 * await rtc.release();
 * ```
 */
export async function useWebRtc(): Promise<WebRtc> {
  if (!loading && !("RTCPeerConnection" in globalThis)) loading = loadNative();
  const native = await loading;
  users++;
  let using = true;
  return {
    connection: (options = {}) => new RTCPeerConnection(configurationOf(options)),
    peer: loadPeer,
    async release() {
      if (!using) return;
      using = false;
      users--;
      // In a turn of its own: the native stack may be calling us just now, and its clean-up waits for its threads.
      await new Promise((resolve) => setTimeout(resolve));
      if (users === 0) native?.cleanup();
    },
  };
}

/** What a connection is configured with; the native stack reads `bindAddress` beside the standard's fields. */
export function configurationOf(
  { iceServers = [], relayOnly = false, bindAddress }: IceOptions,
): RTCConfiguration & { readonly bindAddress?: string } {
  return {
    iceServers: iceServers.map((server) => ({ ...server })),
    iceTransportPolicy: relayOnly ? "relay" : "all",
    ...(bindAddress === undefined ? {} : { bindAddress }),
  };
}

interface Native {
  cleanup(): void;
}

let users = 0;
/** Undefined in browsers. */
let loading: Promise<Native> | undefined;

/** Loads the native stack and puts its classes where peerjs looks for them. */
async function loadNative(): Promise<Native> {
  const name = "node-datachannel";
  try {
    const [library, standard] = await Promise.all([import(`${name}`), import(`${name}/polyfill`)]);
    Object.assign(globalThis, {
      RTCPeerConnection: patient(standard.RTCPeerConnection),
      RTCSessionDescription: standard.RTCSessionDescription,
      RTCIceCandidate: standard.RTCIceCandidate,
    });
    // A process that ends in the middle of use would crash in the stack's threads.
    globalThis.addEventListener("unload", () => {
      if (users > 0) library.cleanup();
    });
    return library;
  } catch (cause) {
    throw new TypeError(
      "Cannot use WebRTC: node-datachannel does not load; allow ffi and install the package, or use a WebSocket",
      { cause },
    );
  }
}

/** How much later than it could an offerer tells its own candidates; ms. */
const OFFERER_WAITS_MS = 100;

/**
 * A connection that deals in candidates only after it has the other end's description, and an offerer in its own a little later.
 *
 * Candidates of the other end that come before its description, as signalling may bring them, the stack would throw away. And it
 * sets off on a way while it still reads the description: were the other end calling already, the handshake might run ahead of the
 * fingerprint that it is checked against. An offerer that calls first is also ready first, for the handshake that the answerer
 * begins; a first message that comes too early is lost, and goes out again only a second later.
 */
function patient(Base: typeof RTCPeerConnection): typeof RTCPeerConnection {
  return class extends Base {
    #early: (RTCIceCandidateInit | null | undefined)[] | undefined = [];
    #untold: Event[] | undefined = [];
    #waiting: ReturnType<typeof setTimeout> | undefined;

    constructor(configuration: RTCConfiguration = {}) {
      super({ ...configuration, iceServers: configuration.iceServers?.map(escaped) ?? [] });
    }

    override addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void> {
      if (!this.#early) return super.addIceCandidate(candidate);
      // Nobody has so many addresses: what comes beyond them is dropped.
      if (this.#early.length < 64) this.#early.push(candidate);
      return Promise.resolve();
    }

    override async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
      await super.setRemoteDescription(description);
      const early = this.#early ?? [];
      this.#early = undefined;
      // One that is none does no harm to the others.
      for (const candidate of early) await super.addIceCandidate(candidate).catch(() => {});
      if (description.type === "answer") this.#waiting = setTimeout(() => this.#tell(), OFFERER_WAITS_MS);
      else this.#tell();
    }

    override dispatchEvent(event: Event): boolean {
      if (event.type !== "icecandidate" || !this.#untold) return super.dispatchEvent(event);
      this.#untold.push(event);
      return true;
    }

    override close(): void {
      clearTimeout(this.#waiting);
      super.close();
    }

    #tell(): void {
      const untold = this.#untold ?? [];
      this.#untold = undefined;
      for (const event of untold) super.dispatchEvent(event);
    }
  };
}

/** The native stack puts credentials into a URL as they are, and takes them out unescaped; those of TURN hold colons and slashes. */
function escaped(server: RTCIceServer): RTCIceServer {
  const { username, credential } = server;
  if (username === undefined || credential === undefined) return { ...server };
  return { ...server, username: encodeURIComponent(username), credential: encodeURIComponent(credential) };
}

let peerClass: Promise<typeof Peer> | undefined;

/** The class `Peer`, whichever module format the runtime chose. */
function loadPeer(): Promise<typeof Peer> {
  return peerClass ??= quietly(async () => {
    const module: { readonly Peer?: typeof Peer; readonly default?: unknown } = await import("peerjs");
    return module.Peer ?? (module.default as { readonly Peer: typeof Peer }).Peer;
  });
}

/**
 * Imports peerjs without telling others that it was: while it loads it tries out a connection with public STUN servers, which
 * the native stack would ask at once.
 */
async function quietly<T>(load: () => Promise<T>): Promise<T> {
  if (!loading) return await load();
  const Base = RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Base {
    constructor(configuration?: RTCConfiguration) {
      super({ ...configuration, iceServers: [] });
    }
  } as typeof RTCPeerConnection;
  try {
    return await load();
  } finally {
    globalThis.RTCPeerConnection = Base;
  }
}
