import { Code } from "../../core/codes.ts";
import { ExchangeClock } from "../exchange_clock.ts";
import { type Fields, object, objects, whole } from "../json_fields.ts";
import type { Keys } from "../keys.ts";
import type { LiveTools } from "../live_tools.ts";
import { RestClient } from "../rest_client.ts";
import { ExchangeError } from "../refusals.ts";
import { krakenSignature } from "../signing.ts";
import { krakenRefusal } from "./order_refusals.ts";

/** Kraken counts calls up to 15 and takes one off in three seconds, of the smallest accounts: no more than these are asked. */
const CALLS_PER_MINUTE = 20;

/** Kraken's interface over HTTP with our keys: signed requests, refusals as ExchangeError. */
export class PrivateRest {
  readonly client: RestClient;
  readonly clock: ExchangeClock;
  readonly #venue: string;
  readonly #base: string;
  readonly #keys: Keys;
  readonly #tools: LiveTools;
  /** Each nonce is higher than the last. */
  #nonce = 0n;

  constructor(venue: string, base: string, keys: Keys, tools: LiveTools) {
    this.#venue = venue;
    this.#base = base;
    this.#keys = keys;
    this.#tools = tools;
    this.client = new RestClient({ venue, weightPerMinute: CALLS_PER_MINUTE }, tools);
    const time = { method: "GET", url: `${base}/0/public/Time` } as const;
    this.clock = new ExchangeClock(venue, async () => {
      const { result } = object(await this.client.json(time, 0));
      return whole(object(result), "unixtime") * 1000 + 500; // it tells whole seconds: the middle is assumed
    }, tools);
  }

  /** Asks, and gives the result. */
  async ask(name: string, params: Readonly<Record<string, string | number | boolean>>, weight = 1): Promise<Fields> {
    const path = `/0/private/${name}`;
    const { text, status } = await this.client.send(() => {
      const nonce = this.#nextNonce();
      const fields = Object.entries(params).map(([key, value]) => [key, String(value)]);
      const body = new URLSearchParams([["nonce", nonce], ...fields]).toString();
      const headers = {
        "API-Key": this.#keys.id,
        "API-Sign": krakenSignature(this.#keys, path, nonce, body),
        "Content-Type": "application/x-www-form-urlencoded",
      };
      return { method: "POST", url: this.#base + path, headers, body };
    }, weight);
    const answer = parsed(text), errors = Array.isArray(answer?.error) ? answer.error.map(String) : [];
    if (status === 200 && answer !== undefined && errors.length === 0) return object(answer.result);
    const { code, reason } = krakenRefusal(errors[0] ?? `HTTP ${status}`);
    if (code === Code.THROTTLED) this.client.limiter.halt(15_000);
    throw new ExchangeError(this.#keys.redact(`Cannot ask ${this.#venue}: it answered ${reason}`), code);
  }

  close(): void {
    this.clock.stop();
    this.client.close();
  }

  #nextNonce(): string {
    const now = this.#tools.wall() / 1000n;
    this.#nonce = now > this.#nonce ? now : this.#nonce + 1n;
    return String(this.#nonce);
  }
}

function parsed(text: string): Fields | undefined {
  try {
    return objects([JSON.parse(text)])[0];
  } catch {
    return undefined;
  }
}
