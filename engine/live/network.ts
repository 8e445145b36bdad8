/** An open or opening WebSocket. Nothing is heard of it after `onClose`. */
export interface Socket {
  /** Set by whoever opened it, in the same turn. */
  onOpen: () => void;
  /** A text frame, whole, and when it arrived: wall time in ns since 1970-01-01 UTC. */
  onFrame: (text: string, at: bigint) => void;
  /** It is over, whoever ended it; heard once. A socket that could not be opened hears it too. */
  onClose: (code: number, reason: string) => void;
  /** Sends a text frame. Throws Error where it is not open. */
  send(text: string): void;
  /** Ends it; `onClose` follows. */
  close(): void;
}

/** A request over HTTP. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How long the answer may take; 10,000 ms unless said. */
  readonly timeoutMs?: number;
}

/** What came back: any status is an answer. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** When it arrived: wall time in ns since 1970-01-01 UTC. */
  readonly at: bigint;
}

/**
 * The way to an exchange: sockets and requests. The program's own is made in `engine/run`, tests have one of their own with delays,
 * losses and cuts.
 */
export interface Network {
  /** Opens a WebSocket. Never throws: what fails is heard by `onClose`. */
  socket(url: string): Socket;
  /** Asks over HTTP. Rejects with NetworkError where no answer came, whatever became of the request. */
  request(request: HttpRequest): Promise<HttpResponse>;
}

/** No answer came: whether the request arrived is not known. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
}
