import { Buffer } from "node:buffer";
import * as ws from "ws";
import { type HttpRequest, type HttpResponse, type Network, NetworkError, type Socket } from "../live/network.ts";

/** What the network of this machine is made of. */
export interface NetworkOptions {
  /** Wall time in ns since 1970-01-01 UTC: what arrives is stamped with it. */
  readonly wall: () => bigint;
  /** The largest frame that is taken; 16 MiB unless said. A socket that brings a larger one ends. */
  readonly frameBytesMax?: number;
  /** The largest answer that is taken; 64 MiB unless said. */
  readonly answerBytesMax?: number;
}

const TIMEOUT_MS = 10_000;

/**
 * The way to exchanges from this machine: WebSockets and requests over HTTP.
 *
 * Sockets are those of `npm:ws`: they stamp frames as soon as the platform's own do (both 0.07 ms over loopback, measured), bound
 * a frame's size, and end at once where the other side is gone. What errors say has no query of a URL in it: keys may be there.
 */
export function machineNetwork(
  { wall, frameBytesMax = 1 << 24, answerBytesMax = 1 << 26 }: NetworkOptions,
): Network {
  return {
    socket: (url) => new MachineSocket(url, wall, frameBytesMax),
    request: (request) => ask(request, wall, answerBytesMax),
  };
}

/** A client's WebSocket of `npm:ws`, as far as it is used: the package brings no types. */
interface ClientSocket {
  on(event: "open", listener: () => void): this;
  on(event: "message", listener: (data: { toString(): string }, isBinary: boolean) => void): this;
  on(event: "close", listener: (code: number, reason: { toString(): string }) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  readonly readyState: number;
  send(bytes: Uint8Array, options: { readonly binary: false }): void;
  close(): void;
  terminate(): void;
}

const ClientSocket: new (
  url: string,
  options: { readonly maxPayload: number; readonly perMessageDeflate: boolean; readonly handshakeTimeout: number },
) => ClientSocket = ws.WebSocket;

const OPEN = 1;
/** How long a closing handshake may take before the connection is cut. */
const CLOSING_MS = 1000;

class MachineSocket implements Socket {
  onOpen = () => {};
  onFrame: (text: string, at: bigint) => void = () => {};
  onClose: (code: number, reason: string) => void = () => {};
  readonly #socket: ClientSocket | undefined;
  #over = false;
  /** What went wrong: the end that follows does not say. */
  #error = "";

  constructor(url: string, wall: () => bigint, maxPayload: number) {
    const options = { maxPayload, perMessageDeflate: false, handshakeTimeout: TIMEOUT_MS };
    try {
      this.#socket = new ClientSocket(url, options);
    } catch (error) {
      // An address that is none: heard like all else that fails.
      queueMicrotask(() => this.#end(1006, reasonOf(error, url)));
      return;
    }
    this.#socket
      .on("open", () => this.onOpen())
      .on("message", (data, isBinary) => {
        const at = wall();
        if (!isBinary && !this.#over) this.onFrame(data.toString(), at);
      })
      .on("error", (error) => this.#error = reasonOf(error, url))
      .on("close", (code, reason) => this.#end(code, this.#error || reason.toString()));
  }

  send(text: string): void {
    if (this.#socket?.readyState !== OPEN) throw new Error("Cannot send: the socket is not open");
    // Of bytes, header and contents leave in one write; of a text, the package would make two.
    this.#socket.send(Buffer.from(text), { binary: false });
  }

  close(): void {
    const socket = this.#socket;
    if (socket === undefined || this.#over) return;
    if (socket.readyState !== OPEN) return socket.terminate();
    socket.close();
    // Whoever does not answer a closing is gone.
    const timer = setTimeout(() => socket.terminate(), CLOSING_MS);
    socket.on("close", () => clearTimeout(timer));
  }

  #end(code: number, reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.onClose(code, reason);
  }
}

async function ask(
  { method, url, headers, body, timeoutMs = TIMEOUT_MS }: HttpRequest,
  wall: () => bigint,
  bytesMax: number,
): Promise<HttpResponse> {
  try {
    const response = await fetch(url, {
      method,
      headers,
      body,
      signal: AbortSignal.timeout(timeoutMs),
      redirect: "manual",
    });
    const text = await textOf(response, bytesMax);
    return { status: response.status, headers: Object.fromEntries(response.headers), text, at: wall() };
  } catch (error) {
    throw new NetworkError(`Cannot ask ${redacted(url)}: ${reasonOf(error, url)}`);
  }
}

async function textOf({ body }: Response, bytesMax: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "", bytes = 0;
  for await (const piece of body ?? []) {
    bytes += piece.length;
    if (bytes > bytesMax) throw new Error(`its answer is longer than ${bytesMax} bytes`);
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

/** A URL without its query. */
function redacted(url: string): string {
  return url.replace(/\?.*$/s, "");
}

/** The innermost cause says it: what stands around it is "fetch failed", and the address once more. */
function reasonOf(error: unknown, url: string): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  const text = inner instanceof Error ? inner.message : String(inner);
  return text.replaceAll(url, redacted(url)).replace(/\?[^\s)"']*/g, "").replace(
    /^error sending request for url \(\S*\): /,
    "",
  );
}
