import { assert, assertEquals, assertThrows } from "@std/assert";
import { SourceError } from "../decoder.ts";
import { feed } from "./collect_rows.ts";
import { SessionLines } from "./session_lines.ts";

function read(text: string, size?: number): string[] {
  const seen: string[] = [];
  feed(
    new SessionLines(({ kind, at, json, place }) => {
      seen.push(`${place} ${kind} ${at.sec}.${String(at.ns).padStart(9, "0")} ${JSON.stringify(json)}`);
    }),
    text,
    size,
  );
  return seen;
}

Deno.test("SessionLines: connect, sent and received lines; replies, settings and blank lines are passed over", () => {
  const text = "wss://h:8443/ws <-> 1652459224.5300605\r\n" +
    'wss://h:8443/ws <- 1652459225.2: {"op":"subscribe"}\n' +
    'https://h/0/public -> 1652459225.21: {"error":[]}\nconfiguration: {"a":1}\n\n \n' +
    '1652459225.5037491234: {"a":"<-> x: 1"}\n7: [1]';
  const expected = [
    "1 connect 1652459224.530060500 undefined",
    '2 sent 1652459225.200000000 {"op":"subscribe"}',
    '7 received 1652459225.503749123 {"a":"<-> x: 1"}',
    "8 received 7.000000000 [1]",
  ];
  for (const size of [1, 7, 1000]) assertEquals(read(text, size), expected);
});

Deno.test("SessionLines: other lines and broken JSON are told with line and start", () => {
  const cases: [string, string][] = [
    ["hello", 'line 2: the line starts with "hello"; a line of a session is'],
    ["1723161255030314667 {}", "line 2: the line starts with"],
    ["-5: {}", 'line 2: the line starts with "-5: {}"'],
    ["wss://h <-> soon", "line 2: the line starts with"],
    ['12.5: {"a":', 'line 2: broken JSON in "12.5: {\\"a\\":"; repair or drop the line'],
  ];
  for (const [bad, told] of cases) {
    const error = assertThrows(() => read(`1.5: {}\n${bad}\n2.5: {}`), SourceError);
    assert(error.message.includes(told), `${error.message} <> ${told}`);
  }
});
