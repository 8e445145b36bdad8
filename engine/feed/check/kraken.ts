import { krakenChecksum } from "../../book/crc32.ts";
import { krakenMessage } from "../decode/kraken_message.ts";
import { ChecksumCheck, type ChecksumMessage } from "./checksums.ts";
import type { Check } from "./report.ts";

/** Proves recorded Kraken v1 sessions, each pair and depth a book of its own: see {@linkcode ChecksumCheck}. */
export function checkKraken(): Check {
  return new ChecksumCheck({ messages, checksum: krakenChecksum });
}

function* messages(json: unknown, line: number): Generator<ChecksumMessage> {
  const message = krakenMessage(json, line);
  if (message?.channel === "book") yield { ...message, instrument: message.pair, book: message.depth };
}
