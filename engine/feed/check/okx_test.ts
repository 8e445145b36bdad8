import { assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { sharedData } from "../../../tests/shared_data.ts";
import { feed } from "../decode/collect_rows.ts";
import { checkOkx } from "./okx.ts";

const SESSION = sharedData("cryptofeed/OKX.ws.1.0.gz");
const absent = SESSION === undefined ? " (ignored: ../shared/data is not there)" : "";

Deno.test({ name: `check okx: all instruments of a recorded session, 290 of 290${absent}`, ignore: !SESSION }, () => {
  const check = checkOkx();
  feed(check, gunzipSync(Deno.readFileSync(SESSION!)), 1 << 16);
  const { checked, equal, first, counts } = check.report();
  assertEquals([checked, equal, first], [290, 290, undefined]);
  assertEquals(counts, { instruments: 3, bookMessages: 290, withoutBook: 0 });
});

Deno.test("check okx: a wrong checksum is told with its line; after a new connection the book is gone", () => {
  const message = (action: string, checksum: number) =>
    `2.5: {"arg":{"channel":"books","instId":"A-B"},"action":"${action}","data":[{"asks":[["2","1","0","1"]],"bids":[],` +
    `"ts":"1652459225464","checksum":${checksum}}]}\n`;
  const check = checkOkx();
  feed(check, message("snapshot", 7) + "wss://ws.okx.com <-> 3.5\n" + message("update", 7));
  const { checked, equal, first, counts } = check.report();
  assertEquals([checked, equal, counts.withoutBook], [1, 0, 1]);
  assertEquals(first, { file: 1, place: 1, what: "A-B: checksum is 7, that of the book -1395050833" });
});
