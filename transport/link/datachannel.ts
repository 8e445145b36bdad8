/**
 * A link over a WebRTC data channel: the browser's own, or that of webrtc.ts on Deno.
 *
 * Frames are cut into chunks of 16 KiB, which every stack takes, each with a byte that says what it is:
 *
 * | byte | what follows |
 * |---|---|
 * | 0 | a whole frame |
 * | 1 | a frame's length (4 B, big-endian), and its first part |
 * | 2 | the next part; the frame is whole when its length is reached |
 * | 3 | the end: code (2 B, big-endian) and reason (UTF-8) |
 * | 4 | nothing: the sender hears its lossy lane from now on |
 * | 5 | a probe's number (4 B, big-endian), by either lane; it comes back as |
 * | 6 | the number of a probe that has come |
 *
 * The reliable lane is an ordered channel. The lossy lane is a second one, unordered and never sent again, which both ends open
 * under an agreed number, as peerjs would take a channel that it is told of for the first one. What is larger than a chunk goes by the
 * reliable lane whatever was asked, since one lost chunk loses the frame.
 *
 * @module
 */
import { ERRORS } from "../protocol/errors.ts";
import { type Ending, Endpoint, frameAs, type LinkLimits } from "./_endpoint.ts";
import type { Link, LinkLane } from "./link.ts";
import { candidateOf, Probes, type Quality } from "./quality.ts";

const WHOLE = 0, FIRST = 1, MORE = 2, END = 3, HEARS_LOSSY = 4, PROBE = 5, ECHO = 6;

/** 16 KiB is the largest message that all stacks pass without cutting it themselves. */
const CHUNK_BYTES = 16_384;
/** The channel is given no more while it holds so much, and again when it holds only so little. */
const HIGH_WATER = 262_144, LOW_WATER = 65_536;
/** Of the lossy lane: what would wait longer is old, and dropped. */
const LOSSY_WATER = 65_536;
/** Of the lossy channel: beyond any that the stacks hand out themselves, within the 1024 they have. */
const LOSSY_ID = 1000;
const REASON_BYTES_MAX = 1024;

/** How a link over a data channel is made. */
export interface DataChannelOptions extends LinkLimits {
  /** Frames arrive as text, as those of a text codec do over a WebSocket; false. */
  readonly text?: boolean;
  /** The peer's id, for limits and logs; "". */
  readonly remote?: string;
  /** How long a link that closes waits for the other end to take what was sent; 5000 ms. */
  readonly lingerMs?: number;
  /** Milliseconds, never going back, for probes; the machine's. */
  readonly now?: () => number;
  /** Called once when nothing is left of the link. */
  readonly onFree?: () => void;
}

/**
 * One end of a link over a data channel, open or about to be, and the connection it belongs to, which the link closes when it ends.
 *
 * | operation | cost |
 * |---|---|
 * | send | O(bytes): one copy into a chunk |
 * | receive | no copy for frames of one chunk, one for larger ones |
 * | terminate | O(1) |
 */
