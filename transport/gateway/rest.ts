import type { IncomingMessage } from "node:http";
import { type Context, Hono } from "hono";
import { BinanceError, refusal } from "./binance_error.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Endpoint, Endpoints } from "./endpoint.ts";
import type { GatewayClock } from "./gateway_clock.ts";
import { Params } from "./params.ts";
import type { Weights } from "./weights.ts";

type Env = { Bindings: { incoming: IncomingMessage } };

/** What REST works with. */
export interface RestOptions {
  /** By method and path: "GET /api/v3/depth". */
  readonly endpoints: Endpoints;
  readonly dispatcher: Dispatcher;
  readonly weights: Weights;
  readonly clock: GatewayClock;
  /** Why a caller may not come; undefined where he may. */
  readonly check: (headers: Headers, method: string) => string | undefined;
  /** Hears of what is no fault of a client's. */
  readonly onFault: (error: unknown) => void;
}

const BODY_BYTES_MAX = 65_536;

/** The exchange over HTTP: each endpoint at its path, parameters in the query or the body. */
export function restApp(options: RestOptions): Hono<Env> {
  const app = new Hono<Env>();
  app.all("*", (context) => answered(options, context));
  return app;
}

async function answered(options: RestOptions, context: Context<Env>): Promise<Response> {
  const { weights, clock, endpoints, check, onFault } = options, { headers, method } = context.req.raw;
  const { incoming } = context.env, address = incoming.socket.remoteAddress ?? "";
  const refusedBecause = check(headers, method);
  if (refusedBecause !== undefined) return context.json({ code: -1002, msg: refusedBecause }, 403);
  const name = `${method} ${context.req.path}`;
  const endpoint = Object.hasOwn(endpoints, name) ? endpoints[name] : undefined;
  let status = 200, body: unknown, retryAfterS: number | undefined;
  try {
    if (endpoint === undefined) throw refusal("NOT_FOUND");
    body = await options.dispatcher.answer(endpoint, await asked(context, endpoint, address));
  } catch (error) {
    if (!(error instanceof BinanceError)) onFault(error);
    const known = error instanceof BinanceError ? error : refusal("UNKNOWN");
    [status, body, retryAfterS] = [known.status, known.body, known.more.retryAfterS];
  }
  const now = clock.now(), used = `${weights.used(address, now)}`, [tenSeconds, day] = weights.orders(now);
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/json;charset=UTF-8",
      "x-mbx-used-weight": used,
      "x-mbx-used-weight-1m": used,
      ...(endpoint?.orders ? { "x-mbx-order-count-10s": `${tenSeconds}`, "x-mbx-order-count-1d": `${day}` } : {}),
      ...(retryAfterS === undefined ? {} : { "retry-after": `${retryAfterS}` }),
    },
  });
}

/** A signature is over the query and the body as they were sent, one behind the other, without itself. */
async function asked(context: Context<Env>, endpoint: Endpoint, address: string) {
  const { incoming } = context.env, [, query = ""] = /\?(.*)$/s.exec(incoming.url ?? "") ?? [];
  const body = await bodyOf(context.req.raw);
  const parts = [query, body].map((text) => text.split("&").filter((each) => each !== ""));
  const unsigned = (part: readonly string[]) => part.filter((each) => !each.startsWith("signature=")).join("&");
  const all = parts.flat().map(decoded);
  if (new Set(all.map(([name]) => name)).size < all.length) {
    throw new BinanceError(-1101, "Duplicate values for a parameter detected.");
  }
  const key = context.req.header("x-mbx-apikey");
  return {
    address,
    params: new Params(all),
    key: endpoint.security === "none" ? undefined : key,
    payload: parts.map(unsigned).join(""),
    signature: all.find(([name]) => name === "signature")?.[1],
  };
}

function decoded(pair: string): readonly [string, string] {
  const at = pair.indexOf("="), [name, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
  try {
    const plain = (text: string) => decodeURIComponent(text.replaceAll("+", " "));
    // A base64 signature may have come without its "+" escaped.
    return [plain(name), name === "signature" ? decodeURIComponent(value) : plain(value)];
  } catch {
    throw new BinanceError(-1100, "Illegal characters found in a parameter.");
  }
}

/** The body of a request, "" where it has none. Throws BinanceError where it is too long. */
async function bodyOf(request: Request): Promise<string> {
  if (request.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of request.body) {
    text += decoder.decode(part, { stream: true });
    if (text.length > BODY_BYTES_MAX) throw new BinanceError(-1131, "The request is too large.", 413);
  }
  return text;
}
