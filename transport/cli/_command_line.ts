import { main } from "../../engine/run/cli/mod.ts";
import { transportExtension } from "./mod.ts";

/** Runs a command line in this process, with what the transport adds to it. */
export async function lockstep(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "", err = "";
  const code = await main(args, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    watched: false,
    color: false,
    width: 80,
  }, [transportExtension]);
  return { code, out, err };
}
