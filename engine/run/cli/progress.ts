import type { Terminal } from "./terminal.ts";

/** Between two drawings. */
const EVERY_MS = 100;
const BAR = 24;

/**
 * A progress bar on one line of a terminal that somebody watches: share done, speed, time left.
 *
 * ```text
 * market_l2 ███████████▌            48 %  12.4 M rows/s  3 s left
 * ```
 */
export class ProgressBar implements Disposable {
  readonly #terminal: Terminal;
  readonly #label: string;
  readonly #unit: string;
  readonly #started = performance.now();
  #drawn = -Infinity;
  #shown = false;

  /** `unit` is what is counted, " rows" or "B". */
  constructor(terminal: Terminal, label: string, unit: string) {
    this.#terminal = terminal;
    this.#label = label;
    this.#unit = unit;
  }

  /** Shows how much is done, at most ten times a second; nothing where nobody looks. */
  readonly update = (done: number, total: number): void => {
    if (!this.#terminal.watched || total <= 0) return;
    const now = performance.now();
    if (now - this.#drawn < EVERY_MS) return;
    this.#drawn = now;
    this.#shown = true;
    this.#terminal.err(`\r\x1b[K${progressLine(this.#label, done, total, this.#unit, (now - this.#started) / 1000)}`);
  };

  /** Takes the bar away. */
  [Symbol.dispose](): void {
    if (this.#shown) this.#terminal.err("\r\x1b[K");
    this.#shown = false;
  }
}

/** A bar's text. */
export function progressLine(label: string, done: number, total: number, unit: string, seconds: number): string {
  const share = Math.min(1, done / total);
  const speed = done / Math.max(seconds, 1e-3);
  const left = done > 0 ? `  ${duration(Math.ceil((total - Math.min(done, total)) / speed))} left` : "";
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  return `${label} ${blocks(share * BAR)} ${percent}  ${metric(speed)}${unit}/s${left}`;
}

/** A bar of so many columns, in eighths. */
function blocks(length: number): string {
  const whole = Math.floor(length);
  const part = " ▏▎▍▌▋▊▉"[Math.floor((length - whole) * 8)];
  return ("█".repeat(whole) + (whole < BAR ? part : "")).padEnd(BAR);
}

function metric(value: number): string {
  const [scale, prefix] = value >= 1e9 ? [1e9, "G"] : value >= 1e6 ? [1e6, "M"] : value >= 1e3 ? [1e3, "k"] : [1, ""];
  return `${Number((value / scale).toPrecision(3))} ${prefix}`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}
