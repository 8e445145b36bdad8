/**
 * The thread of {@linkcode StallWatch}: looks whether the program's thread gives signs of life.
 *
 * @module
 */
import { BEAT_MS, type Watched, type Watching } from "./stall_watch.ts";

let watching: Watching | undefined;
const names = new Map<number, string>();
/** What was seen at the last look, and how often it was the same. */
let beats = -1, who = 0, looks = 0;

self.addEventListener("message", ({ data }: MessageEvent<Watching | Watched>) => {
  if ("shared" in data) watching = data;
  else if (data.words === undefined) names.delete(data.number);
  else names.set(data.number, data.words);
});
setInterval(look, BEAT_MS);

function look(): void {
  if (watching === undefined) return;
  const { shared, looksMax } = watching, beat = Atomics.load(shared, 0), now = Atomics.load(shared, 1);
  looks = beat === beats && now === who && now !== 0 ? looks + 1 : 0;
  beats = beat;
  who = now;
  if (looks < looksMax) return;
  const message =
    `error: ${names.get(who)} has not come back from a callback for ${looks * BEAT_MS / 1000} s, and holds up ` +
    "all sessions: the server is killed (exit code 137). Mend the strategy, or serve without it; `lockstep resume` goes on " +
    "with the runs that this broke off, and --stall says how long a callback may take\n";
  Deno.stderr.writeSync(new TextEncoder().encode(message));
  Deno.kill(Deno.pid, "SIGKILL");
}
