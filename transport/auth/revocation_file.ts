import { isPlain } from "../../engine/core/plain_json.ts";
import type { Revocation } from "./revocations.ts";

/**
 * Keeps what is revoked in a file, so that a token which was revoked stays so over a restart of the server.
 *
 * It is written anew beside itself and put in its place in one step: a crash leaves the one or the other.
 */
export class RevocationFile {
  constructor(private readonly path: string) {}

  /** What stood when it was written last; nothing where there is no file. Throws RangeError for a file that is something else. */
  read(): Revocation[] {
    let text: string;
    try {
      text = Deno.readTextFileSync(this.path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw new RangeError(`Cannot read revocations from ${this.path}: ${(error as Error).message}`);
    }
    const found = parsed(text);
    if (Array.isArray(found) && found.every(isRevocation)) return found;
    // To begin without them would let those in again who were shut out.
    throw new RangeError(
      `Cannot read revocations from ${this.path}: it holds something else; put the file back, or take it away to begin anew`,
    );
  }

  /** Writes what stands. Throws what the system says where it cannot be kept. */
  write(standing: readonly Revocation[]): void {
    const beside = `${this.path}.new`;
    Deno.writeTextFileSync(beside, `${JSON.stringify(standing, null, 1)}\n`, { mode: 0o600 });
    Deno.renameSync(beside, this.path);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRevocation(value: unknown): value is Revocation {
  if (!isPlain(value) || typeof value !== "object" || value === null) return false;
  const { before, until } = value as Partial<Revocation>;
  return typeof before === "number" && typeof until === "number";
}
