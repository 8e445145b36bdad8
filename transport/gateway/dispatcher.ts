import type { ApiKeys } from "./api_keys.ts";
import { BinanceError, missing, refusal } from "./binance_error.ts";
import type { Endpoint } from "./endpoint.ts";
import type { GatewayClock } from "./gateway_clock.ts";
import type { Pacing } from "./pacing.ts";
import type { Params } from "./params.ts";
import type { Weights } from "./weights.ts";

/** A request as a carrier has read it. */
export interface Asked {
  readonly address: string;
  readonly params: Params;
  readonly key: string | undefined;
  /** What was signed. */
  readonly payload: string;
  readonly signature: string | undefined;
  /** It came over a connection that has proved whose it is. */
  readonly proven?: boolean;
}

/** What a dispatcher works with. */
export interface DispatcherOptions {
  readonly keys: ApiKeys;
  readonly weights: Weights;
  readonly clock: GatewayClock;
  readonly pacing: Pacing;
}

/** Parameters of proof, which every endpoint with a key has. */
const PROOF = ["timestamp", "recvWindow", "signature", "apiKey"];
/** How long a request is good, ms: unless it says, and at most; and how far ahead of the exchange's clock it may be. */
const WINDOW_MS = 5000, WINDOW_MS_MAX = 60_000, AHEAD_MS = 1000;

/** The one way from a request to its endpoint: weight, key, time, signature, names of parameters, in this order. */
export class Dispatcher {
  readonly #options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** What the endpoint answers. Throws BinanceError. */
  async answer(endpoint: Endpoint, asked: Asked): Promise<unknown> {
    const { weights, clock, pacing } = this.#options, { address, params } = asked, { weight } = endpoint;
    weights.take(address, typeof weight === "number" ? weight : weight(params), clock.now());
    const key = this.prove(endpoint.security, asked);
    params.checkNames(endpoint.security === "none" ? endpoint.params : [...endpoint.params, ...PROOF]);
    const done = await pacing.asked(endpoint.market === true);
    try {
      weights.order(endpoint.orders ?? 0, clock.now());
      return await endpoint.answer(params, { address, key });
    } finally {
      done();
    }
  }

  /** The key of whoever asks, "" where it needs none. Throws BinanceError. */
  prove(security: Endpoint["security"], { params, key, payload, signature, proven }: Asked): string {
    const { keys } = this.#options;
    if (security === "none") return "";
    const known = keys.known(key);
    if (security === "key") return known;
    this.#checkTime(params);
    if (proven && signature === undefined) return known;
    if (signature === undefined) throw missing("signature");
    keys.check({ key: known, payload, signature });
    return known;
  }

  #checkTime(params: Params): void {
    const text = params.text("timestamp"), window = Number(params.decimal("recvWindow") ?? WINDOW_MS);
    const time = Number(text), now = this.#options.clock.now();
    if (!/^\d{1,16}$/.test(text)) throw missing("timestamp");
    if (!(window <= WINDOW_MS_MAX)) throw refusal("BAD_RECV_WINDOW");
    if (time >= now + AHEAD_MS) {
      throw new BinanceError(-1021, `Timestamp for this request was ${AHEAD_MS}ms ahead of the server's time.`);
    }
    if (now - time > window) {
      throw new BinanceError(-1021, "Timestamp for this request is outside of the recvWindow.");
    }
  }
}
