import { assertEquals, assertRejects } from "@std/assert";
import { codeName } from "../../core/codes.ts";
import { orderConformance } from "../_order_conformance.ts";
import { Keys } from "../keys.ts";
import { ScriptedCcxt } from "./_scripted_ccxt.ts";
import { ccxtClient } from "./client.ts";
import { ccxtRefusal, ccxtWords } from "./refusals.ts";

orderConformance("ccxtOrders, with streams", () => new ScriptedCcxt(true));
orderConformance("ccxtOrders, asking", () => new ScriptedCcxt(false));

Deno.test("ccxtRefusal: each class means what it or the nearest above it does, and no answer means nothing", async () => {
  const { default: ccxt } = await import("ccxt");
  const code = (error: unknown) => codeName(ccxtRefusal(error)?.code ?? 0);
  assertEquals(
    [
      new ccxt.InsufficientFunds("x"),
      new ccxt.OrderImmediatelyFillable("x"),
      new ccxt.ContractUnavailable("x"),
      new ccxt.AccountSuspended("x"),
      new ccxt.OnMaintenance("x"),
      new ccxt.RequestTimeout("x"),
      new ccxt.DDoSProtection("x"),
      new ccxt.BadRequest("x"),
      new TypeError("x"),
      "x",
    ].map(code),
    ["CASH", "WOULD_CROSS", "ORDER_FORM", "NOT_PERMITTED", "0", "0", "THROTTLED", "VENUE_REFUSED", "0", "0"],
  );
});

Deno.test("ccxtWords: queries of addresses, where signatures stand, are left out", () => {
  const said = "binance POST https://api.test/v3/order?symbol=A&signature=ab12 fetch failed (https://api.test/v3/time)";
  assertEquals(
    ccxtWords(new Error(said)),
    "binance POST https://api.test/v3/order fetch failed (https://api.test/v3/time)",
  );
  assertEquals([ccxtWords("x"), ccxtWords(new Error("y".repeat(400))).length], ["x", 300]);
});

Deno.test("ccxtClient: an exchange by its name, with or without streams, and the nearest where there is none", async () => {
  for (const id of ["bybit", "zaif"]) {
    const client = await ccxtClient(id, { keys: new Keys("hmac", "k", "s", "p") });
    assertEquals([client.id, client.has.watchOrders === true], [id, id === "bybit"]);
    await client.close();
  }
  await assertRejects(() => ccxtClient("bybti", {}), RangeError, "did you mean bybit");
});
