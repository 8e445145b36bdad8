/**
 * Frames as server-sent events: what the fall-back carriers send down and up. A text frame is an event of data lines; bytes, and
 * text that such lines cannot hold, are an event "base64"; the end of a link is an event "close".
 *
 * @module
 */
import { ERRORS, ProtocolError } from "../protocol/errors.ts";
import { bytesOf, type Ending } from "./_endpoint.ts";

/** What an event says. */
export type FrameEvent =
  | { readonly kind: "frame"; readonly frame: Uint8Array | string }
  | { readonly kind: "close"; readonly code: number; readonly reason: string };

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** An event that says nothing, so that whoever stands in between sees life. */
export const LIFE_SIGN: Uint8Array = encoder.encode(":\n\n");

/** A frame as an event. */
export function eventOfFrame(frame: Uint8Array, text: boolean): Uint8Array {
  if (text && frame.length > 0 && !frame.includes(13)) {
    return encoder.encode(`data: ${decoder.decode(frame).replaceAll("\n", "\ndata: ")}\n\n`);
  }
  return encoder.encode(`event: base64\ndata: ${frame.toBase64()}\n\n`);
}

/** The end of a link as an event. */
export function eventOfClose(code: number, reason: string): Uint8Array {
  return encoder.encode(`event: close\ndata: ${JSON.stringify({ code, reason })}\n\n`);
}

/**
 * Reads events out of bytes, however they are cut; holds no more than one frame. Throws `ProtocolError`: TOO_LARGE as soon as
 * an event is longer than the largest frame would make it, MALFORMED for what is no event of ours.
 *
 * | operation | cost |
 * |---|---|
 * | push | O(bytes) over all pushes, however small they are |
 */
export class FrameEvents {
  readonly #text: boolean;
  readonly #lengthMax: number;
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** Pieces of an event that has not ended. */
  #pieces: string[] = [];
  #length = 0;

  /** `text`: base64 frames too are handed over as text. */
  constructor(frameBytesMax: number, text: boolean) {
    this.#text = text;
    // "data: " may stand before each byte of a text frame that is all line ends.
    this.#lengthMax = 256 + frameBytesMax * 8;
  }

  /** The events that are whole now. */
  *push(chunk: Uint8Array): Generator<FrameEvent, void> {
    let piece = this.#decode(chunk);
    const last = this.#pieces.at(-1);
    // The two line ends that close an event may come in two pieces.
    if (last?.endsWith("\n") && piece.startsWith("\n")) {
      this.#pieces[this.#pieces.length - 1] = last.slice(0, -1);
      this.#length--;
      piece = `\n${piece}`;
    }
    let from = 0;
    for (let end = piece.indexOf("\n\n"); end >= 0; end = piece.indexOf("\n\n", from)) {
      this.#hold(piece.slice(from, end));
      const event = this.#pieces.join("");
      this.#pieces = [];
      this.#length = 0;
      from = end + 2;
      const read = this.#read(event);
      if (read) yield read;
    }
    this.#hold(piece.slice(from));
  }

  #decode(chunk: Uint8Array): string {
    try {
      return this.#utf8.decode(chunk, { stream: true });
    } catch {
      throw new ProtocolError("MALFORMED", "Cannot read frames: the bytes are no UTF-8; send events");
    }
  }

  #hold(piece: string): void {
    if (piece === "") return;
    this.#length += piece.length;
    if (this.#length > this.#lengthMax) {
      throw new ProtocolError(
        "TOO_LARGE",
        `Cannot read a frame: its event has more than ${this.#lengthMax} characters`,
      );
    }
    this.#pieces.push(piece);
  }

  #read(event: string): FrameEvent | undefined {
    let kind = "";
    const data: string[] = [];
    for (const line of event.split("\n")) {
      if (line === "" || line.startsWith(":")) continue;
      if (line.startsWith("data: ")) data.push(line.slice(6));
      else if (line.startsWith("event: ")) kind = line.slice(7);
      else throw new ProtocolError("MALFORMED", `Cannot read an event: a line begins with ${quote(line)}`);
    }
    if (data.length === 0) return undefined;
    if (kind === "") return { kind: "frame", frame: this.#text ? data.join("\n") : bytesOf(data.join("\n")) };
    if (kind === "base64") return { kind: "frame", frame: this.#fromBase64(data.join("")) };
    if (kind === "close") return closeOf(data.join("\n"));
    throw new ProtocolError("MALFORMED", `Cannot read an event: it is called ${quote(kind)}`);
  }

  #fromBase64(data: string): Uint8Array | string {
    try {
      const bytes = Uint8Array.fromBase64(data);
      return this.#text ? new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) : bytes;
    } catch {
      throw new ProtocolError("MALFORMED", "Cannot read a frame: it is no base64 of what its codec sends");
    }
  }
}

function closeOf(data: string): FrameEvent {
  let said: unknown;
  try {
    said = JSON.parse(data);
  } catch {
    said = undefined;
  }
  const ending = endingIn(said);
  if (!ending) throw new ProtocolError("MALFORMED", "Cannot read the end: it has no code and reason");
  return { kind: "close", ...ending };
}

/** A code and a reason, where a value read from JSON is that. */
export function endingIn(said: unknown): Ending | undefined {
  if (typeof said !== "object" || said === null || !("code" in said) || !("reason" in said)) return undefined;
  const { code, reason } = said;
  if (typeof code !== "number" || !Number.isInteger(code) || code < 0 || code > 9999) return undefined;
  return typeof reason === "string" ? { code, reason: reason.slice(0, 1000) } : undefined;
}

/** The code of what went wrong while frames were read. */
export function codeOfFault(error: unknown): number {
  return error instanceof ProtocolError ? error.data.code : ERRORS.LINK_LOST[0];
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 20));
}
