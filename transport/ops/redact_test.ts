import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { jsonLine, redactText, redactValue, visible } from "./redact.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ";
const TICKET = `${"eHh4eHh4eHh4eHh4eHh4".repeat(2)}.${"A".repeat(43)}`;

Deno.test("redactText: tokens, tickets and credentials, wherever they stand", () => {
  const texts = [
    `Authorization: Bearer ${JWT}`,
    `authorization: bearer opaque-secret-value`,
    `GET /ws?token=opaque-secret-value&x=1`,
    `https://host/#access_token=opaque-secret-value`,
    `Sec-WebSocket-Protocol: lockstep.1.json, lockstep.token.${JWT}`,
    `peerjs?key=peerjs&id=a&token=${TICKET}&version=1`,
    `a ticket ${TICKET} in a sentence`,
    `wss://ann:opaque-secret-value@host/ws`,
    `{"apiKey":"opaque-secret-value","x":1}`,
    `apiSecret=opaque-secret-value`,
    `half a token: ${JWT.slice(0, 40)}`,
    `-----BEGIN PRIVATE KEY-----\nopaque-secret-value\n-----END PRIVATE KEY-----`,
  ];
  for (const text of texts) {
    const left = redactText(text);
    for (const part of ["opaque-secret-value", TICKET, ...JWT.split(".")]) assert(!left.includes(part), left);
    assert(left.includes("[redacted]"), left);
  }
  const plain = "order 7 of ann: buy 3 BTCUSDT at 2001.5, session paper-1, 2024-08-08T00:10:00Z, codec lockstep.1.json";
  assertEquals(redactText(plain), plain);
});

Deno.test("redactValue: by the field's name, however deep, and bounded", () => {
  const found = redactValue({
    user: "ann",
    password: "x",
    deep: { list: [{ apiKey: "x", Authorization: 7, cookies: ["x"], note: `token=${"x".repeat(9)}` }] },
    bytes: new Uint8Array(9),
    big: 2n ** 63n,
    none: NaN,
    error: new TypeError(`bad ${JWT}`),
  });
  assertEquals(found, {
    user: "ann",
    password: "[redacted]",
    deep: {
      list: [{ apiKey: "[redacted]", Authorization: "[redacted]", cookies: "[redacted]", note: "token=[redacted]" }],
    },
    bytes: "[9 bytes]",
    big: "9223372036854775808",
    none: "NaN",
    error: "TypeError: bad [redacted]",
  });
  const round: Record<string, unknown> = {};
  round.self = round;
  assert(JSON.stringify(redactValue(round)).includes("[deeper]"));
  assert(JSON.stringify(redactValue("x".repeat(100_000))).length < 2100);
  assertEquals((redactValue(new Array(1000).fill(1)) as unknown[]).length, 64);
});

Deno.test("redactValue: no value breaks it, and no token of a fixed form comes through", () => {
  fc.assert(fc.property(fc.anything(), fc.string(), (value, text) => {
    const line = JSON.stringify(redactValue([value, { [text]: JWT }, `${text} ${JWT}`]));
    for (const part of JWT.split(".")) assert(!line.includes(part));
  }));
});

Deno.test("visible, jsonLine: one line, that moves no cursor, and JSON stays JSON", () => {
  assertEquals(visible("a\r\nb\x1b[2J\u009b\u202e\u2028"), "a\\u000d\\u000ab\\u001b[2J\\u009b\\u202e\\u2028");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(visible(text)));
    assertEquals(JSON.parse(jsonLine({ text })).text, text);
  }));
});
