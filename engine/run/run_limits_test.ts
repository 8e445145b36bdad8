import { assert, assertEquals, assertThrows } from "@std/assert";
import touchMaker from "../../strategies/touch_maker.ts";
import { instrument } from "../core/instrument.ts";
import { backtest } from "./backtest.ts";
import { runLimits } from "./run_limits.ts";

const BOOK = "fixtures/data/market_l2.arrow";
const BTC = instrument({ symbol: "BTC", venue: "a", tick: "1", lot: "1" });
const OTHER = instrument({ symbol: "BTC", venue: "b", tick: "1", lot: "1" });
const ETH = instrument({ symbol: "ETH", venue: "a", tick: "1", lot: "1" });

Deno.test("runLimits: what counts over all instruments is the session's, and a symbol names all its venues", () => {
  const { instruments, scopes, shown } = runLimits({
    limits: { position: 5, leverage: 3 },
    limitsOf: { "BTC": { openOrders: 2 }, "BTC@b": { position: 9 } },
    risk: { session: { openOrders: 7 }, strategy: { leverage: 2 } },
  }, [BTC, OTHER, ETH]);
  assertEquals(instruments, [{ position: 5, openOrders: 2 }, { position: 9, openOrders: 2 }, { position: 5 }]);
  assertEquals(scopes, { session: { leverage: 3, openOrders: 7 }, strategy: { leverage: 2 } });
  const { position, leverage, openOrders, notional } = shown;
  assertEquals([position, leverage, openOrders, notional], [5, 3, 2, "unlimited"]);
  assertEquals([shown["session.openOrders"], shown["strategy.leverage"]], [7, 2]);
});

Deno.test("runLimits: absent is said to be unlimited, and unlimited that was given is not", () => {
  const open = (limits: Parameters<typeof runLimits>[0]) => runLimits(limits, [BTC]).notes;
  assert(open({ limits: { position: 5 } })[0].startsWith("Limits not given are unlimited: orderSize, orderSizeMin,"));
  assert(!open({ limits: { orderSize: "unlimited" } })[0].includes("orderSize,"));
  assert(!open({ risk: { account: { leverage: "unlimited" } } })[0].includes("leverage"));
  assertEquals(open({ risk: { failClosed: true } }), ["Limits not given refuse every order: the run fails closed"]);
  assertEquals(open({ limitsOf: { BTC: { restricted: true } } })[1], "Restricted, not traded: BTC");
  assertThrows(() => open({ limits: { positon: 1 } as object }), RangeError, "did you mean position?");
  assertThrows(() => open({ risk: { session: { position: 1 } } }), RangeError, "position is one of single instruments");
});

Deno.test("backtest: the first refusal of each code is told in the notes", () => {
  const { notes, refusals, run } = backtest({
    strategy: touchMaker,
    tape: BOOK,
    limits: { position: 1 },
    risk: { session: { orderRate: 1 } },
  });
  const told = notes.filter((note) => note.startsWith("Refused: "));
  assertEquals(told.map((note) => note.split(/[ :]+/)[1]).sort(), Object.keys(refusals).sort());
  assert(
    told.some((note) =>
      /^Refused: POSITION: limit 1 lots \(instruments\..+\), would be \d+; send fewer lots/.test(note)
    ),
  );
  assertEquals([run.limits.position, run.limits["session.orderRate"]], [1, 1]);
});

Deno.test("backtest: failing closed, nothing leaves before every limit is stated", () => {
  const { orders, notes } = backtest({ strategy: touchMaker, tape: BOOK, risk: { failClosed: true } });
  assertEquals(orders, 0);
  assert(notes.includes('Refused: LIMIT_MISSING: orderSize; state the limit, as a number or as "unlimited"'));
});
