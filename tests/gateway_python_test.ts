/** Python's ccxt on a gateway: the same exchange class, in the other language that bots are written in. */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { gatewayWorld } from "../transport/gateway/_gateway_world.ts";
import { hasPackage, NO_PYTHON, systemPython } from "./system_python.ts";

const python = await systemPython(), there = await hasPackage(python, "ccxt");
const because = there ? "" : python ? " (ignored: its python3 has no ccxt; pip install ccxt)" : NO_PYTHON;

Deno.test({
  name: `Gateway: Python's ccxt places, amends, cancels, is filled and has the session's balances${because}`,
  ignore: !there,
  fn: () =>
    gatewayWorld(async ({ gateway: { url, key }, session }) => {
      const script = fileURLToPath(new URL("gateway_ccxt.py", import.meta.url));
      const command = new Deno.Command(python!, { args: [script, url, key.key, key.secret] });
      const { success, stdout, stderr } = await command.output(), decoder = new TextDecoder();
      assert(success, decoder.decode(stderr));
      const { statuses, crossed, trades, total } = JSON.parse(decoder.decode(stdout));
      assertEquals(statuses, ["open", "open", "canceled", "closed"]);
      assertEquals([crossed, trades, total.ZERO], [false, [["sell", 1]], 2]);
      assertEquals([total.USD < 10_000 - 2 * 90, session.openOrders], [true, 0]);
    }),
});
