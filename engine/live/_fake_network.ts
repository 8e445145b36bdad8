import type { HttpRequest, HttpResponse, Network, Socket } from "./network.ts";

/** The far end of a socket that a test has in its hands. */
export class FakeSocket implements Socket {
  onOpen = () => {};
  onFrame: (text: string, at: bigint) => void = () => {};
  onClose: (code: number, reason: string) => void = () => {};
  /** What was sent to the exchange. */
  readonly sent: string[] = [];
  /** Whether we ended it. */
  closed = false;
  #over = false;

  constructor(readonly url: string) {}

  send(text: string): void {
    if (this.#over) throw new Error("Cannot send: the socket is not open");
    this.sent.push(text);
  }

  close(): void {
    this.closed = true;
    this.cut(1000, "");
  }

  /** The exchange, or the network, ends it. */
  cut(code = 1006, reason = "cut"): void {
    if (this.#over) return;
    this.#over = true;
    this.onClose(code, reason);
  }
}

/** A network in a test's hands: sockets open when it says so, requests are answered by it. */
export class FakeNetwork implements Network {
  readonly sockets: FakeSocket[] = [];
  readonly requests: HttpRequest[] = [];
  /** Answers requests; rejects as a network does. */
  answer: (request: HttpRequest) => HttpResponse | Promise<HttpResponse> = () => ({
    status: 404,
    headers: {},
    text: "",
    at: 0n,
  });

  /** The one that was opened last. */
  get last(): FakeSocket {
    return this.sockets[this.sockets.length - 1];
  }

  socket(url: string): Socket {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    return socket;
  }

  async request(request: HttpRequest): Promise<HttpResponse> {
    this.requests.push(request);
    return await this.answer(request);
  }
}
