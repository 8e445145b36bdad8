import type { Principal } from "../auth/principal.ts";
import type { Link } from "../link/link.ts";
import type { Timers } from "../link/timers.ts";
import { type Codec, PROTOCOL_VERSION } from "../protocol/codec.ts";
import { errorData, ProtocolError } from "../protocol/errors.ts";
import { systemClock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { Hello, Hub } from "./hub.ts";

/** Who greets, and whom a client may be. */
export interface GreetOptions {
  /** Who the client is, by what it says in its hello; throws `ProtocolError` for whom it will not have. */
  readonly authenticate: (hello: Hello["data"], link: Link) => Principal | Promise<Principal>;
  /** The hub of the session that is asked for; throws `ProtocolError` where there is none. */
  readonly hubOf: (session: string | undefined, principal: Principal) => Hub | Promise<Hub>;
  /** The time a client has for its hello, in ms; 5,000. */
  readonly helloMs?: number;
  readonly clock?: Timers;
}

/** Frames that may come before the client is let in. */
const FRAMES_MOST = 64;

/**
 * Waits for a link's hello, finds out who it is, and gives it to its hub. Who says something else, says nothing in time, or is
 * nobody, is told why and let go. Frames that come meanwhile are kept, and handled in order.
 *
 * Returns the connection; undefined where there is none. Is called in the turn in which the link is handed over.
 */
export async function greet(link: Link, codec: Codec, options: GreetOptions): Promise<Connection | undefined> {
  const { clock = systemClock, helloMs = 5000 } = options;
  const frames: (Uint8Array | string)[] = [];
  let gone = false;
  try {
    const first = await firstFrame(link, frames, { clock, helloMs, onGone: () => gone = true });
    const [hello, ...rest] = codec.decode(first, "client");
    if (hello?.type !== "hello") {
      throw new ProtocolError("HELLO_FIRST", `Cannot take ${hello?.type ?? "nothing"}: hello comes first`);
    }
    if (rest.length > 0) {
      throw new ProtocolError("HELLO_FIRST", "Cannot take more in the first frame: hello comes alone");
    }
    const { protocol, session } = (hello as Hello).data;
    if (protocol !== PROTOCOL_VERSION) {
      const message = `Cannot speak version ${protocol}: this server speaks ${PROTOCOL_VERSION}`;
      throw new ProtocolError("VERSION_UNSUPPORTED", message);
    }
    const principal = await options.authenticate((hello as Hello).data, link);
    const hub = await options.hubOf(session, principal);
    if (gone) return undefined;
    const connection = hub.connect(link, codec, principal, hello as Hello);
    for (const frame of frames) link.onFrame(frame);
    return connection;
  } catch (error) {
    if (!gone) refuseLink(link, codec, error);
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** Tells a client why it is let go, and lets it go. */
export function refuseLink(link: Link, codec: Codec, error: unknown): void {
  const data = error instanceof ProtocolError ? error.data : errorData("FAILED", "Cannot connect: the server failed");
  const id = error instanceof ProtocolError ? error.request : undefined;
  link.send(codec.frame([codec.encode({ type: "error", ...(id === undefined ? {} : { id }), data })]));
  link.close(data.code, data.message);
}

interface Waiting {
  readonly clock: Timers;
  readonly helloMs: number;
  readonly onGone: () => void;
}

/** The first frame; those after it go to `frames` until somebody else listens. */
function firstFrame(
  link: Link,
  frames: (Uint8Array | string)[],
  { clock, helloMs, onGone }: Waiting,
): Promise<Uint8Array | string> {
  return new Promise((resolve, reject) => {
    const late = clock.after(
      helloMs,
      () => reject(new ProtocolError("HELLO_FIRST", `Cannot wait: no hello in ${helloMs} ms`)),
    );
    link.onFrame = (frame) => {
      late();
      resolve(frame);
      link.onFrame = (next) => {
        if (frames.push(next) > FRAMES_MOST) link.terminate();
      };
    };
    link.onClose = () => {
      late();
      onGone();
      reject(new ProtocolError("LINK_LOST", "Cannot greet: the link was lost before hello"));
    };
  });
}
