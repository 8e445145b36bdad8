/**
 * What the transport adds to the command line: `--serve` and `--gateway` of `run` and `start`, `gateway` for a tape in an
 * exchange's dialect, `serve` for many sessions, and `token`.
 *
 * The engine's command line takes extensions and knows none; `mod.ts` at the root puts this one in. What is heavy is imported when
 * a flag asks for it.
 *
 * @module
 */
import type { Command } from "commander";
import { type Cli, EXIT, type Extension, Failure, type Runner } from "../../engine/run/cli/mod.ts";
import { collect, examples, wholeNumber } from "../../engine/run/cli/flags.ts";
import { addGateway, addGatewayFlags } from "./gateway.ts";
import type { GatewayFlags } from "./gateway_flags.ts";
import { checkMarketTime } from "./market_time.ts";

const SERVED = ["run", "start"];

/** The transport's part of the command line. */
export const transportExtension: Extension = {
  add(program, cli) {
    for (const command of program.commands) {
      if (!SERVED.includes(command.name())) continue;
      addServeFlags(command);
      addGatewayFlags(command);
    }
    addServe(program, cli);
    addGateway(program, cli);
    addToken(program, cli);
  },
  runner(cli, flags) {
    checkMarketTime(flags);
    const served = flags as GatewayFlags;
    checkOfGateway(served);
    return served.serve === undefined && served.gateway === undefined ? undefined : later(cli, served);
  },
};

function addServeFlags(command: Command): void {
  command
    .option("--serve <port>", "let the run be watched and commanded: a page, WebSockets and more on this port")
    .option(
      "--pace <how>",
      "of a served run: real, free, lockstep with a client that drives it, or quiet with --gateway (real)",
    )
    .option("--speed <factor>", "of a served run: simulated seconds a second (10; 1 with --gateway)")
    .option("--paused", "of a served run: wait for somebody to resume it")
    .option("--leave", "of a served run: end with the session rather than at Ctrl-C");
  // Whoever begins with `start` wants to see something.
  if (command.name() === "start") command.option("--no-open", "of a served run: do not open its page in the browser");
  else command.option("--open", "of a served run: open its page in the browser, where there is one");
  addWhereFlags(command);
}

/** Where a server listens, who may come, and what is written of it. */
function addWhereFlags(command: Command): void {
  command
    .option("--host <address>", "where to listen (127.0.0.1); elsewhere than on loopback tokens must be configured")
    .option("--tokens <file>", "who makes tokens, as JSONC; without it one is made for this start, on loopback alone")
    .option("--cert <file>", "serve by TLS with this certificate, PEM; with --key <file>")
    .option("--key <file>", "its private key, PEM")
    .option("--host-name <name>", "a name under which it may be asked for, beside localhost; may be repeated", collect)
    .option(
      "--origin <origin>",
      "a page of another server that may use it, https://desk.example; may be repeated",
      collect,
    )
    .option("--proxy <address>", "a proxy that is trusted to name its clients; may be repeated", collect)
    .option("--plain-text-trade", "let tokens that can trade go over a network in plain text")
    .option("--no-peers", "take no data channels")
    .option("--stun <url>", "data channels find their way by it: stun:stun.example:3478; may be repeated", collect)
    .option("--turn <url>", "… and through it: turn:turn.example:3478; may be repeated; with its secret", collect)
    .option("--turn-secret <file>", "the secret shared with TURN servers, mode 0600; or in LOCKSTEP_TURN_SECRET")
    .option("--relay-only", "data channels go through a TURN server alone: neither end learns the other's address")
    .option(
      "--flush <how>",
      "when messages are written: fast, dashboard (100 to 500 ms together), or ms=20,msMax=200,messages=256 (fast)",
    )
    .option("--audit <file>", "append who did what to this file");
}