export class DataChannelLink extends Endpoint implements Link {
  readonly #connection: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  readonly #lossy: RTCDataChannel | undefined;
  readonly #text: boolean;
  readonly #lingerMs: number;
  readonly #onFree: () => void;
  readonly #now: () => number;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  readonly #view = new DataView(this.#chunk.buffer);
  readonly #probes = new Probes();
  /** Frames that the channel has not been given, the first from byte `#sent` on. */
  #queue: Uint8Array[] = [];
  #queued = 0;
  #sent = 0;
  #peerHearsLossy = false;
  /** The frame that is coming in parts. */
  #partial: Uint8Array | undefined;
  #filled = 0;
  #last: Ending | undefined;
  #lastSent = false;
  #freed = false;
  #linger: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: RTCPeerConnection, channel: RTCDataChannel, options: DataChannelOptions = {}) {
    super("datachannel", options.remote ?? "", options);
    this.#connection = connection;
    this.#channel = channel;
    this.#text = options.text ?? false;
    this.#lingerMs = options.lingerMs ?? 5000;
    this.#onFree = options.onFree ?? (() => {});
    this.#now = options.now ?? (() => performance.now());
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = LOW_WATER;
    channel.addEventListener("message", ({ data }) => this.#hear(data));
    channel.addEventListener("bufferedamountlow", () => this.#pump());
    // A channel that the other end opened may be told of before it takes anything.
    channel.addEventListener("open", () => this.#pump());
    channel.addEventListener("close", () => this.#lost("the channel has closed"));
    connection.addEventListener("connectionstatechange", () => {
      const state = connection.connectionState;
      if (state === "failed" || state === "closed") this.#lost(`the connection has ${state}`);
    });
    this.#lossy = this.#openLossy();
  }

  get buffered(): number {
    if (this.#freed) return 0;
    return this.#queued - this.#sent + this.#channel.bufferedAmount + (this.#lossy?.bufferedAmount ?? 0);
  }

  /** Sends a probe, whose echo tells round trip and loss: by the lossy lane where there is one. */
  probe(): void {
    if (this.#freed) return;
    const lane = this.#peerHearsLossy && this.#lossy ? this.#lossy : this.#channel;
    this.#putNumber(lane, PROBE, this.#probes.send(this.#now()));
  }

  /** How well it does, by the probes that were sent so far. */
  async quality(): Promise<Quality> {
    const { rttMs, jitterMs } = this.#probes;
    const loss = this.#probes.loss(this.#now()), buffered = this.buffered;
    const candidate = this.#freed ? null : await candidateOf(this.#connection);
    return { rttMs, jitterMs, loss, buffered, candidate };
  }

  protected override transmit(frame: Uint8Array, lane: LinkLane): void {
    if (lane === "lossy" && this.#peerHearsLossy && frame.length < CHUNK_BYTES) return this.#toss(frame);
    const fits = this.#queue.length === 0 && frame.length < CHUNK_BYTES && this.#channel.bufferedAmount < HIGH_WATER;
    if (fits && this.#put(this.#channel, WHOLE, frame, 1)) return;
    this.#queue.push(frame);
    this.#queued += frame.length;
    this.#pump();
  }

  protected override finish(code: number, reason: string): void {
    this.#last = { code, reason };
    // Who does not take the end in time is left.
    this.#linger = setTimeout(() => this.#over(code, reason), this.#lingerMs);
    this.#pump();
  }

  protected override abort(): void {
    this.#free();
  }

  #openLossy(): RTCDataChannel | undefined {
    let lossy: RTCDataChannel;
    try {
      lossy = this.#connection.createDataChannel("lossy", {
        negotiated: true,
        id: LOSSY_ID,
        ordered: false,
        maxRetransmits: 0,
      });
    } catch {
      return undefined; // a stack without such channels: all goes by the reliable lane
    }
    lossy.binaryType = "arraybuffer";
    lossy.addEventListener("message", ({ data }) => this.#hearLossy(lossy, data));
    const announce = () => this.#put(this.#channel, HEARS_LOSSY, new Uint8Array(0), 1);
    if (lossy.readyState === "open") announce();
    else lossy.addEventListener("open", announce);
    return lossy;
  }

  /** By the lossy lane, or not at all. */
  #toss(frame: Uint8Array): void {
    const lossy = this.#lossy;
    if (lossy && lossy.bufferedAmount + frame.length <= LOSSY_WATER) this.#put(lossy, WHOLE, frame, 1);
  }

  #putNumber(channel: RTCDataChannel, kind: number, number: number): void {
    if (channel.bufferedAmount > HIGH_WATER) return; // an echo that waited so long would tell nothing new
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, number);
    this.#put(channel, kind, bytes, 1);
  }

  /** Gives a channel one chunk; false where it takes none any more. */
  #put(channel: RTCDataChannel, kind: number, part: Uint8Array, header: number): boolean {
    if (channel.readyState !== "open") return false;
    const chunk = this.#chunk;
    chunk[0] = kind;
    chunk.set(part, header);
    try {
      // The channel copies what it is given before it returns.
      channel.send(chunk.subarray(0, header + part.length));
      return true;
    } catch {
      return false; // it has closed between the look and the call; its event follows
    }
  }

  /** Gives the channel what waits, up to the high water. */
  #pump(): void {
    if (this.#freed) return;
    const queue = this.#queue, channel = this.#channel;
    let room = HIGH_WATER - channel.bufferedAmount, done = 0;
    while (done < queue.length && room > 0) {
      const frame = queue[done], start = this.#sent;
      const whole = start === 0 && frame.length < CHUNK_BYTES;
      const kind = whole ? WHOLE : start === 0 ? FIRST : MORE, header = kind === FIRST ? 5 : 1;
      const end = Math.min(frame.length, start + CHUNK_BYTES - header);
      if (kind === FIRST) this.#view.setUint32(1, frame.length);
      if (!this.#put(channel, kind, frame.subarray(start, end), header)) break;
      room -= header + end - start;
      this.#sent = end;
      if (end < frame.length) continue;
      this.#queued -= frame.length;
      this.#sent = 0;
      done++;
    }
    if (done > 0) this.#queue = queue.slice(done);
    if (this.#last && this.#queue.length === 0 && !this.#lastSent) this.#sendEnd(this.#last);
  }

  #sendEnd({ code, reason }: Ending): void {
    this.#lastSent = true;
    this.#view.setUint16(1, code);
    if (!this.#put(this.#channel, END, reasonBytes(reason), 3)) this.#over(code, reason);
  }

  #hear(data: unknown): void {
    if (this.#freed) return;
    if (!(data instanceof ArrayBuffer) || data.byteLength === 0) return this.#malformed("a chunk is no bytes");
    const bytes = new Uint8Array(data);
    const kind = bytes[0];
    if (kind === END) this.#hearEnd(bytes);
    else if (this.closing) return;
    else if (kind === HEARS_LOSSY) this.#peerHearsLossy = true;
    else if (kind === WHOLE && !this.#partial) this.receive(frameAs(this.#text, bytes.subarray(1)));
    else if (kind === PROBE || kind === ECHO) this.#hearProbe(this.#channel, bytes);
    else if (kind === FIRST && !this.#partial && bytes.length > 5) this.#hearFirst(bytes);
    else if (kind === MORE && this.#partial && bytes.length > 1) this.#hearPart(bytes.subarray(1));
    else this.#malformed(`a chunk of kind ${kind} and ${bytes.length} B came where none can be`);
  }

  /** What is no chunk of this lane is dropped, as it may be on this lane. */
  #hearLossy(lossy: RTCDataChannel, data: unknown): void {
    if (this.closing || !(data instanceof ArrayBuffer) || data.byteLength === 0) return;
    const bytes = new Uint8Array(data);
    if (bytes[0] === WHOLE) this.receive(frameAs(this.#text, bytes.subarray(1)));
    else this.#hearProbe(lossy, bytes);
  }

  #hearProbe(channel: RTCDataChannel, bytes: Uint8Array): void {
    if (bytes.length !== 5) return;
    const number = new DataView(bytes.buffer).getUint32(1);
    if (bytes[0] === PROBE) this.#putNumber(channel, ECHO, number);
    else if (bytes[0] === ECHO) this.#probes.echo(number, this.#now());
  }

  #hearFirst(bytes: Uint8Array): void {
    const length = new DataView(bytes.buffer).getUint32(1);
    if (length > this.frameBytesMax) {
      return this.refuse(`a frame has ${length} B, at most ${this.frameBytesMax} are taken`);
    }
    this.#partial = new Uint8Array(length);
    this.#filled = 0;
    this.#hearPart(bytes.subarray(5));
  }

  #hearPart(part: Uint8Array): void {
    const frame = this.#partial!;
    if (this.#filled + part.length > frame.length) return this.#malformed("a frame has more than it said");
    frame.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled < frame.length) return;
    this.#partial = undefined;
    this.receive(frameAs(this.#text, frame));
  }

  #hearEnd(bytes: Uint8Array): void {
    if (bytes.length < 3) return this.#malformed("an end has no code");
    const { code, reason } = this.#last ?? {
      code: new DataView(bytes.buffer).getUint16(1),
      reason: new TextDecoder().decode(bytes.subarray(3, 3 + REASON_BYTES_MAX)),
    };
    this.#over(code, reason);
  }

  #malformed(reason: string): void {
    this.close(ERRORS.MALFORMED[0], reason);
  }

  /** The channel went without an end, or after ours. */
  #lost(reason: string): void {
    const { code, reason: why } = this.#last ?? { code: ERRORS.LINK_LOST[0], reason };
    this.#over(code, why);
  }

  #over(code: number, reason: string): void {
    if (this.#freed) return;
    this.#free();
    this.end(code, reason);
  }

  #free(): void {
    if (this.#freed) return;
    this.#freed = true;
    clearTimeout(this.#linger);
    this.#queue = [];
    this.#queued = this.#sent = 0;
    this.#partial = undefined;
    this.#connection.close();
    this.#onFree();
  }
}

/** A reason as bytes, cut between characters. */
function reasonBytes(reason: string): Uint8Array {
  const bytes = new Uint8Array(REASON_BYTES_MAX);
  return bytes.subarray(0, new TextEncoder().encodeInto(reason, bytes).written);
}
