import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { Buffer } from "node:buffer";
import type { AuditSink } from "./audit.ts";

/** Where an audit log is kept, and how much of it. */
export interface AuditFileOptions {
  /** The file that is written; older ones stand beside it as ".1", ".2" and so on, the newest first. */
  readonly path: string;
  /** A file that would grow above this is put aside. 16 MiB. */
  readonly bytesMax?: number;
  /** Files kept, with the one that is written. 10. */
  readonly filesMax?: number;
}

/**
 * An audit log in files that only their owner reads, put aside as they grow and at last thrown away.
 *
 * Each line is with the system before `write` returns, so that a program that ends in the next moment has left it; `close` waits
 * for the disk too. A line that a crash has cut is left as it is, and the next begins on a line of its own.
 *
 * | call | cost |
 * |---|---|
 * | `write` | one call to the system; a rename of each file when one is full |
 * | disk | `bytesMax` × `filesMax` |
 */
export class AuditFile implements AuditSink {
  /** The last whole line of what was there before, for the chain to go on from. */
  readonly last: string | undefined;
  readonly #path: string;
  readonly #bytesMax: number;
  readonly #filesMax: number;
  #file: number;
  #bytes: number;

  /** Throws where the file cannot be opened. */
  constructor({ path, bytesMax = 16_777_216, filesMax = 10 }: AuditFileOptions) {
    this.#path = path;
    this.#bytesMax = bytesMax;
    this.#filesMax = Math.max(1, filesMax);
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    this.last = lastLine(text) ?? (existsSync(`${path}.1`) ? lastLine(readFileSync(`${path}.1`, "utf8")) : undefined);
    [this.#file, this.#bytes] = opened(path);
    if (text !== "" && !text.endsWith("\n")) this.#append("\n");
  }

  write(line: string): void {
    const bytes = Buffer.byteLength(line) + 1;
    if (this.#bytes > 0 && this.#bytes + bytes > this.#bytesMax) this.#turn();
    this.#append(`${line}\n`);
  }

  /** Waits until the disk has it all, and ends. */
  close(): void {
    fsyncSync(this.#file);
    closeSync(this.#file);
  }

  #append(text: string): void {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) {
      const written = writeSync(this.#file, bytes, at);
      at += written;
      this.#bytes += written;
    }
  }

  #turn(): void {
    this.close();
    const path = (i: number) => i === 0 ? this.#path : `${this.#path}.${i}`;
    rmSync(path(this.#filesMax - 1), { force: true });
    for (let i = this.#filesMax - 2; i >= 0; i--) if (existsSync(path(i))) renameSync(path(i), path(i + 1));
    [this.#file, this.#bytes] = opened(this.#path);
  }
}

function opened(path: string): [file: number, bytes: number] {
  const file = openSync(path, "a", 0o600);
  // A file that was there before keeps the rights it had.
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return [file, statSync(path).size];
}

function lastLine(text: string): string | undefined {
  const whole = text.slice(0, text.lastIndexOf("\n") + 1).trimEnd();
  return whole === "" ? undefined : whole.slice(whole.lastIndexOf("\n") + 1);
}
