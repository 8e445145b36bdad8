import type { RunnerAround } from "../../engine/run/cli/mod.ts";
import type { HostOptions } from "../host/host_options.ts";

/** As what a session is hosted that runs on an exchange's market; undefined where it runs on tapes. */
export function marketMode(
  { paper, live }: RunnerAround,
): Pick<HostOptions, "mode" | "testMoney" | "paper"> | undefined {
  return paper && { mode: live ? "live" : "paper", testMoney: live === "test", paper };
}
