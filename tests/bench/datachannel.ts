import { localPeers } from "../../transport/link/_local_peers.ts";
import { DataChannelLink } from "../../transport/link/datachannel.ts";
import { type BenchOptions, type BenchRow, runsOf } from "./bench.ts";

/** The most that the sender lets wait, as the hub's window does. */
const WINDOW_BYTES = 262_144;

/** Messages of 200 B over one data channel, each a frame of its own; both ends in this process, over loopback. */
export async function* benchDataChannel(options: BenchOptions): AsyncGenerator<BenchRow> {
  const count = options.quick ? 20_000 : 200_000;
  const { rtc, one, other } = await localPeers("bench");
  const from = new DataChannelLink(one.connection, one.channel),
    to = new DataChannelLink(other.connection, other.channel);
  const values: number[] = [];
  for (let run = 0; run < runsOf(options); run++) values.push(count / await secondsOf(from, to, count) / 1000);
  from.terminate();
  to.terminate();
  await rtc.release();
  const note = `${count} frames of 200 B, reliable and in order, both ends in one process`;
  yield { what: "data channel", values, unit: "k msg/s", bar: 15, note };
}

async function secondsOf(from: DataChannelLink, to: DataChannelLink, count: number): Promise<number> {
  let heard = 0;
  const all = Promise.withResolvers<void>();
  to.onFrame = () => {
    if (++heard === count) all.resolve();
  };
  const frame = new Uint8Array(200);
  const start = performance.now();
  for (let sent = 0; sent < count;) {
    while (sent < count && from.buffered < WINDOW_BYTES) {
      from.send(frame);
      sent++;
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
  await all.promise;
  return (performance.now() - start) / 1000;
}
