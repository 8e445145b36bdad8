import { assertEquals, assertThrows } from "@std/assert";
import { Failure } from "./failure.ts";
import { readLimitFlags } from "../limit_flags.ts";
import { readRiskFile } from "./risk_file.ts";

const SYMBOLS = ["BTCUSDT", "ETHUSDT", "BRK.B"];

/** Reads a file of this text. */
function read(text: string) {
  const path = Deno.makeTempFileSync({ suffix: ".jsonc" });
  try {
    Deno.writeTextFileSync(path, text);
    return readRiskFile(path, SYMBOLS);
  } finally {
    Deno.removeSync(path);
  }
}

Deno.test("readRiskFile: limits of all, by symbol, and of session, account and strategy", () => {
  assertEquals(
    read(`{
      // Lots.
      "position": 500,
      "leverage": 3,
      "session": { "openOrders": 20 },
      "account": { "overdraft": 0 },
      "strategy": { "messageRate": 50, "heartbeatAgeMs": "unlimited" },
      "instruments": { "BTCUSDT": { "position": 20, "referencePrice": 61000.5 } },
      "restricted": ["ETHUSDT", "BTCUSDT"],
      "failClosed": true,
    }`),
    {
      limits: { position: 500, leverage: 3 },
      limitsOf: { BTCUSDT: { position: 20, referencePrice: 61000.5, restricted: true }, ETHUSDT: { restricted: true } },
      risk: {
        session: { openOrders: 20 },
        account: { overdraft: 0 },
        strategy: { messageRate: 50, heartbeatAgeMs: "unlimited" },
        failClosed: true,
      },
    },
  );
});

const WRONG: readonly (readonly [text: string, says: string])[] = [
  [`{ "positon": 1 }`, "there is no limit positon; did you mean position?"],
  [`{ "sesion": {} }`, "there is no limit sesion; did you mean session?"],
  [`{ "session": { "openOrder": 1 } }`, "there is no limit openOrder; did you mean openOrders?"],
  [`{ "session": { "position": 1 } }`, "session.position: position is one of single instruments"],
  [`{ "instruments": { "BTCUSDT": { "leverage": 1 } } }`, "leverage counts over all instruments"],
  [`{ "instruments": { "BTCUSD": {} } }`, "instruments has BTCUSD, which no tape has; did you mean BTCUSDT?"],
  [`{ "restricted": ["ETHUSD"] }`, "restricted has ETHUSD, which no tape has; did you mean ETHUSDT?"],
  [`{ "restricted": true }`, `restricted is true; write ["BTCUSDT"]`],
  [`{ "failClosed": 1 }`, "failClosed is 1; it is true or false"],
  [`{ "account": [] }`, "account is []; write"],
  [`{ "position": -1 }`, "position: -1 is neither a number of 0 or more"],
];

Deno.test("readRiskFile: what is wrong is named, with the near name", () => {
  for (const [text, says] of WRONG) assertThrows(() => read(text), Failure, says);
});

Deno.test("readLimitFlags: names say whose a limit is, and go over those of the file", () => {
  const before = { limits: { position: 500 }, limitsOf: { ETHUSDT: { position: 5 } }, risk: { failClosed: true } };
  const flags = {
    "position": "9",
    "leverage": "3",
    "session.openOrders": "20",
    "ETHUSDT.openOrders": "unlimited",
    "instruments.BRK.B.position": "7",
    "BRK.B.restricted": "true",
  };
  assertEquals(readLimitFlags(flags, SYMBOLS, before), {
    limits: { position: 9, leverage: 3 },
    limitsOf: { "ETHUSDT": { position: 5, openOrders: "unlimited" }, "BRK.B": { position: 7, restricted: true } },
    risk: { failClosed: true, session: { openOrders: 20 } },
  });
  assertEquals(before.limits, { position: 500 });
});

const WRONG_FLAGS: readonly (readonly [flag: string, value: string, says: string])[] = [
  ["positon", "1", "limit positon: there is none of that name; did you mean position?"],
  ["session.openOrder", "1", "limit session.openOrder: there is none of that name; did you mean openOrders?"],
  ["sesion.openOrders", "1", "sesion is no scope; did you mean session?"],
  ["BTCUSD.position", "1", "BTCUSD is no scope; did you mean BTCUSDT?"],
  ["session.position", "1", "position is one of single instruments"],
  ["BTCUSDT.leverage", "1", "leverage counts over all instruments"],
  ["BTCUSDT.restricted", "maybe", "is not true or false"],
  ["openOrders", "", "nothing is neither a number of 0 or more"],
];

Deno.test("readLimitFlags: what is wrong is named, with the near name", () => {
  for (const [flag, value, says] of WRONG_FLAGS) {
    assertThrows(() => readLimitFlags({ [flag]: value }, SYMBOLS), RangeError, says);
  }
});

Deno.test("readRiskFile: guards go on as they are, and are checked with their places", () => {
  const guards = { breakers: { bands: { band: 0.05 } }, instruments: { BTCUSDT: { breakers: { gap: {} } } } };
  assertEquals(read(JSON.stringify({ guards })).guards, guards);
  assertEquals(read("{}").guards, undefined);
  for (
    const [text, says] of [
      [`{ "gards": {} }`, "there is no limit gards; did you mean guards?"],
      [`{ "guards": { "brakers": {} } }`, "Cannot set guards: there is no brakers; did you mean breakers?"],
      [
        `{ "guards": { "breakers": { "silence": { "after": 5 } } } }`,
        "guards.breakers.silence.after: 5 is not a duration",
      ],
      [`{ "guards": [] }`, "Cannot set guards: [] is no object"],
    ]
  ) assertThrows(() => read(text), Failure, says);
});
