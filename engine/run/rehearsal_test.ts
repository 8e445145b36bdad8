import { assertEquals, assertThrows } from "@std/assert";
import touchMaker from "../../strategies/touch_maker.ts";
import { backtest } from "./backtest.ts";
import { journalFile } from "./journal_file.ts";
import { checkRehearsal, findRehearsal } from "./rehearsal.ts";

const SPEC = { symbol: "ZEROUSD", venue: "binance-spot", tick: "0.05", lot: "1", currency: "USD" };

Deno.test("checkRehearsal: instruments must be what they were, by whatever name a venue has", () => {
  const folder = Deno.makeTempDirSync();
  {
    using journal = journalFile(`${folder}/journal`, { strategy: "strategies/touch_maker.ts" });
    backtest({ strategy: touchMaker, tape: "fixtures/data/market_l2.arrow", journal });
  }
  checkRehearsal(folder, [SPEC]);
  checkRehearsal(folder, [{ ...SPEC, symbol: "ZERO-USD", tick: "0.050" }]);
  const refused = (change: object, message: string) =>
    assertThrows(() => checkRehearsal(folder, [{ ...SPEC, ...change }]), RangeError, message);
  refused({ tick: "0.01" }, "tick of ZEROUSD is 0.01, and was 0.05 there");
  refused({ lot: "0.1" }, "lot of ZEROUSD");
  refused({ currency: "USDT" }, "currency of ZEROUSD");
  refused({ symbol: "BTCUSDT" }, "it ran on ZEROUSD");
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("findRehearsal: the newest run of the strategy on the instruments, by whatever name a venue has", () => {
  const out = Deno.makeTempDirSync();
  for (const name of ["a", "b"]) {
    Deno.mkdirSync(`${out}/${name}`);
    using journal = journalFile(`${out}/${name}/journal`, { strategy: "strategies/touch_maker.ts" });
    backtest({ strategy: touchMaker, tape: "fixtures/data/market_l2.arrow", journal });
  }
  Deno.utimeSync(`${out}/a`, 5, 5);
  Deno.mkdirSync(`${out}/live`);
  assertEquals(findRehearsal(out, "touch_maker", [{ ...SPEC, symbol: "ZERO/USD" }]), `${out}/b`);
  assertEquals(findRehearsal(out, "market_maker", [SPEC]), undefined);
  assertEquals(findRehearsal(out, "touch_maker", [{ ...SPEC, symbol: "BTCUSDT" }]), undefined);
  assertEquals(findRehearsal(`${out}/none`, "touch_maker", [SPEC]), undefined);
  Deno.removeSync(out, { recursive: true });
});
