import { assertEquals, assertThrows } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { sharedData } from "../../../tests/shared_data.ts";
import { SourceError } from "../decoder.ts";
import { checkLobster, lobsterPairs } from "./lobster.ts";
import { feedPairs } from "./paired_feed.ts";

const NAMES = ["A_2012-06-21_34200000_57600000_message_1.csv", "A_2012-06-21_34200000_57600000_orderbook_1.csv"];

function check(messages: string[], rows: string[], size?: number) {
  const lines = messages.map((message, i) => `${34200 + i},${message}\n`).join("");
  return feedPairs(checkLobster(NAMES), [lines, rows.map((row) => `${row}\n`).join("")], size);
}

function counts(messages: string[], rows: string[]): number[] {
  const { exact, emptied, contradicted } = check(messages, rows).counts;
  return [exact, emptied, contradicted];
}

const START = "5,0,1,100,1"; // a hidden execution, so that the first row is there

Deno.test("checkLobster: what must follow at one level", () => {
  const book = "110,9,100,5", from = (message: string, row: string) => counts([START, message], [book, row]);
  assertEquals(from("1,1,4,100,1", "110,9,100,9"), [1, 0, 0], "more at the best");
  assertEquals(from("1,1,4,101,1", "110,9,101,4"), [1, 0, 0], "a better price");
  assertEquals(from("1,1,4,99,1", "110,9,100,5"), [1, 0, 0], "behind the best");
  assertEquals(from("1,1,4,105,-1", "105,4,100,5"), [1, 0, 0], "a better ask");
  assertEquals(from("2,1,4,100,1", "110,9,100,1"), [1, 0, 0], "part cancelled");
  assertEquals(from("5,0,4,105,1", "110,9,100,5"), [1, 0, 0], "hidden");
  assertEquals(from("7,0,0,-1,-1", "110,9,100,5"), [1, 0, 0], "halt");
  assertEquals(from("3,1,5,100,1", "110,9,98,50"), [0, 1, 0], "emptied");
  assertEquals(from("4,1,9,110,-1", "9999999999,0,100,5"), [0, 1, 0], "emptied to nothing");
  assertEquals(from("3,1,5,100,1", "110,9,101,50"), [0, 0, 1], "a next level that is better");
  assertEquals(from("3,1,6,100,1", "110,9,98,50"), [0, 0, 1], "more than there was");
  assertEquals(from("3,1,5,100,1", "111,9,98,50"), [0, 0, 1], "the other side moved");
  assertEquals(from("2,1,4,100,1", "110,9,100,2"), [0, 0, 1], "the wrong size");
  assertEquals(from("1,1,4,101,1", "110,9,100,5"), [0, 0, 1], "a better price not shown");
  assertEquals(from("2,1,4,101,1", "110,9,100,5"), [0, 0, 1], "a price that was not there");
  assertEquals(from("5,0,4,105,1", "110,9,100,4"), [0, 0, 1], "hidden, and the book moved");
});

Deno.test("checkLobster: what must follow at three levels", () => {
  const row = (...bids: [number, number][]) =>
    [0, 1, 2].map((i) => `${200 + i},1,${bids[i]?.[0] ?? -9999999999},${bids[i]?.[1] ?? 0}`).join();
  const full = row([100, 5], [99, 6], [98, 7]), part = row([100, 5], [98, 7]);
  const from = (before: string, message: string, after: string) => counts([START, message], [before, after]);
  assertEquals(from(full, "1,1,4,99,1", row([100, 5], [99, 10], [98, 7])), [1, 0, 0]);
  assertEquals(from(part, "1,1,4,99,1", row([100, 5], [99, 4], [98, 7])), [1, 0, 0]);
  assertEquals(from(part, "1,1,4,97,1", row([100, 5], [98, 7], [97, 4])), [1, 0, 0]);
  assertEquals(from(full, "1,1,4,101,1", row([101, 4], [100, 5], [99, 6])), [1, 0, 0]);
  assertEquals(from(full, "1,1,4,90,1", full), [1, 0, 0]);
  assertEquals(from(full, "3,1,6,99,1", row([100, 5], [98, 7], [90, 1])), [0, 1, 0]);
  assertEquals(from(full, "3,1,6,99,1", row([100, 5], [98, 7])), [0, 1, 0]);
  assertEquals(from(full, "3,1,6,99,1", row([100, 5], [98, 7], [98, 1])), [0, 0, 1]);
  assertEquals(from(full, "3,1,6,99,1", row([100, 5], [98, 8], [90, 1])), [0, 0, 1]);
  assertEquals(from(part, "3,1,5,100,1", row([98, 7])), [1, 0, 0]);
  assertEquals(from(part, "3,1,5,100,1", row([98, 7], [90, 1])), [0, 0, 1]);
  assertEquals(from(full, "3,1,5,90,1", full), [1, 0, 0]);
  assertEquals(from(part, "3,1,5,90,1", part), [0, 0, 1]);
});

