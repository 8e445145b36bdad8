import { assertEquals, assertThrows } from "@std/assert";
import { Failure } from "../../engine/run/cli/mod.ts";
import { oneSession } from "../host/_one_session.ts";
import { DASHBOARD_FLUSH, DEFAULT_LIMITS } from "../hub/mod.ts";
import { flushOf } from "./flush_flag.ts";
import { serverOptions } from "./serve_flags.ts";

const cli = { tell: () => {} };

Deno.test("flushOf: a profile by its name, or bounds in the place of the fast ones", () => {
  assertEquals(flushOf("fast"), DEFAULT_LIMITS.flush);
  assertEquals(flushOf("dashboard"), DASHBOARD_FLUSH);
  assertEquals(flushOf("ms=20, msMax=200"), { ...DEFAULT_LIMITS.flush, ms: 20, msMax: 200 });
  assertEquals(flushOf("messages=1,bytes=1024,ms=0,msMax=5"), { messages: 1, bytes: 1024, ms: 0, msMax: 5 });
});

Deno.test("flushOf: what is neither is refused, and said what there is", () => {
  const cases = [["slow", "slow is no bound"], ["", "is no bound"], ["ms=1.5", "ms=1.5 is no bound"], [
    "ms=-1",
    "no bound",
  ]];
  cases.push(["messages=0", "messages is above 0"], ["ms=100", "msMax is 50, less than ms"], ["seconds=1", "no bound"]);
  for (const [text, why] of cases) {
    const { message } = assertThrows(() => flushOf(text), Failure, why);
    assertEquals(message.includes("fast or dashboard") && message.startsWith(`Cannot flush by ${text}`), true, message);
  }
});

for (const [flush, limits] of [["dashboard", DASHBOARD_FLUSH], [undefined, DEFAULT_LIMITS.flush]] as const) {
  Deno.test(`--flush: ${flush ?? "without it"}, hubs of served sessions write by the ${flush ?? "fast"} profile`, () =>
    oneSession((_server, { hub }) => {
      assertEquals(hub.limits, { ...DEFAULT_LIMITS, flush: limits });
      return Promise.resolve();
    }, { server: serverOptions({ serve: "0", flush }, cli) }));
}
