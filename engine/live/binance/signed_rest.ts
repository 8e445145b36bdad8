import { Code } from "../../core/codes.ts";
import { ExchangeError } from "../refusals.ts";
import { ExchangeClock } from "../exchange_clock.ts";
import { exactJson } from "../exact_json.ts";
import { object, textOr, whole } from "../json_fields.ts";
import type { Keys } from "../keys.ts";
import type { LiveTools } from "../live_tools.ts";
import type { HttpRequest } from "../network.ts";
import { RestClient } from "../rest_client.ts";
import { BINANCE_REFUSALS } from "./order_refusals.ts";
import { type Params, query } from "./order_params.ts";

/** How long after its time a request may arrive, in ms: Binance's own default. */
export const RECEIVE_WINDOW_MS = 5000;

/** What requests over HTTP are made of. */
export interface SignedRestOptions {
  readonly venue: string;
  readonly base: string;
  readonly keys: Keys;
  readonly sign: (text: string) => string;
  readonly weightPerMinute: number;
  /** Where the exchange tells its time. */
  readonly timePath: string;
}

/** Binance's interface over HTTP with our keys: requests signed by the exchange's clock, refusals as ExchangeError. */
export class SignedRest {
  readonly client: RestClient;
  readonly clock: ExchangeClock;
  readonly #options: SignedRestOptions;

  constructor(options: SignedRestOptions, tools: LiveTools) {
    this.#options = options;
    const { venue, weightPerMinute, base, timePath } = options;
    const weightUsed = (headers: Readonly<Record<string, string>>) => {
      const used = headers["x-mbx-used-weight-1m"];
      return used === undefined ? undefined : Number(used);
    };
    this.client = new RestClient({ venue, weightPerMinute, weightUsed }, tools);
    const time = { method: "GET", url: base + timePath } as const;
    this.clock = new ExchangeClock(
      venue,
      async () => whole(object(await this.client.json(time, 1)), "serverTime"),
      tools,
    );
  }

  /** Asks with a signature. It is made when the request's turn has come, so that it is not out of date. */
  signed(method: HttpRequest["method"], path: string, params: Params, weight: number): Promise<unknown> {
    return this.#ask(() => {
      const text = query({ ...params, recvWindow: RECEIVE_WINDOW_MS, timestamp: this.clock.now() });
      return this.#request(method, `${path}?${text}&signature=${encodeURIComponent(this.#options.sign(text))}`);
    }, weight);
  }

  /** Asks with the key alone, as for listen keys. */
  keyed(method: HttpRequest["method"], path: string): Promise<unknown> {
    return this.#ask(() => this.#request(method, path), 1);
  }

  close(): void {
    this.clock.stop();
    this.client.close();
  }

  #request(method: HttpRequest["method"], path: string): HttpRequest {
    const { base, keys } = this.#options;
    return { method, url: base + path, headers: { "X-MBX-APIKEY": keys.id } };
  }

  async #ask(request: () => HttpRequest, weight: number): Promise<unknown> {
    const { keys, venue } = this.#options;
    let url = "";
    const response = await this.client.send(() => {
      const made = request();
      url = made.url;
      return made;
    }, weight);
    const { status, text } = response;
    if (status === 200) return this.client.parse({ url }, response, exactJson);
    const { code, words } = binanceError(text);
    const { code: meaning, reason } = BINANCE_REFUSALS.read(code ?? status, words);
    if (meaning === Code.CLOCK_OFF) await this.clock.anew();
    throw new ExchangeError(keys.redact(`Cannot ask ${venue}: it answered ${reason}`), meaning);
  }
}

/** Binance's number and words in the body of a refusal; no number where it is none of Binance's. */
function binanceError(body: string): { readonly code?: number; readonly words: string } {
  try {
    const fields = object(JSON.parse(body));
    return { code: whole(fields, "code"), words: textOr(fields, "msg") ?? "" };
  } catch {
    return { words: body.slice(0, 200) };
  }
}
