import { linkConformance } from "./_conformance.ts";
import { localPeers } from "./_local_peers.ts";
import { DataChannelLink } from "./datachannel.ts";

linkConformance("data channel", async ({ text, frameBytesMax, clientFrameBytesMax = frameBytesMax }) => {
  const { rtc, one, other } = await localPeers();
  let left = 2;
  const gone = Promise.withResolvers<void>();
  const onFree = () => {
    if (--left > 0) return;
    gone.resolve();
  };
  const server = new DataChannelLink(one.connection, one.channel, { text, frameBytesMax, onFree });
  const client = new DataChannelLink(other.connection, other.channel, {
    text,
    frameBytesMax: clientFrameBytesMax,
    onFree,
  });
  return {
    server,
    client,
    async dispose() {
      await gone.promise;
      rtc.release();
    },
  };
});
