import { ProtocolError } from "../protocol/errors.ts";
import { visible } from "../ops/redact.ts";

/** How much may be uploaded. */
export interface UploadLimits {
  /** Bytes of one upload. 256 MiB. */
  readonly bytesMax: number;
  /** Bytes of one part. 8 MiB. */
  readonly partBytesMax: number;
  /** Bytes of a user, finished and not. 1 GiB. */
  readonly userBytesMax: number;
  /** Bytes of all users. 8 GiB. */
  readonly totalBytesMax: number;
  /** Unfinished uploads of a user. 4. */
  readonly openMax: number;
  /** An unfinished upload that nothing comes for ends after this, in ms. 10 minutes. */
  readonly idleMs: number;
}

/** What a server takes where nobody says otherwise. */
export const DEFAULT_UPLOAD_LIMITS: UploadLimits = {
  bytesMax: 268_435_456,
  partBytesMax: 8_388_608,
  userBytesMax: 1_073_741_824,
  totalBytesMax: 8_589_934_592,
  openMax: 4,
  idleMs: 600_000,
};

/** An upload, as whoever keeps its bytes needs it. */
export interface Upload {
  /** The name that the server made: letters and digits, and nothing of what the client said. */
  readonly name: string;
  readonly user: string;
  /** What the client calls it, for people to read: never a path. */
  readonly label: string;
  /** Bytes that it said it has; reserved from the start. */
  readonly bytes: number;
  /** Bytes and parts that came. */
  readonly received: number;
  readonly parts: number;
  readonly finished: boolean;
}

interface Entry {
  name: string;
  user: string;
  label: string;
  bytes: number;
  received: number;
  parts: number;
  finished: boolean;
  at: number;
}

/**
 * Keeps the books of uploads in parts: quotas, names, and which part comes next. The bytes themselves are somebody else's.
 *
 * - Bytes are reserved when an upload begins, so that many at once cannot pass a quota together.
 * - Parts come in order; the same part again is known by its number and not added twice.
 * - Only who began an upload may go on with it; to others it is not there.
 *
 * | call | cost |
 * |---|---|
 * | `begin` | the user's uploads; all that are unfinished are looked at for their age |
 * | others | constant |
 *
 * @example
 * ```ts
 * import { Uploads } from "./uploads.ts";
 * const uploads = new Uploads({ now: () => 0 });
 * const { name } = uploads.begin({ user: "ann", bytes: 10, label: "../../etc/passwd" });
 * if (!/^upload-[0-9a-f]{32}$/.test(name)) throw new Error("unexpected");
 * if (uploads.part(name, "ann", 0, 10) !== "new") throw new Error("unexpected");
 * if (!uploads.finish(name, "ann").finished) throw new Error("unexpected");
 * ```
 */
export class Uploads {
  readonly #entries = new Map<string, Entry>();
  readonly #users = new Map<string, { bytes: number; open: number }>();
  #total = 0;
  readonly #limits: UploadLimits;
  readonly #now: () => number;
  readonly #onDrop: (name: string) => void;

  /** `now` in ms; `standing` are bytes that are kept from before; `onDrop` hears of each upload that ended unfinished, so that its bytes are thrown away. */
  constructor({ now, limits = {}, standing = 0, onDrop = () => {} }: {
    readonly now: () => number;
    readonly limits?: Partial<UploadLimits>;
    readonly standing?: number;
    readonly onDrop?: (name: string) => void;
  }) {
    this.#now = now;
    this.#total = standing;
    this.#limits = { ...DEFAULT_UPLOAD_LIMITS, ...limits };
    this.#onDrop = onDrop;
  }

