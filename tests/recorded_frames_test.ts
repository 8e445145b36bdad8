/** A recorder over real sockets, with a server in a process of its own: what was sent is on disk. */
import { assertEquals } from "@std/assert";
import { Talk } from "./bench/talk.ts";

Deno.test("record: each frame that a server sends of several instruments is on disk, however fast they come", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using server = new Talk("../made_spot_server.ts", ["3"]);
    const { port, symbols } = await server.hear<{ port: number; symbols: string[] }>();
    await using recorder = new Talk("record_child.ts", [String(port), symbols.join(), folder]);
    await recorder.hear();
    let sent = 0;
    for (const [rate, frames] of [[1000, 200], [1e9, 10_000]]) {
      const played = await server.ask<{ sent: Record<string, number> }>({ rate, frames });
      for (const count of Object.values(played.sent)) sent += count;
      if (rate === 1000) await recorder.ask("opened");
    }
    const { written } = await recorder.ask<{ written: number }>(sent);
    assertEquals([sent, written], [10_200, 10_200]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
