import { ExchangeClock } from "../exchange_clock.ts";
import { type Fields, object, textOr, whole } from "../json_fields.ts";
import type { Keys } from "../keys.ts";
import type { LiveTools } from "../live_tools.ts";
import type { HttpResponse } from "../network.ts";
import { RestClient } from "../rest_client.ts";
import { ExchangeError, type Refusal } from "../refusals.ts";
import { coinbaseTokens } from "../signing.ts";
import { COINBASE_REFUSALS } from "./order_refusals.ts";

const PATH = "/api/v3/brokerage";
/** It takes 30 requests a second of an account. */
const REQUESTS_PER_MINUTE = 1800;

/** Coinbase Advanced Trade over HTTP with our keys: each request has a token of two minutes, made by the exchange's clock. */
export class Brokerage {
  readonly client: RestClient;
  readonly clock: ExchangeClock;
  readonly #venue: string;
  readonly #base: string;
  readonly #keys: Keys;
  readonly #tools: LiveTools;
  readonly #token: ReturnType<typeof coinbaseTokens>;

  constructor(venue: string, base: string, keys: Keys, tools: LiveTools) {
    this.#venue = venue;
    this.#base = base;
    this.#keys = keys;
    this.#tools = tools;
    this.#token = coinbaseTokens(keys);
    this.client = new RestClient({ venue, weightPerMinute: REQUESTS_PER_MINUTE }, tools);
    const time = { method: "GET", url: `${base}${PATH}/time` } as const;
    this.clock = new ExchangeClock(
      venue,
      async () => whole(object(await this.client.json(time, 1)), "epochMillis"),
      tools,
    );
  }

  /** A token for a request, or for a connection. */
  token(uri?: string): string {
    const nonce = Array.from({ length: 4 }, () => Math.floor(this.#tools.random() * 2 ** 32).toString(16)).join("");
    return this.#token({ now: Math.floor(this.clock.now() / 1000), nonce, ...(uri === undefined ? {} : { uri }) });
  }

  /** Sends once; whatever came back. Rejects with NetworkError where nothing did. */
  send(method: "GET" | "POST", path: string, body?: Fields, query = ""): Promise<HttpResponse> {
    return this.client.send(() => {
      const token = this.token(`${method} ${new URL(this.#base).host}${PATH}${path}`);
      const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
      const text = body === undefined ? {} : { body: JSON.stringify(body) };
      return { method, url: this.#base + PATH + path + query, headers, ...text };
    }, 1);
  }

  /** Asks, and gives the answer; rejects with ExchangeError for a refusal. */
  async ask(path: string, query: Readonly<Record<string, string>> = {}): Promise<Fields> {
    const search = new URLSearchParams(query).toString();
    const response = await this.send("GET", path, undefined, search === "" ? "" : `?${search}`);
    if (response.status === 200) return object(this.client.parse({ url: this.#base + PATH + path }, response));
    const { code, reason } = this.refusal(response);
    throw new ExchangeError(this.#keys.redact(`Cannot ask ${this.#venue}: it answered ${reason}`), code);
  }

  /** All pages of a list; throws RangeError past `most` pages. */
  async *pages(path: string, query: Readonly<Record<string, string>>, most: number): AsyncGenerator<Fields> {
    let cursor = "";
    for (let page = 0; page < most; page++) {
      const answer = await this.ask(path, cursor === "" ? query : { ...query, cursor });
      yield answer;
      cursor = textOr(answer, "cursor") ?? "";
      if (cursor === "" || answer.has_next === false) return;
    }
    throw new RangeError(
      `Cannot read ${path} of ${this.#venue}: it has more than ${most} pages; ask for a shorter time`,
    );
  }

  /** What an answer with another status than 200 means. */
  refusal({ status, text }: HttpResponse): Refusal {
    try {
      const said = object(JSON.parse(text)),
        words = textOr(said, "message") ?? "",
        at = textOr(said, "error") ?? status;
      const { code, reason } = COINBASE_REFUSALS.read(at, words);
      // Its words for a refusal by status are many; the status is one.
      return { code: status === 429 || status === 401 ? COINBASE_REFUSALS.read(status, "").code : code, reason };
    } catch {
      return COINBASE_REFUSALS.read(status, text.slice(0, 200));
    }
  }

  close(): void {
    this.clock.stop();
    this.client.close();
  }
}
