import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { instrument } from "../../core/instrument.ts";
import { LIMIT_NAMES } from "../../risk/limits.ts";
import { checkAllLimited, reconcileText, termsText } from "./live_terms.ts";

const SPEC = { symbol: "ZEROUSD", venue: "binance-spot", tick: "0.05", lot: "1", currency: "USD" };
const LIMITED = Object.fromEntries(LIMIT_NAMES.map((name) => [name, 5]));

Deno.test("checkAllLimited: with every limit a number it says nothing, with one unlimited it names it", () => {
  const all = [instrument(SPEC)];
  checkAllLimited({ limits: LIMITED }, all);
  const error = assertThrows(() => checkAllLimited({ limits: { ...LIMITED, leverage: "unlimited" } }, all), RangeError);
  assertStringIncludes(error.message, "1 limits are unlimited");
  assertStringIncludes(error.message, '"leverage": … (times the equity)');
  const other = instrument({ ...SPEC, symbol: "OTHER" }), { position: _, ...rest } = LIMITED;
  const some = { limits: rest, limitsOf: { ZEROUSD: { position: 3 } } };
  assertThrows(() => checkAllLimited(some, [instrument(SPEC), other]), RangeError, '"position"');
});

Deno.test("termsText: it says whether money is real, whose it is, and every limit", () => {
  const terms = {
    venue: "binance-spot",
    address: "wss://far.test",
    account: "abcd…",
    strategy: "touch_maker",
    instruments: [SPEC],
    limits: { limits: LIMITED },
  };
  const real = termsText({ ...terms, testnet: false }), test = termsText({ ...terms, testnet: true });
  assertStringIncludes(real, "REAL MONEY");
  assertStringIncludes(real, "binance-spot at wss://far.test");
  assert(!test.includes("REAL MONEY"));
  for (const name of LIMIT_NAMES) assertStringIncludes(real, name);
});

Deno.test("reconcileText: a table of what differs, nothing where all agrees", () => {
  assertEquals(reconcileText([]), "");
  const text = reconcileText([{ what: "order", symbol: "A", exchange: "x", ours: "y", rule: "stops", remedy: "look" }]);
  assertEquals(text.split("\n").length, 2);
});
