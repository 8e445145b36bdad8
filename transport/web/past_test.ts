import { assertEquals } from "@std/assert";
import { Hub } from "../hub/mod.ts";
import { greet } from "../hub/mod.ts";
import { connect } from "../client/mod.ts";
import { memoryPair } from "../link/memory.ts";
import { codecOf } from "../protocol/codecs.ts";
import { follow } from "./past.ts";

/** A hub with one client of it, while `work` is done. */
async function withHub(work: (hub: Hub, client: ReturnType<typeof connect>) => Promise<void>): Promise<void> {
  const hub = new Hub({ session: "s", mode: "backtest", live: false, instruments: [INSTRUMENT], commands: [] });
  const client = connect({
    dial: ({ codec }) => {
      const [server, link] = memoryPair();
      void greet(server, codecOf(codec), {
        authenticate: () => ({ name: "ann", scopes: ["read"] }),
        hubOf: () => hub,
      });
      return Promise.resolve(link);
    },
  });
  try {
    await client.ready();
    await work(hub, client);
  } finally {
    client.close();
    hub.close();
  }
}

const INSTRUMENT = { symbol: "A", venue: "sim", kind: "linear", tick: "1", lot: "1", multiplier: "1", currency: "USD" };

Deno.test("follow: the past comes first, then what happens, each message once and in order", () =>
  withHub(async (hub, client) => {
    const publish = (price: number) => hub.publish("trades", "A", { price, size: 1, side: "buy" }, BigInt(price));
    for (let price = 1; price <= 2500; price++) publish(price);
    const seen: number[] = [];
    const all = new Promise<void>((resolve) => {
      const stop = follow(client, { channel: "trades", symbol: "A", most: 2000 }, ({ data }) => {
        seen.push(data.price);
        if (data.price !== 2600) return;
        stop();
        resolve();
      });
    });
    // What is published while the past is asked for is in both.
    await client.presence();
    for (let price = 2501; price <= 2600; price++) publish(price);
    await all;
    assertEquals(seen, Array.from({ length: 2100 }, (_, i) => i + 501));
  }));

Deno.test("follow: who wants it sparse sees from the beginning on, then all that the server has, once and in order", () =>
  withHub(async (hub, client) => {
    const publish = (equity: number) => hub.publish("pnl", "", { equity }, BigInt(equity));
    for (let equity = 1; equity <= 5000; equity++) publish(equity);
    const seen: number[] = [];
    const all = new Promise<void>((resolve) => {
      const stop = follow(client, { channel: "pnl", symbol: "", most: 1000, sparse: true }, ({ data }) => {
        seen.push(data.equity as number);
        if (data.equity !== 5001) return;
        stop();
        resolve();
      });
    });
    await client.presence();
    publish(5001);
    await all;
    const before = seen.filter((equity) => equity <= 4000);
    assertEquals(before, Array.from({ length: 500 }, (_, i) => 1 + 8 * i));
    assertEquals(seen.slice(500), Array.from({ length: 1001 }, (_, i) => 4001 + i));
  }));

Deno.test("follow: several symbols' past comes by time, and a symbol that is new comes as it is", () =>
  withHub(async (hub, client) => {
    const alert = (symbol: string, message: string, time: bigint) =>
      hub.publish("alerts", symbol, { code: "DRAWDOWN", severity: "info", message }, time);
    alert("A", "second", 2n);
    alert("", "first", 1n);
    const seen: string[] = [];
    const all = new Promise<void>((resolve) => {
      const stop = follow(client, { channel: "alerts", symbol: "*", past: ["", "A"], most: 10 }, ({ data }) => {
        seen.push(data.message);
        if (seen.length < 3) return;
        stop();
        resolve();
      });
    });
    await client.presence();
    alert("B", "third", 3n);
    await all;
    assertEquals(seen, ["first", "second", "third"]);
  }));

Deno.test("follow: where there is no past, and none is told, all that happens is heard", () =>
  withHub(async (hub, client) => {
    const next = new Promise<number>((resolve) => {
      const stop = follow(client, { channel: "trades", symbol: "A", most: 10 }, ({ data }) => {
        stop();
        resolve(data.price);
      });
    });
    await client.presence();
    hub.publish("trades", "A", { price: 7, size: 1, side: null }, 1n);
    assertEquals(await next, 7);
  }));
