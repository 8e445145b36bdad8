import { FANOUT_BYTES, type FanoutSystem, TIME_MARK } from "./fanout_message.ts";

/** Latencies in steps of 50 µs, up to 2 s. */
const STEP_MS = 0.05;
/** Bytes after which a client acknowledges. */
const ACK_BYTES = 32_768;
const encoder = new TextEncoder(), decoder = new TextDecoder();

/** What all sockets of a process have got. */
export class FanoutTally {
  readonly latencies = new Uint32Array(40_000);
  messages = 0;
  frames = 0;
  lost = 0;
  /** When the first and the last of them came, in ms. */
  firstAt = 0;
  lastAt = 0;

  /** `some` messages came at `now`, due from `first` to `last` in equal steps. */
  add(some: number, now: number, first: number, last: number): void {
    const { latencies } = this, step = some > 1 ? (last - first) / (some - 1) : 0;
    for (let i = 0; i < some; i++) {
      const slot = Math.floor((now - first - i * step) / STEP_MS);
      latencies[Math.max(0, Math.min(latencies.length - 1, slot))]++;
    }
    if (this.messages === 0) this.firstAt = now;
    this.lastAt = now;
    this.messages += some;
    this.frames++;
  }

  /** The latency that a share of all messages did not exceed, in ms. */
  quantile(share: number): number {
    let left = this.messages * share;
    for (let i = 0; i < this.latencies.length; i++) {
      left -= this.latencies[i];
      if (left <= 0) return (i + 1) * STEP_MS;
    }
    return Infinity;
  }

  reset(): void {
    this.latencies.fill(0);
    this.messages = this.frames = this.lost = 0;
  }
}

/** Reads WebSocket frames of a socket, and counts what is in them. */
export class FanoutReader {
  readonly #conn: Deno.TcpConn;
  readonly #system: FanoutSystem;
  readonly #tally: FanoutTally;
  readonly #buffer: Uint8Array;
  #filled = 0;
  #bytes = 0;
  #acked = 0;
  #timeAt = -1;
  #next = 0;

  constructor(conn: Deno.TcpConn, system: FanoutSystem, tally: FanoutTally, bufferBytes: number) {
    this.#conn = conn;
    this.#system = system;
    this.#tally = tally;
    this.#buffer = new Uint8Array(bufferBytes);
  }

  /** Reads the answer to the upgrade. */
  async head(): Promise<void> {
    for (;;) {
      await this.#read();
      const text = decoder.decode(this.#buffer.subarray(0, this.#filled)), end = text.indexOf("\r\n\r\n");
      if (end < 0) continue;
      if (!text.startsWith("HTTP/1.1 101")) throw new Error(text.slice(0, 200));
      return this.#drop(end + 4);
    }
  }

  /** Reads one frame, and lets it be. */
  async first(): Promise<void> {
    for (;;) {
      const frame = this.#frame(0);
      if (frame !== undefined) {
        this.#bytes += frame.end - frame.begin;
        return this.#drop(frame.end);
      }
      await this.#read();
    }
  }

  /** A frame, masked by zeros, which change nothing. */
  say(text: string): void {
    const payload = encoder.encode(text), long = payload.length > 125;
    const header = long ? [0x81, 0xfe, payload.length >> 8, payload.length & 255] : [0x81, 0x80 | payload.length];
    const frame = new Uint8Array([...header, 0, 0, 0, 0, ...payload]);
    this.#conn.write(frame).catch(() => {});
  }

  ack(): void {
    if (this.#system !== "hub" || this.#bytes === this.#acked) return;
    this.#acked = this.#bytes;
    this.say(`[{"type":"ack","data":{"bytes":${this.#bytes}}}]`);
  }

  async run(): Promise<void> {
    for (;;) {
      let at = 0;
      const now = performance.timeOrigin + performance.now();
      for (let frame = this.#frame(at); frame !== undefined; frame = this.#frame(at)) {
        this.#take(frame.begin, frame.end, now);
        at = frame.end;
      }
      this.#drop(at);
      if (this.#bytes - this.#acked >= ACK_BYTES) this.ack();
      if (!await this.#read()) return;
    }
  }

  /** Where the payload of the frame at a place begins and ends; undefined where it is not whole. */
  #frame(at: number): { begin: number; end: number } | undefined {
    const buffer = this.#buffer;
    if (this.#filled - at < 4) return undefined;
    const short = buffer[at + 1];
    const begin = at + (short < 126 ? 2 : 4);
    const end = begin + (short < 126 ? short : buffer[at + 2] << 8 | buffer[at + 3]);
    return end <= this.#filled ? { begin, end } : undefined;
  }

  /** Counts the messages of a frame; its first and last say when they were due. */
  #take(begin: number, end: number, now: number): void {
    const length = end - begin, buffer = this.#buffer, hub = this.#system === "hub";
    this.#bytes += length;
    if (length < FANOUT_BYTES / 2) {
      // Socket.IO pings.
      if (this.#system === "socketio" && length === 1 && buffer[begin] === 50) this.say("3");
      return;
    }
    // Of the hub's frames those of updates: their first message begins [{"type":"u.
    if (hub && buffer[begin + 10] !== 117) return;
    if (this.#timeAt < 0) this.#timeAt = timeAt(buffer.subarray(begin, end));
    const at = begin + this.#timeAt, first = digits(buffer, at, 16) / 1000;
    if (!hub) return this.#tally.add(1, now, first, first);
    const lastAt = lastTime(buffer, end),
      seq = number(buffer, at + SEQ_AFTER),
      some = number(buffer, lastAt + SEQ_AFTER) - seq + 1;
    this.#tally.add(some, now, first, digits(buffer, lastAt, 16) / 1000);
    if (this.#next > 0 && seq !== this.#next) this.#tally.lost += Math.abs(seq - this.#next);
    this.#next = seq + some;
  }

  async #read(): Promise<boolean> {
    try {
      const read = await this.#conn.read(this.#buffer.subarray(this.#filled));
      if (read === null) return false;
      this.#filled += read;
      return true;
    } catch {
      return false;
    }
  }

  #drop(bytes: number): void {
    if (bytes === 0) return;
    this.#buffer.copyWithin(0, bytes, this.#filled);
    this.#filled -= bytes;
  }
}

/** Where the digits of the first time in a frame begin. */
function timeAt(frame: Uint8Array): number {
  const text = decoder.decode(frame), plain = text.indexOf(TIME_MARK);
  // In a text within a text quotes are escaped.
  return plain >= 0 ? plain + TIME_MARK.length : text.indexOf('timestamp\\":\\"') + 14;
}

function digits(buffer: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) value = value * 10 + buffer[at + i] - 48;
  return value;
}

/** From a time's digits to those of the sequence. */
const SEQ_AFTER = '1234567890123456789","seq":'.length;
/** From a time's digits to the end of the frame, but for those of the two sequences. */
const REST = SEQ_AFTER + ',"prev":}]'.length;

/** Where the digits of the last time in a frame of the hub begin; sequences have up to nine digits. */
function lastTime(buffer: Uint8Array, end: number): number {
  for (let at = end - REST - 2; at > end - REST - 20; at--) {
    if (buffer[at - 1] === 34 && buffer[at - 2] === 58 && buffer[at + 19] === 34) return at;
  }
  throw new Error("Cannot find the time of a message");
}

function number(buffer: Uint8Array, at: number): number {
  let value = 0;
  for (let digit = buffer[at]; digit >= 48 && digit <= 57; digit = buffer[++at]) value = value * 10 + digit - 48;
  return value;
}
