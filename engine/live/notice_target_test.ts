import { assert, assertEquals, assertThrows } from "@std/assert";
import { telegram, webhook } from "./notice_target.ts";

Deno.test("webhook: an address that is none is an error that does not say it", () => {
  for (const address of ["", "secret", "ftp://host/secret", "wss://secret"]) {
    const { message } = assertThrows(() => webhook(address), RangeError, "is no address");
    assert(!message.includes("secret"));
  }
  assertEquals(webhook("http://127.0.0.1:9/x").name, "webhook 127.0.0.1:9");
});

Deno.test("telegram: a token that is none is an error that does not say it; a chat is a number or a channel", () => {
  const { message } = assertThrows(() => telegram({ token: "secret", chat: "1" }), RangeError, "token is none");
  assert(!message.includes("secret"));
  assertThrows(() => telegram({ token: "1:a", chat: "me" }), RangeError, "me is no chat");
  for (const chat of ["17", "-100123", "@desk_alerts"]) {
    assertEquals(telegram({ token: "1:a", chat }).name, `Telegram chat ${chat}`);
  }
});
