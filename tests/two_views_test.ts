/** The made market shows one market twice; the engine's two books must agree on it. */
import { assertEquals } from "@std/assert";
import { L2Book } from "../engine/book/l2.ts";
import { DONE } from "../engine/book/book.ts";
import { L3Book } from "../engine/book/l3.ts";
import { ADD, BUY, CANCEL, CLEAR, DEPTH, EXECUTE, LAST, SELL, SNAPSHOT } from "../engine/core/event.ts";
import { Row } from "../engine/feed/row.ts";
import { AgentMarket } from "../engine/agents/mod.ts";

const LEVELS = 10;

Deno.test("L2Book and L3Book: agree on ten levels after each of 50,000 messages of one market", () => {
  const byLevel = new L2Book(), byOrder = new L3Book();
  const l2 = new Row(), l3 = new Row();
  let ended = 0;
  const pricesOfLevels = new Float64Array(LEVELS), sizesOfLevels = new Float64Array(LEVELS);
  const pricesOfOrders = new Float64Array(LEVELS), sizesOfOrders = new Float64Array(LEVELS);
  const compare = () => {
    for (const side of [BUY, SELL]) {
      const levels = byLevel.top(side, LEVELS, pricesOfLevels, sizesOfLevels);
      assertEquals(byOrder.top(side, LEVELS, pricesOfOrders, sizesOfOrders, new Int32Array(LEVELS)), levels);
      for (let i = 0; i < levels; i++) {
        if (pricesOfLevels[i] === pricesOfOrders[i] && sizesOfLevels[i] === sizesOfOrders[i]) continue;
        throw new Error(`message ${ended / 2}: level ${i} of side ${side} differs`);
      }
    }
  };
  // Both views of a message are complete when both have ended it; which one is first does not matter.
  const end = (flags: number) => {
    if ((flags & LAST) !== 0 && ++ended % 2 === 0) compare();
  };
  const market = new AgentMarket({ seed: "two views" }, {
    l2: {
      row: l2,
      add() {
        if (l2.kind === CLEAR) byLevel.clear(l2.side);
        if (l2.kind === DEPTH || l2.kind === SNAPSHOT) byLevel.set(l2.side, l2.price, l2.size);
        end(l2.flags);
      },
    },
    l3: {
      row: l3,
      add() {
        if (l3.kind === CLEAR) byOrder.clear(l3.side);
        const { idLow, idHigh, side, price, size } = l3;
        if (l3.kind === ADD) assertEquals(byOrder.add(idLow, idHigh, side, price, size), DONE);
        if (l3.kind === EXECUTE) assertEquals(byOrder.lotsAhead(idLow, idHigh), 0);
        if (l3.kind === EXECUTE) assertEquals(byOrder.execute(idLow, idHigh, size), DONE);
        if (l3.kind === CANCEL) assertEquals(byOrder.cancel(idLow, idHigh, size), DONE);
        end(l3.flags);
      },
    },
  });
  market.advance(50_000);
  compare();
  assertEquals(ended, 2 * market.messages);
  assertEquals(byOrder.unknownOrders, 0);
});
