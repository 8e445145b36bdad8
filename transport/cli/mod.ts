/**
 * What the transport adds to the command line: `--serve` of `run` and `start`.
 *
 * The engine's command line takes extensions and knows none; `mod.ts` at the root puts this one in. What is heavy is imported when
 * a flag asks for it.
 *
 * @module
 */
import type { Command } from "commander";
import type { Cli, Extension, Runner } from "../../engine/run/cli/mod.ts";
import type { ServeFlags } from "./serve_flags.ts";

const SERVED = ["run", "start"];

/** The transport's part of the command line. */
export const transportExtension: Extension = {
  add(program) {
    for (const command of program.commands) if (SERVED.includes(command.name())) addServeFlags(command);
  },
  runner(cli, flags) {
    const served = flags as ServeFlags;
    return served.serve === undefined ? undefined : later(cli, served);
  },
};

function addServeFlags(command: Command): void {
  command
    .option("--serve <port>", "let the run be watched and commanded: a page, WebSockets and more on this port")
    .option("--pace <how>", "of a served run: real, free, or lockstep with a client that drives it (real)")
    .option("--speed <factor>", "of a served run: simulated seconds a second (10)")
    .option("--paused", "of a served run: wait for somebody to resume it")
    .option("--leave", "of a served run: end with the session rather than at Ctrl-C")
    .option("--host <address>", "where to listen (127.0.0.1); elsewhere than on loopback tokens must be configured")
    .option("--cert <file>", "serve by TLS with this certificate, PEM; with --key <file>")
    .option("--key <file>", "its private key, PEM")
    .option("--audit <file>", "append who did what to this file");
}

/** The run itself is loaded when it begins. */
function later(cli: Cli, flags: ServeFlags): Runner {
  return async (options) => {
    const { servedRun } = await import("./served_run.ts");
    return await servedRun(cli, flags)(options);
  };
}
