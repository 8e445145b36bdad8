import { assertEquals } from "@std/assert";
import type { ServerHello } from "../client/mod.ts";
import { abilities, modeText } from "./session.ts";

const HELLO: ServerHello = {
  protocol: 1,
  session: "one",
  connection: "c",
  mode: "backtest",
  live: false,
  commands: ["cancel", "clock_pause", "submit"],
  channels: [],
  instruments: [],
  scopes: [],
  resumed: false,
  heartbeatMs: 1,
  messageBytesMax: 1,
  window: 1,
  compression: null,
};

Deno.test("abilities: what the session has and the token allows, an instrument's where it is limited to that", () => {
  const can = (scope: string) => {
    const able = abilities({ ...HELLO, scopes: [scope] });
    return [able("submit", "A"), able("cancel", "A"), able("submit", "B"), able("clock_pause"), able("kill")];
  };
  assertEquals(can("admin"), [true, true, true, true, false]);
  assertEquals(can("read"), [false, false, false, false, false]);
  assertEquals(can("trade"), [true, true, true, false, false]);
  assertEquals(can("trade:one:A"), [true, true, false, false, false]);
  assertEquals(can("control:one"), [false, false, false, true, false]);
});

Deno.test("modeText: orders that go to a test network are told from real ones, and from those that go nowhere", () => {
  const modes = [["backtest", false], ["paper", false], ["live", false], ["live", true]] as const;
  assertEquals(modes.map(([mode, live]) => modeText({ mode, live })), [
    "backtest",
    "paper",
    "live, test network",
    "LIVE: real money",
  ]);
});
