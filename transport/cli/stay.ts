import type { Cli } from "../../engine/run/cli/mod.ts";
import { Interrupt } from "../../engine/run/cli/interrupt.ts";

/** Until somebody asks to stop: what the run put out is kept by then, whatever becomes of this program. `what` stays: "its page". */
export async function stay(cli: Cli, what: string): Promise<void> {
  using interrupt = new Interrupt();
  const { signal } = interrupt;
  cli.tell(`The session has ended; ${what} stays until Ctrl-C.`);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
