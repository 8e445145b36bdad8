import type { ProtocolError } from "../protocol/errors.ts";
import type { ClientState } from "./state.ts";
import type { ClientStats } from "./stats.ts";
import type { ServerHello } from "./update.ts";

/** What of a client its status is made of. */
export interface Watched {
  readonly state: ClientState;
  readonly hello: ServerHello | undefined;
  readonly error: ProtocolError | undefined;
  readonly carrier: string;
  readonly stats: ClientStats;
}

/** A client's status in words, for people. */
export interface StatusView {
  readonly state: ClientState;
  /** "Connected". */
  readonly title: string;
  /** "backtest", or "LIVE – real money"; "" before the server has said. */
  readonly mode: string;
  /** Orders are real. Said also while there is no connection: those that are out stay real. */
  readonly live: boolean;
  /** "12 ms"; "–" where nobody knows. */
  readonly latency: string;
  /** What went wrong and what to do; "" where all is well. */
  readonly problem: string;
  readonly rows: readonly (readonly [label: string, value: string])[];
}

const TITLES: Readonly<Record<ClientState, string>> = {
  disconnected: "Disconnected",
  connecting: "Connecting …",
  connected: "Connected",
  reconnecting: "Reconnecting …",
  error: "No connection",
};

/**
 * A client's status in words.
 *
 * @example
 * ```ts
 * import { durationText, sizeText } from "./status_view.ts";
 * if (durationText(3_723_000) !== "1 h 2 min" || sizeText(1536) !== "1.5 KiB") throw new Error("unexpected");
 * ```
 */
export function statusView({ state, hello, error, carrier, stats }: Watched): StatusView {
  const { latencyMs, clockErrorMs, clockOffsetMs } = stats;
  const connected = state === "connected";
  const errors = Object.values(stats.errors).reduce((sum, count) => sum + count, 0);
  const latency = connected && latencyMs ? msText(latencyMs.recent) : "–";
  const live = hello?.live ?? false;
  return {
    state,
    title: TITLES[state],
    mode: live ? "LIVE – real money" : hello?.mode ?? "",
    live,
    latency,
    problem: connected || !error ? "" : `${error.message} (${error.data.code}: ${error.data.remedy})`,
    rows: [
      ["Session", hello?.session ?? "–"],
      ["Carrier", carrier === "" ? "–" : carrier],
      ["Latency", latencyMs ? `${latency} (${msText(latencyMs.least)} to ${msText(latencyMs.most)})` : "–"],
      ["Clock", Number.isFinite(clockErrorMs) ? `${msText(clockOffsetMs)} ± ${msText(clockErrorMs)}` : "–"],
      ["Up", connected ? durationText(stats.uptimeMs) : "–"],
      ["Received", `${stats.received} (${sizeText(stats.receivedBytes)})`],
      ["Sent", `${stats.sent} (${sizeText(stats.sentBytes)})`],
      ["Waiting", `${stats.queued + stats.waiting}`],
      ["Reconnections", `${stats.reconnections}`],
      ["Errors", `${errors}`],
      ["Lost", `${stats.lost}`],
    ],
  };
}

/** "3 s", "2 min 5 s", "1 h 2 min". */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000)), minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds} s`;
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "512 B", "1.5 KiB". */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1_048_576 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

function msText(ms: number): string {
  return `${Math.abs(ms) < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}
