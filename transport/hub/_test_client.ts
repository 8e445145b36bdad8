import type { Link, LinkLane } from "../link/link.ts";
import type { Codec } from "../protocol/codec.ts";
import { codecOf } from "../protocol/codecs.ts";
import type { ChannelMessage, ClientMessage, Message, ServerMessage } from "../protocol/messages.ts";
import type { Connection } from "./connection.ts";
import type { Hello, Hub } from "./hub.ts";
import type { Principal } from "../auth/principal.ts";

/** A link that keeps what is sent until the test reads it, in one turn. */
export class FakeLink implements Link {
  readonly carrier = "memory";
  readonly remote = "test";
  readonly frameBytesMax = 1_048_576;
  readonly frames: Uint8Array[] = [];
  /** Bytes that a kernel would not take; set by tests. */
  buffered = 0;
  closed: { readonly code: number; readonly reason: string } | undefined;
  terminated = false;
  onFrame: (frame: Uint8Array | string) => void = () => {};
  onClose: (code: number, reason: string) => void = () => {};

  send(frame: Uint8Array, _lane?: LinkLane): void {
    if (frame.length > this.frameBytesMax) throw new RangeError(`Cannot send a frame: its size is ${frame.length} B`);
    if (this.closed === undefined && !this.terminated) this.frames.push(frame);
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
    this.onClose(code, reason);
  }

  terminate(): void {
    if (this.terminated) return;
    this.terminated = true;
    this.onClose(1000, "terminated");
  }
}

/** A client that a test plays: it reads when it is told to. */
export class TestClient {
  link = new FakeLink();
  connection!: Connection;
  readonly messages: Message[] = [];
  readonly codec: Codec;
  readonly principal: Principal;
  /** Bytes read on this link. */
  read = 0;
  /** Sizes of the frames read. */
  readonly sizes: number[] = [];
  #ids = 0;

  constructor(hub: Hub, options: { hello?: Partial<Hello["data"]>; principal?: Principal; codec?: Codec } = {}) {
    this.codec = options.codec ?? codecOf("json");
    this.principal = options.principal ?? { name: "ann", scopes: ["read", "trade"] };
    this.connect(hub, options.hello);
  }

  /** Says hello over a new link. */
  connect(hub: Hub, hello: Partial<Hello["data"]> = {}): void {
    this.link = new FakeLink();
    this.read = 0;
    const data = { protocol: 1, client: "test", ...hello };
    this.connection = hub.connect(this.link, this.codec, this.principal, { type: "hello", id: "h", data });
  }

  /** Sends a message; returns its id. */
  say(type: ClientMessage["type"], data: object): string {
    const id = `r${++this.#ids}`;
    const message = { type, ...(type === "ack" ? {} : { id }), data } as ClientMessage;
    const frame = this.codec.frame([this.codec.encode(message)]);
    this.link.onFrame(this.codec.text ? new TextDecoder().decode(frame) : frame);
    return id;
  }

  /** Reads up to `frames` frames. Returns the messages in them. */
  take(frames = Infinity): Message[] {
    const from = this.messages.length;
    for (let i = 0; i < frames && this.link.frames.length > 0; i++) {
      const frame = this.link.frames.shift()!;
      this.read += frame.length;
      this.sizes.push(frame.length);
      this.messages.push(...this.codec.decode(frame, "server"));
    }
    return this.messages.slice(from);
  }

  ack(): void {
    this.say("ack", { bytes: this.read });
  }

  /** Reads and acknowledges until nothing comes. Returns the messages. */
  drain(): Message[] {
    const from = this.messages.length;
    while (this.link.frames.length > 0) {
      this.take();
      this.ack();
    }
    return this.messages.slice(from);
  }

  /** Subscribes; returns what comes of it. */
  subscribe(channel: string, symbol: string, wishes: object = {}): Message[] {
    this.say("subscribe", { channel, symbol, ...wishes });
    return this.drain();
  }
}

/** Messages of channels among these. */
export function ofChannels(messages: readonly Message[]): ChannelMessage[] {
  return messages.filter((each) => "seq" in each) as ChannelMessage[];
}

/** Short texts of messages, for tests to read: "update trades BTC 3". */
export function shown(messages: readonly Message[]): string[] {
  return messages.map((each) =>
    "seq" in each ? `${each.type} ${each.channel} ${each.symbol} ${each.prev}-${each.seq}` : each.type
  );
}

/** The only message of a type. */
export function only<Type extends ServerMessage["type"]>(
  messages: readonly Message[],
  type: Type,
): Extract<ServerMessage, { type: Type }> {
  const found = messages.filter((each) => each.type === type);
  if (found.length !== 1) throw new Error(`There are ${found.length} messages of ${type}: ${shown(messages)}`);
  return found[0] as Extract<ServerMessage, { type: Type }>;
}
