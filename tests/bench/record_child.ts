/**
 * Records what a server of this machine plays, as `lockstep record` does. It answers "opened" once all books are whole; then a number, once so
 * many frames have come, with how long those since then took, and how many there are on disk.
 *
 * Arguments: the server's port, the instruments, a folder.
 *
 * @module
 */
import process from "node:process";
import { exchange } from "../../engine/live/exchanges.ts";
import { machineTools } from "../../engine/run/machine_tools.ts";
import { record } from "../../engine/run/record.ts";
import { CountedFrames } from "../counted_frames.ts";
import { streamedFrames } from "../streamed_frames.ts";
import { BufferedLines } from "./lines.ts";

const [port, names, out] = Deno.args, symbols = names.split(",");
const host = `127.0.0.1:${port}`,
  endpoints = { rest: `http://${host}`, market: `ws://${host}`, orders: `ws://${host}` };
const ending = new AbortController(), opened = Promise.withResolvers<void>();
let whole = 0;
const own = machineTools(({ name }) => {
  if (name === "MARKET_WHOLE" && ++whole === symbols.length) opened.resolve();
});
const frames = new CountedFrames(own.network), tools = { ...own, network: frames.network };
const recording = record({
  ...{ exchange: exchange("binance-spot"), symbols, endpoints, out, tools },
  signal: ending.signal,
  onBegun: () => console.log("{}"),
});
const lines = new BufferedLines(Deno.stdin.readable);
let began = 0, cpuBefore = process.cpuUsage();
for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
  if (line === "opened") {
    await opened.promise;
    [began, cpuBefore] = [performance.now(), process.cpuUsage()];
    console.log("{}");
  } else {
    await frames.until(Number(line));
    const { user, system } = process.cpuUsage(cpuBefore), seconds = (frames.lastMs - began) / 1000;
    ending.abort();
    await recording;
    const written = [...(await streamedFrames(out)).values()].reduce((sum, each) => sum + each, 0);
    console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, written }));
  }
}
Deno.exit(0);
