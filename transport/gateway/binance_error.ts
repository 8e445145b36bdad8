/** What a request is refused with, in Binance's codes and words: `{ "code": -1121, "msg": "Invalid symbol." }`. */
export class BinanceError extends Error {
  override readonly name = "BinanceError";

  /** `status` is that of HTTP; `more` are data beside code and message, and the seconds after which it may be tried again. */
  constructor(
    readonly code: number,
    message: string,
    readonly status: number = 400,
    readonly more: { readonly data?: Readonly<Record<string, unknown>>; readonly retryAfterS?: number } = {},
  ) {
    super(message);
  }

  /** As it is sent. */
  get body(): Readonly<Record<string, unknown>> {
    return { code: this.code, msg: this.message, ...(this.more.data ? { data: this.more.data } : {}) };
  }
}

/** Code and message of each refusal that says nothing of its own. */
const REFUSALS = {
  UNKNOWN: [-1000, "An unknown error occurred while processing the request.", 500],
  TIMEOUT: [-1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown."],
  SERVICE_SHUTTING_DOWN: [-1016, "This service is no longer available.", 503],
  INVALID_SIGNATURE: [-1022, "Signature for this request is not valid."],
  NOT_FOUND: [-1099, "Not found, unauthenticated, or unauthorized.", 404],
  BAD_TIF: [-1115, "Invalid timeInForce."],
  BAD_ORDER_TYPE: [-1116, "Invalid orderType."],
  BAD_SIDE: [-1117, "Invalid side."],
  BAD_INTERVAL: [-1120, "Invalid interval."],
  BAD_SYMBOL: [-1121, "Invalid symbol."],
  BAD_LISTEN_KEY: [-1125, "This listenKey does not exist."],
  BAD_COMBINATION: [-1128, "Combination of optional parameters invalid."],
  BAD_CANCEL_RESTRICTIONS: [-1145, "cancelRestrictions has to be either ONLY_NEW or ONLY_PARTIALLY_FILLED."],
  BAD_RECV_WINDOW: [-1131, "recvWindow must be less than 60000."],
  WOULD_MATCH: [-2010, "Order would immediately match and take."],
  WOULD_TRIGGER: [-2010, "Order would trigger immediately."],
  INSUFFICIENT_BALANCE: [-2010, "Account has insufficient balance for requested action."],
  DUPLICATE_ORDER: [-2010, "Duplicate order sent."],
  MARKET_CLOSED: [-1013, "Market is closed."],
  CANCEL_REJECTED: [-2011, "Unknown order sent."],
  CANCEL_RESTRICTED: [-2011, "Order was not canceled due to cancel restrictions."],
  NO_SUCH_ORDER: [-2013, "Order does not exist."],
  BAD_API_KEY_FORMAT: [-2014, "API-key format invalid.", 401],
  REJECTED_KEY: [-2015, "Invalid API-key, IP, or permissions for action.", 401],
} as const satisfies Readonly<Record<string, readonly [code: number, message: string, status?: number]>>;

/** A refusal by its name. */
export function refusal(name: keyof typeof REFUSALS): BinanceError {
  const [code, message, status] = REFUSALS[name] as readonly [number, string, number?];
  return new BinanceError(code, message, status);
}

/** An order that a symbol's filter does not let through. */
export function filterFailure(filter: string): BinanceError {
  return new BinanceError(-1013, `Filter failure: ${filter}`);
}

/** A parameter that had to be there and is not, or cannot be read. */
export function missing(name: string): BinanceError {
  return new BinanceError(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
}

/** A parameter whose text is none that it may have; `legal` is a pattern. */
export function illegal(name: string, legal: string): BinanceError {
  return new BinanceError(-1100, `Illegal characters found in parameter '${name}'; legal range is '${legal}'.`);
}

/** A number with more decimals than any is kept with. */
export function tooPrecise(name: string): BinanceError {
  return new BinanceError(-1111, `Parameter '${name}' has too much precision.`);
}

/** A parameter that does not go with the others. */
export function notRequired(name: string): BinanceError {
  return new BinanceError(-1106, `Parameter '${name}' sent when not required.`);
}

/** A value that a parameter cannot have. */
export function invalidData(name: string): BinanceError {
  return new BinanceError(-1130, `Data sent for parameter '${name}' is not valid.`);
}