Deno.test("checkLobster: the first difference has its line, whatever the cut", () => {
  for (const size of [1, 9, 1000]) {
    const report = check([START, "1,1,4,100,1", "4,1,4,99,1", "2,1,1,100,1"], [
      "110,9,100,5",
      "110,9,100,9",
      "110,9,100,9",
      "1,1,1,1",
    ], size);
    assertEquals(report, {
      checked: 3,
      equal: 2,
      first: { file: 2, place: 3, what: "an execution at 0.0099, and the best is 0.0100" },
      counts: { exact: 2, emptied: 0, contradicted: 1, executions: 1, executionsAtBest: 0 },
    });
  }
});

Deno.test("checkLobster: a file that ends early contradicts the other", () => {
  const report = check([START, "1,1,4,100,1", "1,1,4,100,1"], ["110,9,100,5", "110,9,100,9"]);
  assertEquals([report.counts.contradicted, report.first], [1, {
    file: 2,
    place: 3,
    what: "the message file goes on for 1 more lines than the other",
  }]);
});

Deno.test("checkLobster: several days are several pairs, in any order of files", () => {
  const names = [NAMES[1], NAMES[0], NAMES[0].replace("-21", "-22"), NAMES[1].replace("-21", "-22")];
  assertEquals(lobsterPairs(names), [[1, 0], [2, 3]]);
  const messages = `34200,${START}\n34201,1,1,4,100,1\n`, rows = "110,9,100,5\n110,9,100,9\n";
  const report = feedPairs(checkLobster(names), [rows, messages, messages, rows]);
  assertEquals([report.checked, report.equal, report.counts.exact], [2, 2, 2]);
});

Deno.test("checkLobster: says which file is missing, and what cannot be read", () => {
  assertThrows(() => checkLobster([NAMES[0]]), RangeError, "its orderbook file is missing");
  assertThrows(() => checkLobster([NAMES[1]]), RangeError, "its message file is missing");
  assertThrows(() => checkLobster(["a.csv"]), RangeError, "its name does not show what it is");
  assertThrows(() => checkLobster([NAMES[0], NAMES[0]]), RangeError, "give one of each");
  assertThrows(() => check(["1,1,-4,100,1"], []), SourceError, "line 1: size is -4");
  assertThrows(() => check([START], ["1,2,3"]), SourceError, "line 1: it has 3 fields, not four a level");
  assertThrows(
    () => check([START, START], ["1,2,3,4", "1,2"]),
    SourceError,
    "line 2: it has 2 fields, and the first line 4",
  );
});

const message = sharedData("lobster/AMZN_2012-06-21_34200000_57600000_message_1.csv.gz");
const orderbook = sharedData("lobster/AMZN_2012-06-21_34200000_57600000_orderbook_1.csv.gz");

Deno.test({
  name: "checkLobster: AMZN 2012-06-21 (needs ../shared/data)",
  ignore: message === undefined || orderbook === undefined,
  fn: () => {
    const files = [message!, orderbook!].map((file) => gunzipSync(Deno.readFileSync(file)));
    assertEquals(feedPairs(checkLobster([message!, orderbook!]), files), {
      checked: 57_514,
      equal: 57_514,
      counts: { exact: 43_561, emptied: 13_953, contradicted: 0, executions: 8_974, executionsAtBest: 8_974 },
    });
  },
});
