import { createHash } from "node:crypto";
import type { Hasher } from "../feed/tape_schema.ts";

/** A running SHA-256 for the pure rooms, which have none of their own. */
export function sha256(): Hasher {
  const hash = createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") };
}
