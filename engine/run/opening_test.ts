import { assertEquals, assertThrows } from "@std/assert";
import { instrument } from "../core/instrument.ts";
import still from "../../strategies/touch_maker.ts";
import { backtest } from "./backtest.ts";
import { openingPositions } from "./opening.ts";

const BTC = instrument({ symbol: "BTCUSDT", venue: "binance-spot", tick: "0.1", lot: "0.001" });
const tape = new URL("../../fixtures/data/market_l2.arrow", import.meta.url).pathname;

Deno.test("openingPositions: sizes that are no whole lots, and names of nothing, are refused", () => {
  assertThrows(() => openingPositions({ BTCUSDT: { size: "0.0005", price: "1" } }, [BTC]), RangeError, "whole lots");
  assertThrows(
    () => openingPositions({ BTCUSD: { size: "1", price: "1" } }, [BTC]),
    RangeError,
    "did you mean BTCUSDT",
  );
  assertEquals(openingPositions({ BTCUSDT: { size: "0", price: "5" } }, [BTC]), [undefined]);
});

Deno.test("backtest: a position that it begins with is held, costs no fee and is no trade", () => {
  const idle = { ...still, name: "idle", create: () => ({}) };
  const plain = backtest({ strategy: idle, tape, fees: "maker=0.01,taker=0.01" });
  const [symbol] = Object.keys(plain.instruments), positions = { [symbol]: { size: "1", price: "100" } };
  const held = backtest({ strategy: idle, tape, fees: "maker=0.01,taker=0.01", positions });
  assertEquals([held.trades, held.fees, plain.position], [0, 0, 0]);
  assertEquals(held.position! > 0, true);
});

Deno.test("backtest: a position that it begins with is closed by a kill that flattens, as any other", () => {
  const seller = { ...still, name: "idle", create: () => ({}) }, positions = { ZEROUSD: { size: "3", price: "100" } };
  const commands = [{ at: "+1s", command: { kind: "kill", cause: "enough", flatten: "market" } }];
  const { trades, position, refusals } = backtest({ strategy: seller, tape, positions, commands });
  assertEquals([trades, position, refusals], [1, 0, {}]);
});
