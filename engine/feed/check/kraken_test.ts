import { assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { sharedData } from "../../../tests/shared_data.ts";
import { feed } from "../decode/collect_rows.ts";
import { checkKraken, checkKrakenV2 } from "./kraken.ts";

const FILES = ["KRAKEN.0", "KRAKEN.ws.48.0", "KRAKEN.ws.49.0", "KRAKEN.ws.50.0"].map((name) =>
  sharedData(`cryptofeed/${name}.gz`)
);
const ignore = FILES.includes(undefined);
const absent = ignore ? " (ignored: ../shared/data is not there)" : "";

Deno.test({ name: `check kraken: all pairs of a recorded session, 4,269 of 4,269${absent}`, ignore }, () => {
  const check = checkKraken();
  for (const file of FILES) feed(check, gunzipSync(Deno.readFileSync(file!)), 1 << 16);
  const { checked, equal, first, counts } = check.report();
  assertEquals([checked, equal, first], [4269, 4269, undefined]);
  assertEquals(counts, { instruments: 10, bookMessages: 4279, withoutBook: 0 });
});

Deno.test({ name: `check kraken: one size changed is found at its line${absent}`, ignore }, () => {
  const text = gunzipSync(Deno.readFileSync(FILES[3]!)).toString().replace(
    '"354.15000000","5.0',
    '"354.15000000","5.1',
  );
  const check = checkKraken();
  feed(check, text);
  const { checked, equal, first } = check.report();
  assertEquals([checked, first?.place, equal < checked], [4269, 25, true]);
  assertEquals(first?.what.startsWith("XMR/USD: checksum is 2583817756, that of the book "), true);
});

Deno.test("check kraken: an update without a book is counted", () => {
  const check = checkKraken();
  feed(check, '12.5: [7,{"a":[["3.01","1.0","12.1"]],"c":"7"},"book-10","A/EUR"]\n');
  assertEquals(check.report(), { checked: 0, equal: 0, counts: { instruments: 1, bookMessages: 1, withoutBook: 1 } });
});

Deno.test("check kraken_v2: all pairs of the made session, whose checksums another program made", () => {
  const text = Deno.readTextFileSync(new URL("../../../fixtures/data/kraken_v2.txt", import.meta.url));
  const check = checkKrakenV2();
  feed(check, text, 1 << 10);
  const { checked, equal, counts } = check.report();
  const messages = text.split('"channel":"book","type"').length - 1;
  assertEquals([checked, equal, counts], [messages, messages, {
    instruments: 2,
    bookMessages: messages,
    withoutBook: 0,
  }]);
  const wrong = checkKrakenV2();
  feed(wrong, text.replace(/"qty":(\d)\.(\d{7})\d}/, '"qty":$1.$29}'), 1 << 10);
  assertEquals(wrong.report().equal < messages, true);
});
