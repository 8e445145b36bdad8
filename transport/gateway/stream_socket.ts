import { type GatewaySocket, isRequestId } from "./gateway_socket.ts";
import type { MarketStreams } from "./market_streams.ts";
import type { UserStreams } from "./user_streams.ts";

/** What a socket of streams works with. */
export interface StreamSocketOptions {
  readonly socket: GatewaySocket;
  readonly streams: MarketStreams;
  readonly users: UserStreams;
  /** Each message says of which stream it is: `/stream`, not `/ws`. */
  readonly combined: boolean;
  /** Those of the address. */
  readonly names: readonly string[];
  /** Clients are told something. */
  readonly told: () => void;
  /** A request has come. */
  readonly asked: () => void;
  /** Hears of what is no fault of a client's. */
  readonly onFault: (error: unknown) => void;
}

/** Streams of one connection. */
const STREAMS_MAX = 1024;

/** A client of streams: those of its address, and those that it subscribes to. */
export class StreamSocket {
  readonly #options: StreamSocketOptions;
  /** Names, and what ends each. */
  readonly #heard = new Map<string, () => void>();
  #combined: boolean;

  constructor(options: StreamSocketOptions) {
    this.#options = options;
    this.#combined = options.combined;
    const { socket, names } = options;
    if (names.length > STREAMS_MAX) socket.close("Too many streams");
    else for (const name of names) this.#add(name);
    socket.onText = (text) => this.#request(text);
    socket.onClose = () => {
      for (const end of this.#heard.values()) end();
      this.#heard.clear();
    };
    options.asked();
  }

  #request(text: string): void {
    const { socket, asked, onFault } = this.#options, request = parsed(text);
    asked();
    if (request === undefined) return socket.say({ error: { code: 3, msg: "Invalid JSON: expected an object" } });
    const { id = null, method, params } = request, known = isRequestId(id) ? id : null;
    try {
      if (known !== id) throw new RangeError("id must be a whole number, or a text of up to 36 characters");
      if (typeof method !== "string") throw new RangeError("method must be a text");
      socket.say({ result: this.#answer(method, params), id });
    } catch (error) {
      if (!(error instanceof RangeError)) onFault(error);
      const msg = error instanceof RangeError ? `Invalid request: ${error.message}` : "Unknown error";
      socket.say({ error: { code: 2, msg }, id: known });
    }
  }

  /** Throws RangeError for a request that is none. */
  #answer(method: string, params: unknown): unknown {
    switch (method) {
      case "SUBSCRIBE": {
        const names = namesOf(params);
        if (new Set([...this.#heard.keys(), ...names]).size > STREAMS_MAX) {
          throw new RangeError(`too many streams, at most ${STREAMS_MAX}`);
        }
        for (const name of names) this.#add(name);
        return null;
      }
      case "UNSUBSCRIBE":
        for (const name of namesOf(params)) {
          this.#heard.get(name)?.();
          this.#heard.delete(name);
        }
        return null;
      case "LIST_SUBSCRIPTIONS":
        return [...this.#heard.keys()];
      case "GET_PROPERTY":
        return this.#combined;
      case "SET_PROPERTY":
        if (!Array.isArray(params) || params[0] !== "combined" || typeof params[1] !== "boolean") {
          throw new RangeError('property name must be "combined", with true or false');
        }
        this.#combined = params[1];
        return null;
      default:
        throw new RangeError(`unknown variant \`${method.slice(0, 40)}\``);
    }
  }

  #add(name: string): void {
    if (this.#heard.has(name)) return;
    const { streams, users, told } = this.#options;
    if (users.isKey(name)) {
      const end = users.listen((event) => this.#send(name, JSON.stringify(event)));
      return void this.#heard.set(name, end);
    }
    const listener = (of: string, text: string) => this.#send(of, text);
    streams.add(name, listener);
    this.#heard.set(name, () => streams.remove(name, listener));
    told();
  }

  #send(name: string, text: string): void {
    const { socket, told } = this.#options;
    socket.send(this.#combined ? `{"stream":${JSON.stringify(name)},"data":${text}}` : text);
    told();
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value as Readonly<Record<string, unknown>> : undefined;
  } catch {
    return undefined;
  }
}

function namesOf(params: unknown): readonly string[] {
  if (Array.isArray(params) && params.length <= STREAMS_MAX && params.every((name) => typeof name === "string")) {
    return params.filter((name) => name.length <= 100);
  }
  throw new RangeError("params must be a list of names of streams");
}
