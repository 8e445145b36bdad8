import type { Network } from "../engine/live/network.ts";
import { watchedNetwork } from "./watched_network.ts";

/** Between two looks, and after how many of them without a frame no more will come: half a minute. */
const LOOK_MS = 50, LOOKS = 600;

/** Counts the frames of streams that come over a network. */
export class CountedFrames {
  readonly network: Network;
  count = 0;
  /** When the last one came, in ms. */
  lastMs = 0;

  constructor(network: Network) {
    this.network = watchedNetwork(network, {
      heard: (text) => {
        if (!text.startsWith('{"stream"')) return;
        this.count++;
        this.lastMs = performance.now();
      },
    });
  }

  /** Resolves when so many have come, or when no more do. */
  async until(count: number): Promise<void> {
    let before = this.count;
    for (let looks = 0; this.count < count && looks < LOOKS; looks++) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      if (this.count !== before) looks = 0;
      before = this.count;
    }
  }
}
