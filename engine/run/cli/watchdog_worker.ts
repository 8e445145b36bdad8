/**
 * The watchdog's own thread: hears Ctrl-C too, and ends the program where the main thread does not beat any more.
 *
 * @module
 */
import { SIGNALS } from "./interrupt.ts";

/** How long a call of a strategy may go on after Ctrl-C: who pressed it waits for an answer. */
const GRACE_MS = 1500;

let beats = new Int32Array(1);
self.addEventListener("message", ({ data }: MessageEvent<Int32Array<ArrayBuffer>>) => beats = data);

for (const signal of SIGNALS) Deno.addSignalListener(signal, hear);

function hear(): void {
  const before = Atomics.load(beats, 0);
  setTimeout(() => {
    if (Atomics.load(beats, 0) !== before) return;
    const message = "error: Interrupted, and the strategy did not come back from its callback: the program is killed " +
      "(exit code 137). Run it with --sandbox --timeout 10, which ends such a strategy and names where it stood\n";
    Deno.stderr.writeSync(new TextEncoder().encode(message));
    Deno.kill(Deno.pid, "SIGKILL");
  }, GRACE_MS);
}
