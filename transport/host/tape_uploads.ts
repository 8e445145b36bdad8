import { createHash, type Hash } from "node:crypto";
import { join } from "node:path";
import type * as v from "valibot";
import { DEFAULT_UPLOAD_LIMITS, type UploadLimits, Uploads } from "../auth/mod.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { partInfo, uploadInfo, uploadRequest } from "../protocol/rest.ts";
import { malformed } from "./session_options.ts";
import { checkTape, type RegisteredTape, type TapeRegistry } from "./tape_registry.ts";

/** Where uploads go. */
export interface TapeUploadsOptions {
  /** A folder for uploads alone; it is made where it is not there. */
  readonly folder: string;
  /** Takes what was uploaded and found good. */
  readonly tapes: TapeRegistry;
  readonly limits?: Partial<UploadLimits>;
  /** Wall time, ms since 1970; the machine's. */
  readonly now?: () => number;
  readonly onFault?: (file: string, error: Error) => void;
}

interface Incoming {
  readonly path: string;
  readonly sha256: string;
  readonly hash: Hash;
  /** Its end is being looked at. */
  ending: Promise<RegisteredTape> | undefined;
}

const WHOLE = ".arrow", UNFINISHED = ".part";

/**
 * Tapes that clients upload in parts: kept in files whose names the server makes, looked at row by row, and listed when they are
 * good.
 *
 * - Parts come in order, each whole; a part that came before is not kept again, so that who lost an answer sends it once more.
 * - What is not finished in time, breaks a quota or is no tape leaves nothing behind; nor do leftovers of a server that was killed.
 * - Only who uploaded a tape may go on with it or delete it.
 *
 * | call | cost |
 * |---|---|
 * | `part` | its bytes in memory, and written |
 * | `end` | a pass over the tape |
 */
export class TapeUploads {
  readonly #options: TapeUploadsOptions;
  readonly #uploads: Uploads;
  readonly #limits: UploadLimits;
  readonly #incoming = new Map<string, Incoming>();

  /** Throws what the system says where the folder cannot be made or read. */
  constructor(options: TapeUploadsOptions) {
    const { folder, tapes, limits, now = Date.now, onFault } = options;
    this.#options = options;
    this.#limits = { ...DEFAULT_UPLOAD_LIMITS, ...limits };
    Deno.mkdirSync(folder, { recursive: true });
    let standing = 0;
    for (const { name } of [...Deno.readDirSync(folder)]) {
      if (name.endsWith(UNFINISHED)) Deno.removeSync(join(folder, name));
      else standing += Deno.statSync(join(folder, name)).size;
    }
    tapes.addFolder(folder, onFault);
    this.#uploads = new Uploads({ now, limits, standing, onDrop: (name) => this.#drop(name) });
  }

  /** The most bytes of a part. */
  get partBytes(): number {
    return this.#limits.partBytesMax;
  }

  /** Begins one. Throws as `Uploads.begin`. */
  begin(
    user: string,
    { name: label, bytes, sha256 }: v.InferOutput<typeof uploadRequest>,
  ): v.InferOutput<typeof uploadInfo> {
    const { name } = this.#uploads.begin({ user, bytes, label });
    const path = join(this.#options.folder, name + UNFINISHED), { partBytes } = this;
    this.#incoming.set(name, { path, sha256, hash: createHash("sha256"), ending: undefined });
    const { now = Date.now } = this.#options;
    return { upload: name, partBytes, parts: Math.ceil(bytes / partBytes), expires: now() + this.#limits.idleMs };
  }

  /** The most bytes that a part may have. Throws ProtocolError MALFORMED where a user has no such upload. */
  room(user: string, upload: string): number {
    const { bytes } = this.#uploads.get(upload, user);
    return Math.min(bytes, this.partBytes);
  }

  /** Keeps a part. Throws ProtocolError as `Uploads.part`, and OVERLOADED where it cannot be written. */
  part(user: string, upload: string, part: number, bytes: Uint8Array): v.InferOutput<typeof partInfo> {
    const { bytes: all } = this.#uploads.get(upload, user),
      whole = Math.min(this.partBytes, all - part * this.partBytes);
    if (bytes.length !== whole) {
      throw new ProtocolError(
        "MALFORMED",
        `Cannot go on with the upload: part ${part} has ${bytes.length} bytes, not ${whole}`,
      );
    }
    if (this.#uploads.part(upload, user, part, bytes.length) === "new") this.#write(user, upload, bytes);
    return { part, bytes: bytes.length, received: this.#uploads.get(upload, user).received };
  }

  /** All parts have come: looks at it, and lists it. Throws ProtocolError MALFORMED where it is not what was said, or no tape. */
  async end(user: string, upload: string): Promise<RegisteredTape> {
    const { label } = this.#uploads.finish(upload, user), incoming = this.#incoming.get(upload);
    // It ended before, and somebody asks again.
    if (incoming === undefined) return this.#options.tapes.get(upload);
    try {
      return await (incoming.ending ??= this.#end(upload, label, incoming));
    } catch (error) {
      if (this.#incoming.get(upload) === incoming) this.#give(user, upload);
      throw error;
    }
  }

  /** Deletes a tape or gives an upload up. Throws ProtocolError MALFORMED where a user has none of that name. */
  delete(user: string, name: string): void {
    this.#uploads.get(name, user);
    this.#options.tapes.remove(name);
    this.#give(user, name);
  }

  async #end(upload: string, label: string, { path, sha256, hash }: Incoming): Promise<RegisteredTape> {
    const found = hash.digest("hex");
    if (found !== sha256) {
      throw new ProtocolError("MALFORMED", `Cannot take the upload: its sha256 is ${found}, and ${sha256} was said`);
    }
    const whole = join(this.#options.folder, upload + WHOLE);
    Deno.renameSync(path, whole);
    try {
      await checkTape(whole);
      const tape = this.#options.tapes.add(upload, whole, label);
      this.#incoming.delete(upload);
      return tape;
    } catch (error) {
      const told = malformed(error);
      // Bytes that are no tape can break its reader in any way; a disk that does not read is ours.
      if (told instanceof ProtocolError || isOurs(error)) throw told;
      throw new ProtocolError(
        "MALFORMED",
        "Cannot take the upload: it is no whole tape; make one by `lockstep convert`",
      );
    }
  }

  #write(user: string, upload: string, bytes: Uint8Array): void {
    const { path, hash } = this.#incoming.get(upload)!;
    try {
      using file = Deno.openSync(path, { append: true, create: true, mode: 0o600 });
      for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    } catch (error) {
      this.#give(user, upload);
      this.#options.onFault?.(path, error as Error);
      throw new ProtocolError(
        "OVERLOADED",
        "Cannot keep the upload: it could not be written; begin again later",
        60_000,
      );
    }
    hash.update(bytes);
  }

  /** It is no more, and its bytes count no more. */
  #give(user: string, name: string): void {
    this.#uploads.delete(name, user);
    this.#drop(name);
  }

  #drop(name: string): void {
    this.#incoming.delete(name);
    for (const ending of [UNFINISHED, WHOLE]) {
      try {
        Deno.removeSync(join(this.#options.folder, name + ending));
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) this.#options.onFault?.(name + ending, error as Error);
      }
    }
  }
}

/** Whether an error is the machine's rather than the file's. */
function isOurs(error: unknown): boolean {
  return Object.values(Deno.errors).some((kind) => error instanceof kind && kind !== Deno.errors.UnexpectedEof);
}
