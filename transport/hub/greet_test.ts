import { assert, assertEquals } from "@std/assert";
import type { Principal } from "../auth/principal.ts";
import { codecOf } from "../protocol/codecs.ts";
import { ProtocolError } from "../protocol/errors.ts";
import type { Message } from "../protocol/messages.ts";
import { FakeTimers } from "../../engine/live/_fake_timers.ts";
import { FakeLink, shown } from "./_test_client.ts";
import { hubWith } from "./_test_hub.ts";
import { greet } from "./greet.ts";

const json = codecOf("json");
const ANN: Principal = { name: "ann", scopes: ["read"] };
const frameOf = (...messages: Message[]) =>
  new TextDecoder().decode(json.frame(messages.map((each) => json.encode(each))));
const hello = (protocol = 1): Message => ({
  type: "hello",
  id: "h",
  data: { protocol, client: "test", token: "good" },
});
const subscribe: Message = { type: "subscribe", id: "s", data: { channel: "trades", symbol: "BTC" } };
const heard = ({ frames }: FakeLink) => frames.flatMap((frame) => json.decode(frame, "server"));

function door() {
  const { hub } = hubWith(), link = new FakeLink(), clock = new FakeTimers(1_000_000);
  const authenticate = async ({ token }: { token?: string }) => {
    await Promise.resolve();
    if (token !== "good") throw new ProtocolError("TOKEN_INVALID", "Cannot connect: the token is no good");
    return ANN;
  };
  return { hub, link, clock, done: greet(link, json, { authenticate, hubOf: () => hub, clock }) };
}

Deno.test("greet: who says hello is let in, and what it says meanwhile is heard in order", async () => {
  const { hub, link, done, clock } = door();
  link.onFrame(frameOf(hello()));
  link.onFrame(frameOf(subscribe));
  const connection = await done;
  assertEquals(connection?.principal, ANN);
  assertEquals(shown(heard(link)), ["hello", "subscribed"]);
  assertEquals(clock.waiting, 0);
  hub.close();
});

Deno.test("greet: who begins with something else, or another version, or a bad token, is told and let go", async () => {
  const cases: [Message[], string, number][] = [
    [[subscribe], "HELLO_FIRST", 3007],
    [[hello(), subscribe], "HELLO_FIRST", 3007],
    [[hello(2)], "VERSION_UNSUPPORTED", 3004],
    [[{ type: "hello", data: { protocol: 1, client: "x", token: "bad" } }], "TOKEN_INVALID", 2001],
  ];
  for (const [messages, name, code] of cases) {
    const { hub, link, done } = door();
    link.onFrame(frameOf(...messages));
    assertEquals(await done, undefined);
    assertEquals([(heard(link)[0].data as { name: string }).name, link.closed?.code], [name, code]);
    hub.close();
  }
});

Deno.test("greet: who says nothing in time is let go, and who leaves is forgotten", async () => {
  const silent = door();
  silent.clock.pass(5000);
  assertEquals(await silent.done, undefined);
  assertEquals(silent.link.closed?.code, 3007);
  const leaver = door();
  leaver.link.onClose(1000, "lost");
  assertEquals(await leaver.done, undefined);
  assertEquals(leaver.clock.waiting, 0);
  const hasty = door();
  hasty.link.onFrame(frameOf(hello()));
  hasty.link.onClose(1000, "lost");
  assertEquals(await hasty.done, undefined);
  assertEquals(hasty.hub.sizes.connections, 0);
  for (const { hub } of [silent, leaver, hasty]) hub.close();
});

Deno.test("greet: bytes that are no message harm their sender alone", async () => {
  const { hub, link, done } = door();
  link.onFrame("\u0000{}{");
  assertEquals(await done, undefined);
  assert((link.closed?.code ?? 0) >= 3000);
  hub.close();
});
