/** Clients behind a proxy that lets no WebSocket through. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import marketMaker from "../strategies/market_maker.ts";
import { type Client, connect } from "../transport/client/mod.ts";
import { serverDial } from "../transport/client/server_dial.ts";
import { oneSession } from "../transport/host/_one_session.ts";
import { eventually } from "../transport/link/_eventually.ts";
import { ProtocolError } from "../transport/protocol/errors.ts";
import { type Lets, narrowProxy } from "./narrow_proxy.ts";

const CHANNELS = ["trades", "orders", "fills", "alerts"] as const;

/** What a client sees of channels that lose nothing, as texts. */
function seenBy(client: Client): string[] {
  const seen: string[] = [];
  for (const channel of CHANNELS) {
    client.listen(channel, "*", ({ type, symbol, seq, data, timestamp }) => {
      if (type === "update") seen.push(JSON.stringify([channel, symbol, seq, data, String(timestamp)]));
    });
  }
  return seen;
}

const dialOf = (url: string) => serverDial(`${url.replace("http", "ws")}/ws`);

for (const [carrier, lets, codec] of [["sse", "streams", "json"], ["polling", "answers", "msgpack"]] as const) {
  Deno.test(`serverDial: where no WebSocket can be opened and ${lets} get through, ${carrier} has the same feed`, () =>
    oneSession(async ({ url, token }, session) => {
      const proxy = narrowProxy(url, lets satisfies Lets);
      const plain = connect({ dial: dialOf(url), token, codec }),
        narrow = connect({ dial: dialOf(proxy.url), token, codec });
      try {
        const there = [seenBy(plain), seenBy(narrow)];
        await Promise.all([plain.ready(), narrow.ready()]);
        assertEquals([plain.carrier, narrow.carrier, proxy.refused()], ["websocket", carrier, 1]);
        // Whoever asks last is answered when all that was asked for before is.
        await Promise.all([plain.presence(), narrow.presence()]);
        const { code } = await narrow.command({ kind: "clock_step", count: 2000 });
        assertEquals(code, 0);
        const count = () =>
          CHANNELS.reduce(
            (sum, channel) =>
              sum + ["", ...session.symbols].reduce((all, symbol) => all + session.hub.seq(channel, symbol), 0),
            0,
          );
        await eventually(() =>
          session.driver.clock.state === "paused" && there.every(({ length }) => length === count())
        );
        assert(there[0].length > 100);
        const [first, second] = there.map((list) => list.toSorted());
        assertEquals(first, second);
      } finally {
        plain.close();
        narrow.close();
        await proxy.close();
      }
    }, { session: { strategy: marketMaker, cash: { USD: "10000" } } }));
}

Deno.test("serverDial: says what the server says, and where nobody answers what the WebSocket came to", () =>
  oneSession(async ({ url, token }) => {
    const proxy = narrowProxy(url, "streams");
    const client = connect({ dial: dialOf(proxy.url), token: `${token}x` });
    const error = await assertRejects(() => client.ready(), ProtocolError);
    assertEquals(error.data.name, "TOKEN_INVALID");
    client.close();
    await proxy.close();
    const nobody = await assertRejects(
      () => dialOf(proxy.url)({ codec: "json" }),
      ProtocolError,
      "/ws: it was not opened",
    );
    assertEquals(nobody.data.name, "LINK_LOST");
  }));