  /** Begins an upload. Throws ProtocolError TOO_LARGE, or RATE_EXCEEDED for too many at once; MALFORMED for no number of bytes. */
  begin(
    { user, bytes, label = "" }: { readonly user: string; readonly bytes: number; readonly label?: string },
  ): Upload {
    this.dropIdle();
    const { bytesMax, userBytesMax, totalBytesMax, openMax, idleMs } = this.#limits;
    if (!Number.isSafeInteger(bytes) || bytes < 1) {
      throw new ProtocolError("MALFORMED", "Cannot upload: it has no number of bytes");
    }
    const own = this.#users.get(user) ?? { bytes: 0, open: 0 };
    if (bytes > bytesMax) throw tooLarge(`it has over ${bytesMax} bytes`);
    if (own.bytes + bytes > userBytesMax) {
      throw tooLarge(`${userBytesMax} bytes are a user's share; delete something first`);
    }
    if (this.#total + bytes > totalBytesMax) throw tooLarge("the server is full");
    if (own.open >= openMax) {
      throw new ProtocolError("RATE_EXCEEDED", `Cannot upload: ${openMax} are unfinished; finish one first`, idleMs);
    }
    const name = `upload-${crypto.getRandomValues(new Uint8Array(16)).toHex()}`;
    const entry: Entry = {
      name,
      user,
      label: visible(label.slice(0, 100)).slice(0, 200),
      bytes,
      received: 0,
      parts: 0,
      finished: false,
      at: this.#now(),
    };
    this.#entries.set(name, entry);
    this.#users.set(user, { bytes: own.bytes + bytes, open: own.open + 1 });
    this.#total += bytes;
    return { ...entry };
  }

  /**
   * A part, from 0, of so many bytes, is about to be kept: "new", or "known" where it came before and is not to be kept again.
   * Throws ProtocolError TOO_LARGE or MALFORMED.
   */
  part(name: string, user: string, part: number, bytes: number): "new" | "known" {
    const entry = this.#own(name, user), { partBytesMax } = this.#limits;
    if (entry.finished) throw malformed("it is finished");
    if (Number.isSafeInteger(part) && part >= 0 && part < entry.parts) return "known";
    if (part !== entry.parts) throw malformed(`part ${entry.parts} comes next`);
    if (!Number.isSafeInteger(bytes) || bytes < 1) throw malformed("a part of it is empty");
    if (bytes > partBytesMax) throw tooLarge(`a part of it has over ${partBytesMax} bytes`);
    if (entry.received + bytes > entry.bytes) throw tooLarge("it has more bytes than it said");
    entry.received += bytes;
    entry.parts++;
    entry.at = this.#now();
    return "new";
  }

  /** All parts have come. Throws ProtocolError MALFORMED where some have not. */
  finish(name: string, user: string): Upload {
    const entry = this.#own(name, user);
    if (entry.received !== entry.bytes) throw malformed(`${entry.received} of its ${entry.bytes} bytes have come`);
    if (!entry.finished) this.#users.get(user)!.open--;
    entry.finished = true;
    return { ...entry };
  }

  /** Gives an upload up, finished or not; its bytes count no more. */
  delete(name: string, user: string): void {
    this.#remove(this.#own(name, user));
  }

  /** An upload of a user. Throws ProtocolError MALFORMED for one that is not, or another's. */
  get(name: string, user: string): Upload {
    return { ...this.#own(name, user) };
  }

  /** Ends unfinished uploads that nothing has come for. */
  dropIdle(): void {
    const before = this.#now() - this.#limits.idleMs;
    for (const entry of this.#entries.values()) {
      if (entry.finished || entry.at > before) continue;
      this.#remove(entry);
      this.#onDrop(entry.name);
    }
  }

  #own(name: string, user: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.user !== user) throw malformed("there is none of that name");
    return entry;
  }

  #remove({ name, user, bytes, finished }: Entry): void {
    this.#entries.delete(name);
    this.#total -= bytes;
    const own = this.#users.get(user)!;
    own.bytes -= bytes;
    if (!finished) own.open--;
    if (own.bytes === 0) this.#users.delete(user);
  }
}

function tooLarge(why: string): ProtocolError {
  return new ProtocolError("TOO_LARGE", `Cannot upload: ${why}`);
}

function malformed(why: string): ProtocolError {
  return new ProtocolError("MALFORMED", `Cannot go on with the upload: ${why}`);
}
