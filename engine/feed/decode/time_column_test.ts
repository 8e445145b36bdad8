import { assert, assertEquals, assertThrows } from "@std/assert";
import { SourceError } from "../decoder.ts";
import { type DateOrder, TimeColumn } from "./time_column.ts";
import { Fields } from "./fields.ts";

/** Times of a column, each as ISO text with nine decimals, in the style that the whole column shows. */
function times(
  texts: string[],
  { dateOrder, ofDay = false }: { dateOrder?: DateOrder; ofDay?: boolean } = {},
): string[] {
  const sample = texts.map((text, i) => ({ line: i + 2, texts: ofDay ? text.split("|") : [text] }));
  const column = new TimeColumn({ name: "time", column: 0, ofDay: ofDay ? 1 : -1 }, sample, dateOrder);
  const fields = new Fields(124);
  return texts.map((text, i) => {
    const bytes = new TextEncoder().encode(text);
    fields.split(bytes, 0, bytes.length, i + 2);
    column.read(fields);
    const { sec, ns } = column;
    assert(column.readSample(sample[i]) && column.sec === sec && column.ns === ns);
    return `${new Date(sec * 1000).toISOString().slice(0, 19)}.${String(ns).padStart(9, "0")}`;
  });
}

const STYLES: Record<string, string> = {
  "2024-08-08": "2024-08-08T00:00:00.000000000",
  "2024-8-9": "2024-08-09T00:00:00.000000000",
  "2024/08/08 9:30": "2024-08-08T09:30:00.000000000",
  "2024.08.08 23:54": "2024-08-08T23:54:00.000000000",
  "20240808": "2024-08-08T00:00:00.000000000",
  "20240808 093015": "2024-08-08T09:30:15.000000000",
  "202408080930": "2024-08-08T09:30:00.000000000",
  "20240808093015": "2024-08-08T09:30:15.000000000",
  "2024-08-08T23:54:16.298Z": "2024-08-08T23:54:16.298000000",
  "2024-08-08 23:54:16.298123456": "2024-08-08T23:54:16.298123456",
  "2024-08-08 23:54:16": "2024-08-08T23:54:16.000000000",
  "2024-08-08 23:54:16-04:00": "2024-08-09T03:54:16.000000000",
  "2024-08-08 23:54:16+0530": "2024-08-08T18:24:16.000000000",
  "2024-08-08 23:54 UTC": "2024-08-08T23:54:00.000000000",
  "08/31/2024 04:05 PM": "2024-08-31T16:05:00.000000000",
  "8/31/2024 12:05 AM": "2024-08-31T00:05:00.000000000",
  "31.8.2024": "2024-08-31T00:00:00.000000000",
  "31-08-2024 10:00": "2024-08-31T10:00:00.000000000",
  "31-Aug-2024": "2024-08-31T00:00:00.000000000",
  "Aug 1, 2024": "2024-08-01T00:00:00.000000000",
  "1 August 2024": "2024-08-01T00:00:00.000000000",
  "1723161256": "2024-08-08T23:54:16.000000000",
  "1723161256.298": "2024-08-08T23:54:16.298000000",
  "1723161256298": "2024-08-08T23:54:16.298000000",
  "1723161256298123": "2024-08-08T23:54:16.298123000",
  "1723161256298123456": "2024-08-08T23:54:16.298123456",
  "1723161256298.0": "2024-08-08T23:54:16.298000000",
  "86400000000": "4707-11-29T00:00:00.000000000",
};

for (const [text, expected] of Object.entries(STYLES)) {
  Deno.test(`TimeColumn: reads ${text}`, () => assertEquals(times([text]), [expected]));
}

Deno.test("TimeColumn: date and time of day in two columns", () => {
  assertEquals(times(["2024.08.08|23:54", "2024.08.09|00:01:02.5"], { ofDay: true }), [
    "2024-08-08T23:54:00.000000000",
    "2024-08-09T00:01:02.500000000",
  ]);
  assertEquals(times(["20240808|0930"], { ofDay: true }), ["2024-08-08T09:30:00.000000000"]);
});

Deno.test("TimeColumn: month or day first is seen from a day above 12, from the order of rows, or said", () => {
  assertEquals(times(["01/02/2024", "01/13/2024"])[0].slice(0, 10), "2024-01-02");
  assertEquals(times(["01/02/2024", "13/02/2024"])[0].slice(0, 10), "2024-02-01");
  assertEquals(times(["01/02/2024", "02/01/2024"])[0].slice(0, 10), "2024-01-02", "falls if the day is first");
  assertEquals(times(["01/02/2024 10:00"], { dateOrder: "mdy" })[0].slice(0, 10), "2024-01-02");
  assertEquals(times(["01/02/2024 10:00"], { dateOrder: "dmy" })[0].slice(0, 10), "2024-02-01");
  const error = assertThrows(() => times(["01/02/2024 10:00", "01/02/2024 10:01"]), SourceError);
  assertEquals(
    error.message,
    "Cannot read the source, line 2: the date 01/02/2024 10:00 can be read with the month or the day first; " +
      "say which, as --date-order mdy or --date-order dmy",
  );
});

Deno.test("TimeColumn: a time of another style, or none, is refused with its line", () => {
  const message = (texts: string[]) => assertThrows(() => times(texts), SourceError).message;
  assert(message(["2024-08-08", "soon"]).includes("line 3: time is soon, not a time as the file's others"));
  assert(message(["2024-08-08", ""]).includes("line 3: time is missing"));
  assert(message(["2024-02-30"]).includes("time is 2024-02-30, not a time"));
  assert(message(["2024-08-08 24:00"]).includes("not a time"));
  assert(message(["1723161256", "2024-08-08"]).includes("line 3: time is 2024-08-08, not a count since 1970"));
  assert(message(["1723161256.1234567891"]).includes("not a time in whole nanoseconds"));
});
