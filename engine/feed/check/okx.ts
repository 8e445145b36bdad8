import { okxChecksum } from "../../book/crc32.ts";
import { okxMessages } from "../decode/okx_message.ts";
import { ChecksumCheck, type ChecksumMessage } from "./checksums.ts";
import type { Check } from "./report.ts";

/** Proves recorded OKX v5 sessions, each instrument and book channel a book of its own: see {@linkcode ChecksumCheck}. */
export function checkOkx(): Check {
  return new ChecksumCheck({ messages, checksum: okxChecksum });
}

function* messages(json: unknown, line: number): Generator<ChecksumMessage> {
  for (const message of okxMessages(json, line)) {
    if (message.type === "book") yield { ...message, book: message.channel };
  }
}
