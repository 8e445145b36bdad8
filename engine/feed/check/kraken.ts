import { krakenChecksum } from "../../book/crc32.ts";
import { krakenMessage } from "../decode/kraken_message.ts";
import { krakenV2Depth, krakenV2Messages, parseKrakenV2 } from "../decode/kraken_v2_message.ts";
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

/** Proves recorded Kraken v2 sessions, each pair a book of its own: see {@linkcode ChecksumCheck}. */
export function checkKrakenV2(): Check {
  const depths = new Map<string, number>();
  return new ChecksumCheck({
    *messages(json, line) {
      const noted = krakenV2Depth(json);
      for (const pair of noted?.pairs ?? []) depths.set(pair, noted!.depth);
      for (const message of krakenV2Messages(json, line)) {
        if (message.channel !== "book") continue;
        yield { ...message, instrument: message.pair, book: "book", depth: depths.get(message.pair) };
      }
    },
    checksum: krakenChecksum,
    parse: parseKrakenV2,
  });
}
