import type { LiveTools } from "./live_tools.ts";
import type { HttpRequest, HttpResponse } from "./network.ts";
import { WeightLimiter } from "./weight_limiter.ts";

/** What a client of an exchange's requests is made of. */
export interface RestOptions {
  readonly venue: string;
  /** Weight that may be spent in a minute. */
  readonly weightPerMinute: number;
  /** What an answer's headers say was spent in this minute. */
  readonly weightUsed?: (headers: Readonly<Record<string, string>>) => number | undefined;
}

/** How long an exchange is left alone that says "too many" and not for how long. */
const HALT_MS = 60_000;

/** The exchange answered, and what it says is no. */
export class RestError extends Error {
  override readonly name = "RestError";

  constructor(message: string, readonly response: HttpResponse) {
    super(message);
  }
}

/**
 * Asks an exchange over HTTP within the weight that it allows: waits for its turn, and as long as a 429 or 418 says. What it
 * waits for is told once (THROTTLED), with the weight spent.
 */
export class RestClient {
  readonly limiter: WeightLimiter;
  readonly #tools: LiveTools;
  readonly #options: RestOptions;
  #throttled = false;

  constructor(options: RestOptions, tools: LiveTools) {
    this.#options = options;
    this.#tools = tools;
    this.limiter = new WeightLimiter(options.weightPerMinute, tools.timers);
    this.limiter.onWait = (ms) => this.#tell(`requests wait ${Math.ceil(ms / 1000)} s`);
  }

  /**
   * Whatever came back; rejects with NetworkError where nothing did. `weight` is what the exchange counts for it. A request that
   * is signed with the time is made by a function, when its turn has come.
   */
  async send(request: HttpRequest | (() => HttpRequest), weight: number): Promise<HttpResponse> {
    await this.limiter.take(weight);
    const response = await this.#tools.network.request(typeof request === "function" ? request() : request);
    const used = this.#options.weightUsed?.(response.headers);
    if (used !== undefined) this.limiter.learn(used);
    if (response.status === 429 || response.status === 418) {
      const seconds = Number(response.headers["retry-after"]);
      const ms = seconds > 0 ? seconds * 1000 : HALT_MS;
      this.limiter.halt(ms);
      this.#tell(`it answered ${response.status}: nothing is asked for ${Math.ceil(ms / 1000)} s`);
    } else if (this.limiter.waitMs(0) === 0) this.#throttled = false;
    return response;
  }

  /** The JSON of an answer; rejects with RestError for any other status than 200 or for what is no JSON. */
  async json(request: HttpRequest, weight: number): Promise<unknown> {
    const response = await this.send(request, weight);
    const { status, text } = response, { pathname } = new URL(request.url);
    if (status !== 200) {
      throw new RestError(
        `Cannot read ${pathname} of ${this.#options.venue}: it answered ${status} ${start(text)}`,
        response,
      );
    }
    return this.parse(request, response);
  }

  /** What an answer holds; throws RestError where it is no JSON, without its words: keys may be echoed there. */
  parse(
    { url }: Pick<HttpRequest, "url">,
    response: HttpResponse,
    read: (text: string) => unknown = JSON.parse,
  ): unknown {
    const { text } = response, { venue } = this.#options;
    try {
      return read(text);
    } catch {
      const { pathname } = new URL(url);
      throw new RestError(
        `Cannot read ${pathname} of ${venue}: its answer is no JSON, of ${text.length} characters; check its address`,
        response,
      );
    }
  }

  /** Nobody waits any longer. */
  close(): void {
    this.limiter.close(new Error(`Cannot ask ${this.#options.venue}: its connection was closed; start it again`));
  }

  #tell(what: string): void {
    if (this.#throttled) return;
    this.#throttled = true;
    const { venue } = this.#options, { used, perMinute } = this.limiter;
    this.#tools.tell({
      name: "THROTTLED",
      venue,
      message: `${what}; weight ${used} of ${perMinute} a minute is spent`,
    });
  }
}

function start(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
