import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { instrument } from "../../core/instrument.ts";
import { LIMIT_NAMES } from "../../risk/limits.ts";
import { checkOnePlace, limitsToFill, reconcileText, termsText, unlimited } from "./live_terms.ts";

const SPEC = { symbol: "ZEROUSD", venue: "binance-spot", tick: "0.05", lot: "1", currency: "USD" };
const LIMITED = Object.fromEntries(LIMIT_NAMES.map((name) => [name, 5]));

Deno.test("unlimited: nothing with every limit a number; what is not one for all instruments is named, as a file", () => {
  const all = [instrument(SPEC)];
  assertEquals(unlimited({ limits: LIMITED }, all), []);
  const missing = unlimited({ limits: { ...LIMITED, priceBand: "unlimited", leverage: "unlimited" } }, all);
  assertEquals(limitsToFill(missing), '{\n  "priceBand": …,\n  "leverage": … // times the equity\n}');
  const other = instrument({ ...SPEC, symbol: "OTHER" }), { position: _, ...rest } = LIMITED;
  const some = { limits: rest, limitsOf: { ZEROUSD: { position: 3 } } };
  assertEquals(unlimited(some, [instrument(SPEC), other]), ["position"]);
});

Deno.test("checkOnePlace: orders and questions go to a stand-in on this machine, or neither does", () => {
  const far = { rest: "https://far.test", market: "wss://far.test", orders: "wss://far.test:443" };
  const here = { rest: "http://127.0.0.1:8888", market: "ws://127.0.0.1:8888", orders: "ws://localhost:8888" };
  for (const fine of [far, here, { ...far, market: here.market }, { ...far, rest: "https://api1.far.test" }]) {
    checkOnePlace(fine);
  }
  const half = { ...here, orders: far.orders };
  assertThrows(
    () => checkOnePlace(half),
    RangeError,
    "orders go to wss://far.test:443, and are asked for at http://127",
  );
  assertThrows(() => checkOnePlace(half), RangeError, "give --endpoint orders=URL, too");
  assertThrows(() => checkOnePlace({ ...here, rest: far.rest }), RangeError, "give --endpoint rest=URL, too");
});

Deno.test("termsText: it says whether money is real, whose it is, and every limit", () => {
  const terms = {
    venue: "binance-spot",
    endpoints: { rest: "https://rest.test", market: "wss://market.test", orders: "wss://far.test" },
    account: "abcd…",
    strategy: "touch_maker",
    rehearsed: "out/touch_maker-1",
    instruments: [SPEC],
    limits: { limits: LIMITED },
  };
  const real = termsText({ ...terms, testnet: false }), test = termsText({ ...terms, testnet: true });
  assertStringIncludes(real, "REAL MONEY");
  const said = [
    "binance-spot at wss://far.test",
    "https://rest.test",
    "wss://market.test",
    "rehearsed as out/touch_maker-1",
  ];
  for (const part of said) assertStringIncludes(real, part);
  assert(!test.includes("REAL MONEY"));
  for (const name of LIMIT_NAMES) assertStringIncludes(real, name);
});

Deno.test("reconcileText: a table of what differs, nothing where all agrees", () => {
  assertEquals(reconcileText([]), "");
  const text = reconcileText([{ what: "order", symbol: "A", exchange: "x", ours: "y", rule: "stops", remedy: "look" }]);
  assertEquals(text.split("\n").length, 2);
});
