/**
 * What a write to a socket takes that does nothing else: 220 bytes, as many as an order's request, over loopback.
 *
 * Without arguments it reads what comes, and says where. With a port and a time in ms it writes there, so far apart; each line that it
 * reads asks for so many seconds of it, and is answered with what each took, in µs.
 *
 * @module
 */
import net from "node:net";
import { BufferedLines } from "./lines.ts";

const BYTES = 220;
/** The first ones are not counted: by their end all code is compiled as it will be. */
const WARM_UP = 3000;

const [port, everyMs] = Deno.args;
if (port === undefined) {
  const server = net.createServer((socket) => socket.resume());
  server.listen(0, "127.0.0.1", () => console.log(JSON.stringify(server.address())));
  for await (const _ of Deno.stdin.readable);
} else {
  const socket = net.connect({ port: Number(port), host: "127.0.0.1", noDelay: true });
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  const write = () => {
    const bytes = new Uint8Array(BYTES), began = performance.now();
    socket.write(bytes);
    return (performance.now() - began) * 1000;
  };
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  for (let i = 0; i < WARM_UP; i++) {
    write();
    if (i % 10 === 0) await wait(1);
  }
  console.log("{}");
  const lines = new BufferedLines(Deno.stdin.readable);
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
    const took: number[] = [], ends = performance.now() + Number(line) * 1000;
    while (performance.now() < ends) {
      await wait(Number(everyMs));
      took.push(write());
    }
    console.log(JSON.stringify(took));
  }
}
Deno.exit(0);