/** Refuses flags of a gateway where there is none. Throws Failure. */
function checkOfGateway({ gateway, commission, tapeTime }: GatewayFlags): void {
  if (gateway !== undefined) return;
  const odd = commission !== undefined ? "--commission" : tapeTime ? "--tape-time" : undefined;
  if (odd) throw new Failure(EXIT.USAGE, `${odd} is of a gateway; add --gateway PORT, or leave it out`);
}

/** Adds `serve`: a server on which clients make sessions. */
function addServe(program: Command, cli: Cli): void {
  const command = program.command("serve").summary("host sessions that clients make, by page, REST and WebSocket")
    .description(
      "Hosts many sessions: made over REST or on the page, of the strategies and tapes of two folders and of tapes that are " +
        "uploaded; each recorded as `run` records it. Nobody names a file to it. Prints the page's address, with a token.",
    )
    .option("--port <port>", "where to listen; 0 lets the system choose", "8787")
    .option("--strategies <folder>", "whose files export the strategies that can be started", "strategies")
    .option("--tapes <folder>", "tapes that can be run on", "fixtures/data")
    .option("--out <folder>", "where runs' folders go, and uploads", "out")
    .option("--no-uploads", "take no tapes")
    .option("--running <n>", "sessions that run at one time", wholeNumber, 8)
    .option(
      "--kept <n>",
      "sessions that are listed, those that have ended among them, at some 40 MB of memory each",
      wholeNumber,
      16,
    )
    .option(
      "--stall <seconds>",
      "how long a strategy's callback may take before the server is ended, 0: for ever",
      wholeNumber,
      30,
    );
  addWhereFlags(command);
  command
    .addHelpText(
      "after",
      examples(
        "serve",
        "serve --port 443 --host 0.0.0.0 --host-name lab.example --cert cert.pem --key key.pem \\\n      --tokens tokens.jsonc --audit audit.log",
      ),
    )
    .action(async (flags) => {
      const { serve } = await import("./serve.ts");
      await serve(cli, flags);
    });
}

const TOKEN_FILE = `
The file says who makes tokens: those who share a secret with the server, and those who have a private key of their own.
With a secret in it, it has mode 600.
  {
    "issuers": [
      { "issuer": "desk", "keyId": "1", "secret": "what --secret prints", "scopesMax": ["read", "trade"] },
      { "issuer": "https://login.example", "keys": "https://login.example/jwks.json", "algorithms": ["EdDSA"] }
    ]
  }
Whoever has a token opens the server's page with it: http://127.0.0.1:8787/#token=TOKEN`;

/** Adds `token`: makes tokens for a server that others configured. */
function addToken(program: Command, cli: Cli): void {
  program.command("token").summary("make a token for a server")
    .description(
      "Prints a token that an issuer of the file makes with its secret; or, with --secret, a secret for one.",
    )
    .option("--tokens <file>", "who makes tokens, as `serve` has it")
    .option("--name <name>", "who it is for")
    .option(
      "--scope <scope>",
      "what it allows: read, trade:SESSION:SYMBOL, control, admin; may be repeated (read)",
      collect,
    )
    .option("--life <time>", "how long it is good, as 90m or 8h; at most 31d", "1h")
    .option("--issuer <name>", "which issuer makes it; the first with a secret")
    .option("--secret", "print a new secret instead")
    .addHelpText("after", TOKEN_FILE)
    .addHelpText(
      "after",
      examples("token --secret", "token --tokens tokens.jsonc --name ann --scope read --scope trade --life 8h"),
    )
    .action(async (flags) => {
      const { printToken } = await import("./token.ts");
      await printToken(cli, flags);
    });
}

/** The run itself is loaded when it begins. */
function later(cli: Cli, flags: GatewayFlags): Runner {
  return async (options, around) => {
    if (flags.serve === undefined) {
      const { gatewayRun } = await import("./gateway_run.ts");
      return await gatewayRun(cli, flags)(options, around);
    }
    const { servedRun } = await import("./served_run.ts");
    return await servedRun(cli, flags)(options, around);
  };
}
