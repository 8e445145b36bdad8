import { type Cli, EXIT, Failure } from "../../engine/run/cli/mod.ts";
import { type CommissionMode, COMMISSIONS } from "../gateway/commissions.ts";
import { Gateway } from "../gateway/gateway.ts";
import type { HostedSession } from "../host/hosted_session.ts";
import { paceOf, type ServeFlags } from "./serve_flags.ts";

/** Flags of `gateway`, and of `run` with one. */
export interface GatewayFlags extends ServeFlags {
  /** The port. */
  readonly gateway?: string;
  readonly tapeTime?: boolean;
  /** What commissions are paid in. */
  readonly commission?: string;
}

/** Where a key and its secret come from that are not made for a start. */
const KEY = "LOCKSTEP_GATEWAY_KEY", SECRET = "LOCKSTEP_GATEWAY_SECRET";

/** The gateway that the flags ask for, not yet put up; undefined where they ask for none. Throws Failure for what does not fit. */
export function gatewayOf(flags: GatewayFlags, cli: Cli): Gateway | undefined {
  const { gateway: text, tapeTime, pace, commission } = flags;
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw usage(`Cannot put a gateway up at port ${text}: it is a whole number up to 65535; 0 lets the system choose`);
  }
  const key = Deno.env.get(KEY), secret = Deno.env.get(SECRET);
  if ((key === undefined) !== (secret === undefined)) throw usage(`Cannot take a key: set both ${KEY} and ${SECRET}`);
  try {
    return new Gateway({
      port,
      quiet: pace === "quiet",
      tapeTime,
      ...(commission === undefined ? {} : { commission: commissionOf(commission) }),
      ...(key === undefined || secret === undefined ? {} : { key: { key, secret } }),
      onFault: (error) => cli.tell(`warning: a request to the gateway failed: ${error}`),
    });
  } catch (error) {
    if (error instanceof RangeError) throw usage(error.message);
    throw error;
  }
}

/** How time goes on with a gateway: as the clients' does, unless the flags say. */
export function gatewayPace(flags: GatewayFlags): ReturnType<typeof paceOf> {
  if (flags.gateway === undefined) return paceOf(flags);
  const { pace, speed } = flags;
  if (pace === "quiet") return paceOf({ ...flags, pace: "free" });
  return paceOf({ ...flags, ...(speed === undefined && pace !== "free" && pace !== "lockstep" ? { speed: "1" } : {}) });
}

/** What is said of a gateway that is up: where it is, and by what key; a secret from the environment is not repeated. */
export function tellOf({ url, key: { key, secret } }: Gateway, { driver: { tape } }: HostedSession, cli: Cli): void {
  cli.tell(`Binance spot's dialect at ${url}${tape ? "; the tape goes on with the first request" : ""}`);
  if (Deno.env.get(KEY) !== undefined) return cli.tell(`API key and secret are those of ${KEY} and ${SECRET}`);
  cli.tell(`API key ${key}`);
  cli.tell(`secret  ${secret}`);
}

/** What the flag says. Throws Failure for what is none. */
function commissionOf(text: string): CommissionMode {
  const found = COMMISSIONS.find((each) => each === text);
  if (found !== undefined) return found;
  throw usage(`Cannot pay commissions in ${text}: --commission is one of ${COMMISSIONS.join(", ")}`);
}

function usage(message: string): Failure {
  return new Failure(EXIT.USAGE, message);
}
