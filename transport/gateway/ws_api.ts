import { BinanceError, refusal } from "./binance_error.ts";
import type { ApiKeys } from "./api_keys.ts";
import type { Asked, Dispatcher } from "./dispatcher.ts";
import type { Endpoint, Endpoints } from "./endpoint.ts";
import type { GatewayClock } from "./gateway_clock.ts";
import { type GatewaySocket, isRequestId } from "./gateway_socket.ts";
import { Params } from "./params.ts";
import type { StreamMessage } from "./stream_feed.ts";
import type { UserStreams } from "./user_streams.ts";
import type { Weights } from "./weights.ts";

/** What the WebSocket API works with. */
export interface WsApiOptions {
  readonly endpoints: Endpoints;
  readonly dispatcher: Dispatcher;
  readonly keys: ApiKeys;
  readonly users: UserStreams;
  readonly weights: Weights;
  readonly clock: GatewayClock;
  /** Clients are told something. */
  readonly told: () => void;
  /** Hears of what is no fault of a client's. */
  readonly onFault: (error: unknown) => void;
}

/** Requests of a connection that are not yet answered. */
const OPEN_MAX = 200;
/** A parameter of every request: whether its answer tells what was used of the limits. */
const RATES = "returnRateLimits";

/** One connection to the WebSocket API: requests and their answers, a key that was proved once, a user data stream. */
export class WsApi {
  readonly #options: WsApiOptions;
  readonly #socket: GatewaySocket;
  readonly #endpoints: Endpoints;
  #key: { readonly key: string; readonly since: number } | undefined;
  /** Subscriptions to the user data stream, by their numbers. */
  readonly #heard = new Map<number, () => void>();
  #subscriptions = 0;
  #open = 0;

  constructor(socket: GatewaySocket, options: WsApiOptions) {
    this.#options = options;
    this.#socket = socket;
    this.#endpoints = { ...options.endpoints, ...this.#own() };
    socket.onText = (text) => void this.#request(text);
    socket.onClose = () => {
      for (const end of this.#heard.values()) end();
      this.#heard.clear();
    };
  }

  async #request(text: string): Promise<void> {
    let id: unknown = null;
    try {
      const request = requestOf(text);
      id = request.id;
      const endpoint = Object.hasOwn(this.#endpoints, request.method) ? this.#endpoints[request.method] : undefined;
      if (endpoint === undefined) throw new BinanceError(-1000, `Unknown method '${request.method.slice(0, 50)}'.`);
      if (this.#open >= OPEN_MAX) {
        throw new BinanceError(-1008, "Server is currently overloaded. Please try again.", 503);
      }
      this.#open++;
      try {
        const result = await this.#options.dispatcher.answer(endpoint, this.#asked(request.params, endpoint));
        const silent = request.params.some(([name, value]) => name === RATES && value === "false");
        this.#socket.say({ id, status: 200, result, ...(silent ? {} : { rateLimits: this.#rateLimits(endpoint) }) });
      } finally {
        this.#open--;
      }
    } catch (error) {
      if (!(error instanceof BinanceError)) this.#options.onFault(error);
      const known = error instanceof BinanceError ? error : refusal("UNKNOWN");
      this.#socket.say({ id, status: known.status, error: known.body, rateLimits: this.#rateLimits(undefined) });
    }
  }

  /** A signature is over all parameters but itself, in the order of their names. */
  #asked(params: readonly (readonly [string, string])[], { security }: Endpoint): Asked {
    const values = new Map(params), signature = values.get("signature"), sent = values.get("apiKey");
    const signed = params.filter(([name]) => name !== "signature").sort(([a], [b]) => a < b ? -1 : 1);
    const proven = security !== "none" && this.#key !== undefined && (sent === undefined || sent === this.#key.key);
    return {
      address: this.#socket.address,
      params: new Params(params.filter(([name]) => name !== RATES)),
      key: sent ?? this.#key?.key,
      payload: signed.map(([name, value]) => `${name}=${value}`).join("&"),
      signature,
      proven,
    };
  }

  #rateLimits(endpoint: Endpoint | undefined): readonly unknown[] {
    const { weights, clock } = this.#options, now = clock.now(), [weight, ...orders] = weights.limits;
    const used = { ...weight, count: weights.used(this.#socket.address, now) }, counts = weights.orders(now);
    return endpoint?.orders ? [...orders.map((limit, i) => ({ ...limit, count: counts[i] })), used] : [used];
  }

  /** What is of a connection: whose it is, and its subscriptions. */
  #own(): Endpoints {
    const none = { security: "none", params: [] } as const;
    return {
      "session.logon": {
        security: "signed",
        weight: 2,
        params: [],
        answer: (_params, { key }) => {
          if (this.#options.keys.kindOf(key) !== "ed25519") {
            throw new BinanceError(-4056, "HMAC_SHA256 and RSA API keys are not supported.");
          }
          this.#key = { key, since: this.#options.clock.now() };
          return this.#status();
        },
      },
      "session.status": { ...none, weight: 2, answer: () => this.#status() },
      "session.logout": {
        ...none,
        weight: 2,
        answer: () => {
          this.#key = undefined;
          return this.#status();
        },
      },
      "userDataStream.subscribe": {
        ...none,
        weight: 2,
        answer: () => {
          if (this.#key === undefined) throw refusal("REJECTED_KEY");
          return this.#subscribe();
        },
      },
      "userDataStream.subscribe.signature": {
        security: "signed",
        weight: 2,
        params: [],
        answer: () => this.#subscribe(),
      },
      "userDataStream.unsubscribe": {
        ...none,
        weight: 2,
        params: ["subscriptionId"],
        answer: (params) => {
          const id = params.whole("subscriptionId");
          for (const [each, end] of this.#heard) {
            if (!Number.isNaN(id) && each !== id) continue;
            end();
            this.#heard.delete(each);
          }
          return {};
        },
      },
    };
  }

  #status() {
    const { clock, keys } = this.#options, common = { returnRateLimits: true, serverTime: clock.now() };
    if (this.#key === undefined) return { apiKey: null, authorizedSince: null, connectedSince: null, ...common };
    const { key, since } = this.#key;
    return { apiKey: keys.known(key), authorizedSince: since, connectedSince: since, ...common };
  }

  #subscribe(): { readonly subscriptionId: number } {
    if (this.#heard.size > 0) throw new BinanceError(-2035, "User Data Stream subscription already active.");
    const subscriptionId = this.#subscriptions++, { users, told } = this.#options;
    const listener = (event: StreamMessage) => {
      this.#socket.say({ subscriptionId, event });
      told();
    };
    this.#heard.set(subscriptionId, users.listen(listener));
    return { subscriptionId };
  }
}

/** Throws BinanceError for a text that is no request. */
function requestOf(text: string) {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BinanceError(-1000, "Invalid JSON.");
  }
  const { id = null, method, params = {} } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof method !== "string" || !isRequestId(id) || typeof params !== "object" || params === null) {
    throw new BinanceError(-1000, "Invalid request: it needs an id, a method and params.");
  }
  const values = Object.entries(params).map(([name, value]): readonly [string, string] => {
    return [name, typeof value === "object" ? JSON.stringify(value) : `${value}`];
  });
  return { id, method, params: values };
}
