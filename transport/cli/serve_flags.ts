import { type Cli, EXIT, Failure } from "../../engine/run/cli/mod.ts";
import type { Pace } from "../host/driver.ts";
import type { ServerOptions } from "../host/server_options.ts";
import { flushOf } from "./flush_flag.ts";
import { type IceFlags, iceOptions } from "./ice_flags.ts";
import { readTokenFile } from "./token_file.ts";

/** Flags of `run`, `start` and `serve` that say how a session is served. */
export interface ServeFlags extends IceFlags {
  readonly serve?: string;
  readonly port?: string;
  readonly host?: string;
  readonly pace?: string;
  readonly speed?: string;
  readonly paused?: boolean;
  readonly leave?: boolean;
  readonly open?: boolean;
  readonly cert?: string;
  readonly key?: string;
  readonly audit?: string;
  readonly plainTextTrade?: boolean;
  readonly hostName?: readonly string[];
  readonly origin?: readonly string[];
  readonly proxy?: readonly string[];
  /** A file of token issuers. */
  readonly tokens?: string;
  /** A profile of when hubs write, or its bounds. */
  readonly flush?: string | undefined;
}

/** What is said to those who open the page of a server that makes no token by itself. */
export const TOKEN_BEHIND = "Open it with #token= and a token behind it; `token --help` says how one is made.";

/** How fast a session goes that is to be watched. */
const SPEED = 10;

const PACES = ["free", "real", "lockstep"];

/** Where the flags say to listen. Throws Failure for a port that is none. */
export function serverOptions(flags: ServeFlags, cli: Pick<Cli, "tell">): ServerOptions {
  const text = flags.serve ?? flags.port ?? "8787", port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new Failure(
      EXIT.USAGE,
      `Cannot serve at port ${text}: it is a whole number up to 65535; 0 lets the system choose`,
    );
  }
  return {
    port,
    hostname: flags.host,
    certFile: flags.cert,
    keyFile: flags.key,
    hosts: flags.hostName,
    origins: flags.origin,
    proxies: flags.proxy,
    // Beside the issuers: who takes away the one thinks of the other. Tokens of a start are worth nothing after it.
    ...(flags.tokens === undefined
      ? {}
      : { ...readTokenFile(flags.tokens), revocationsFile: `${flags.tokens}.revoked` }),
    plainTextTrade: flags.plainTextTrade,
    peers: flags.peers,
    ...iceOptions(flags),
    auditFile: flags.audit,
    ...(flags.flush === undefined ? {} : { limits: { hub: { flush: flushOf(flags.flush) } } }),
    log: (line) => cli.tell(line),
  };
}

/** How the flags say that time goes on. Throws Failure for what does not fit. */
export function paceOf({ pace, speed, paused }: ServeFlags): { pace: Pace; speed: number; paused: boolean } {
  if (pace === "quiet") {
    throw new Failure(EXIT.USAGE, "Cannot go at pace quiet: it waits for the bots of a gateway; add --gateway PORT");
  }
  if (pace !== undefined && !PACES.includes(pace)) {
    throw new Failure(EXIT.USAGE, `Cannot go at pace ${pace}: it is one of ${PACES.join(", ")}`);
  }
  const rate = speed === undefined ? SPEED : Number(speed);
  if (!(rate > 0 && rate < Infinity)) {
    throw new Failure(EXIT.USAGE, `Cannot go at speed ${speed}: it is simulated seconds a second, a number above 0`);
  }
  if (speed !== undefined && pace !== undefined && pace !== "real") {
    throw new Failure(EXIT.USAGE, `Cannot go at speed ${speed} and pace ${pace}: only pace real has a speed`);
  }
  return { pace: (pace ?? "real") as Pace, speed: rate, paused: paused === true };
}
