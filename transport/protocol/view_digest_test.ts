import { assertEquals, assertNotEquals } from "@std/assert";
import { SAMPLES } from "./_samples.ts";
import { CODEC_NAMES } from "./codec.ts";
import { loadCodec } from "./codecs.ts";
import { type ChannelMessage, isChannelMessage } from "./messages.ts";
import { viewDigest } from "./view_digest.ts";

const messages = SAMPLES.map(({ message }) => message).filter(isChannelMessage);

function trade(seq: number, symbol = "BTC"): ChannelMessage {
  const data = { price: 100 + seq, size: 1, side: null };
  return { type: "update", channel: "trades", symbol, data, timestamp: BigInt(seq), seq, prev: seq - 1 };
}

Deno.test("viewDigest: it is the same through every codec", async () => {
  const digest = await viewDigest(messages);
  for (const name of CODEC_NAMES) {
    const codec = await loadCodec(name);
    const seen = codec.decode(codec.frame(messages.map((message) => codec.encode(message))), "server");
    assertEquals(await viewDigest(seen.filter(isChannelMessage)), digest, name);
  }
});

Deno.test("viewDigest: order of arrival, twice the same, other channels and chains do not matter; what was seen does", async () => {
  const digest = await viewDigest([trade(1), trade(2), trade(10), trade(1, "ETH")]);
  const book = messages.find(({ channel }) => channel === "book") as ChannelMessage;
  const other = [trade(1, "ETH"), trade(10), book, trade(2), trade(2), { ...trade(1), prev: 7 }];
  assertEquals(await viewDigest(other), digest);
  assertNotEquals(await viewDigest([trade(1), trade(2), trade(1, "ETH")]), digest);
  assertNotEquals(await viewDigest([trade(1), trade(2), { ...trade(10), timestamp: 11n }, trade(1, "ETH")]), digest);
});

Deno.test("viewDigest: nothing seen is the digest of nothing", async () => {
  assertEquals(await viewDigest([]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});
