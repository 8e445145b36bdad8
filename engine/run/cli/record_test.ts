import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LocalExchange } from "../../../tests/local_exchange.ts";
import { Rng } from "../../core/rng.ts";
import { ScriptedBinance } from "../../live/binance/_scripted_market.ts";
import { openSource } from "../open_source.ts";
import { openTape } from "../open_tape.ts";
import { ended, inFolder, lockstep, program, project } from "./_lockstep.ts";
import { EXIT } from "./exit_codes.ts";

const nowNs = () => BigInt(Date.now()) * 1_000_000n;
const made = () => LocalExchange.serve(new ScriptedBinance("spot", ["BTCUSDT", "ETHUSDT"], { rng: new Rng(1), nowNs }));

/** What a process has said, while the market goes on, until it says `wanted`. */
async function saying(exchange: LocalExchange, process: Deno.ChildProcess, wanted: string): Promise<string> {
  const reader = process.stderr.getReader();
  let said = "", over = false;
  const reading = (async () => {
    while (!said.includes(wanted)) {
      const { value, done } = await reader.read();
      if (done) break;
      said += new TextDecoder().decode(value);
    }
    over = true;
  })();
  while (!over) await exchange.play(10, 1);
  await reading;
  reader.releaseLock();
  return said;
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

async function linesIn(path: string): Promise<number> {
  let lines = 0;
  for await (const piece of openSource(path)) lines += piece.filter((byte) => byte === 10).length;
  return lines;
}

Deno.test("lockstep record: killed at any time it goes on where it was, and run --tape plays what there is", () =>
  inFolder(async (folder) => {
    await using exchange = await made();
    const out = `${folder}/tapes`;
    const args = ["record", "binance-spot:BTCUSDT,ETHUSDT", ...exchange.flags, "--out", out, "--sync", "segment"];
    const first = program(args, folder), said = await saying(exchange, first, "ETHUSDT: the book is whole");
    assertStringIncludes(
      said,
      "Recording BTCUSDT (tick 0.1, lot 0.001), ETHUSDT (tick 0.1, lot 0.001) of binance-spot to ",
    );
    const frames = `${out}/frames/BTCUSDT.0001.zst`;
    while (sizeOf(frames) < 2000) await exchange.play(10, 1);
    first.kill("SIGKILL");
    await first.status;
    const size = sizeOf(frames);
    // As if it had been killed while it wrote.
    Deno.writeFileSync(frames, new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0, 88, 1]), { append: true });

    const second = program([...args, "--json"], folder),
      again = await saying(exchange, second, "ETHUSDT: the book is whole");
    assertStringIncludes(again, "Cut 7 bytes that a crash left torn off frames/BTCUSDT.0001.zst");
    assertStringIncludes(again, "Gave BTCUSDT/0001.arrow the end that it lacked, behind ");
    assertEquals(Deno.statSync(frames).size, size);
    while (sizeOf(`${out}/frames/BTCUSDT.0002.zst`) < 2000) await exchange.play(10, 1);
    second.kill("SIGINT");
    const { code, out: json } = await ended(second);
    assertEquals([code, JSON.parse(json).gaps], [EXIT.OK, 0]);
    assert(await linesIn(frames) > 50 && await linesIn(`${out}/frames/BTCUSDT.0002.zst`) > 50);
    const report = JSON.parse(Deno.readTextFileSync(`${out}/gaps.0002.json`));
    assertEquals([report.stops.length, report.torn.length >= 1], [1, true]);
    assertStringIncludes(Deno.readTextFileSync(`${out}/gaps.0002.txt`), "the recorder was killed");

    const run = await lockstep(
      "run",
      project("strategies/touch_maker.ts"),
      "--tape",
      `${out}/BTCUSDT`,
      "--no-out",
      "--json",
    );
    assertEquals(run.code, EXIT.OK, run.err);
    const { reader, close } = openTape(`${out}/BTCUSDT`);
    assertEquals(JSON.parse(run.out).events > 100, true);
    assertEquals(reader.meta.instrument.symbol, "BTCUSDT");
    close();
    const wrong = await lockstep("run", project("strategies/touch_maker.ts"), "--tape", out, "--no-out");
    assertStringIncludes(wrong.err, `give one of its tapes: ${out}/BTCUSDT, ${out}/ETHUSDT`);
  }));

Deno.test("lockstep record: what does not fit is said before anything is made", () =>
  inFolder(async (folder) => {
    await using exchange = await made();
    const cases: readonly (readonly [readonly string[], number, string])[] = [
      [["binance-sopt:BTCUSDT"], EXIT.USAGE, "there is no such exchange; did you mean binance-spot?"],
      [["binance-spot"], EXIT.USAGE, "it names no exchange and instruments"],
      [["binance-spot:BTCUSTD"], EXIT.INPUT, "binance-spot does not list it; did you mean BTCUSDT?"],
      [["binance-spot:BTCUSDT", "--rotate", "often"], EXIT.USAGE, '"often" is not like 10ms'],
      [["binance-spot:BTCUSDT", "--sync", "sometimes"], EXIT.USAGE, "Cannot sync"],
      [["binance-spot:BTCUSDT", "--for", "soon"], EXIT.USAGE, "soon"],
      [["kraken:BTC/USD", "--testnet"], EXIT.USAGE, "the test network of kraken: it has none"],
    ];
    for (const [args, code, told] of cases) {
      const said = await lockstep("record", ...args, ...exchange.flags, "--out", `${folder}/out`);
      assertEquals(said.code, code, said.err);
      assertStringIncludes(said.err, told);
    }
    assertEquals([...Deno.readDirSync(folder)], []);
  }));
