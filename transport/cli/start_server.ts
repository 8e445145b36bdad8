import { EXIT, Failure } from "../../engine/run/cli/mod.ts";
import { Server } from "../host/server.ts";
import type { ServerOptions } from "../host/server_options.ts";

/** Puts a server up. Throws Failure for what would not be safe, and for a port that cannot be had, with what to do. */
export async function startServer(options: ServerOptions): Promise<Server> {
  return await atPort(options, () => Server.start(options));
}

/** Does what needs a port, and throws as {@linkcode startServer}. */
export async function atPort<Up>(
  { port, hostname }: Pick<ServerOptions, "port" | "hostname">,
  work: () => Promise<Up>,
): Promise<Up> {
  try {
    return await work();
  } catch (error) {
    const { message, code } = error as Error & { readonly code?: string };
    if (error instanceof RangeError) throw new Failure(EXIT.USAGE, message, { cause: error });
    const why = code === "EADDRINUSE"
      ? "another program has it; name another, or 0 to let the system choose"
      : code === "EACCES"
      ? "that takes more rights; name one from 1024 up"
      : code === "EADDRNOTAVAIL"
      ? `this machine has no address ${hostname}`
      : undefined;
    if (why === undefined) throw error;
    throw new Failure(EXIT.USAGE, `Cannot serve at port ${port}: ${why}`, { cause: error });
  }
}
