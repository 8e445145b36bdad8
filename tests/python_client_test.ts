/** A client that was written from PROTOCOL.md alone, in another language, against a hub over a WebSocket. */
import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { greet } from "../transport/hub/greet.ts";
import { Hub } from "../transport/hub/hub.ts";
import { serveHttp } from "../transport/link/http_server.ts";
import { acceptWebSockets } from "../transport/link/websocket_server.ts";
import { bookChecksum } from "../transport/protocol/book_checksum.ts";
import { codecOf } from "../transport/protocol/codecs.ts";
import type { ChannelMessage } from "../transport/protocol/messages.ts";
import { viewDigest } from "../transport/protocol/view_digest.ts";
import { NO_PYTHON, pythonClient, systemPython } from "./system_python.ts";

const python = await systemPython();

Deno.test({
  name: `python_client: book, checksums and digest are the hub's${python ? "" : NO_PYTHON}`,
  ignore: python === undefined,
  async fn() {
    const market = new Market();
    const instrument = {
      symbol: "BTC",
      venue: "sim",
      kind: "linear",
      tick: "0.1",
      lot: "1",
      multiplier: "1",
      currency: "X",
    };
    const hub = new Hub({
      session: "demo",
      mode: "backtest",
      live: false,
      instruments: [instrument],
      commands: [],
      snapshot: (channel) => channel === "book" ? market.book() : undefined,
    });
    const http = await serveHttp({ app: new Hono() });
    const joined = Promise.withResolvers<void>();
    acceptWebSockets(http, {
      path: "/ws",
      onLink: (link, { codec }) => {
        void greet(link, codecOf(codec), {
          authenticate: ({ token }) => ({ name: token ?? "nobody", scopes: ["read"] }),
          hubOf: () => hub,
        }).then((connection) => {
          const look = setInterval(() => {
            if (connection?.subscriptions.length !== 2) return;
            clearInterval(look);
            joined.resolve();
          }, 2);
        });
      },
    });
    for (let i = 0; i < 100; i++) market.publish(hub);
    const client = pythonClient(python as string, ["127.0.0.1", `${http.port}`, "BTC"]);
    await Promise.race([joined.promise, client.ended]);
    market.fills.length = 0; // before it came nobody promised it anything
    for (let i = 0; i < 2000; i++) {
      market.publish(hub);
      if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    hub.close();
    const { checked, ...seen } = await client.view();
    await http.close(0);
    assertEquals(seen, {
      digest: await viewDigest(market.fills),
      fills: market.fills.length,
      book: 2100,
      checksum: market.book().checksum,
      gaps: 0,
    });
    assertEquals(checked > 1, true);
  },
});

/** A book that changes and fills that come, the same each time. */
class Market {
  readonly fills: ChannelMessage[] = [];
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  #state = 12_345;
  #time = 1_700_000_000_123_456_789n;

  /** The best levels first, with their checksum. */
  book(): { bids: [number, number][]; asks: [number, number][]; checksum: number } {
    const bids = [...this.#bids].sort(([a], [b]) => b - a), asks = [...this.#asks].sort(([a], [b]) => a - b);
    return { bids, asks, checksum: bookChecksum(bids, asks) };
  }

  publish(hub: Hub): void {
    const draw = this.#draw(1_000_000), buys = draw % 2 === 0;
    const level: [number, number] = [buys ? -1 - draw % 37 : draw % 37, draw % 5];
    const side = buys ? this.#bids : this.#asks;
    if (level[1] > 0) side.set(...level);
    else side.delete(level[0]);
    this.#time += 1_000n;
    const { checksum } = this.book();
    const data = { bids: buys ? [level] : [], asks: buys ? [] : [level], ...(draw % 8 === 0 ? { checksum } : {}) };
    const seq = hub.publish("book", "BTC", data, this.#time);
    if (seq % 3 > 0) return;
    const fill = {
      order: seq,
      side: buys ? "buy" : "sell",
      price: level[0],
      size: 1,
      maker: draw % 3 === 0,
      fee: "-0.00012500",
      currency: "“X”\u001f",
    };
    const at = hub.publish("fills", "BTC", fill, this.#time);
    this.fills.push({
      type: "update",
      channel: "fills",
      symbol: "BTC",
      data: fill,
      timestamp: this.#time,
      seq: at,
      prev: at - 1,
    });
  }

  #draw(below: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(this.#state / 4_294_967_296 * below);
  }
}
