import { assert, assertEquals, assertRejects } from "@std/assert";
import { CapturedBinance, capturedLines, oneInstrument } from "../../tests/captured_binance.ts";
import { LocalExchange } from "../../tests/local_exchange.ts";
import { sharedData } from "../../tests/shared_data.ts";
import { Rng } from "../core/rng.ts";
import type { Row, RowSink } from "../feed/row.ts";
import { RowOrder } from "../feed/row_order.ts";
import type { TapeReader } from "../feed/tape_reader.ts";
import { ScriptedBinance } from "../live/binance/_scripted_market.ts";
import { ScriptedCoinbase } from "../live/coinbase/_scripted_market.ts";
import type { Exchange, FrameSink } from "../live/exchange.ts";
import { exchange } from "../live/exchanges.ts";
import { ScriptedKraken } from "../live/kraken/_scripted_market.ts";
import type { LiveEvent } from "../live/live_event.ts";
import { convert } from "./convert.ts";
import { machineTools } from "./machine_tools.ts";
import { openTape } from "./open_tape.ts";
import { record, type RecordOptions } from "./record.ts";

const CAPTURES = [
  ["binance-spot", sharedData("binance/spot_btcusdt_20240808.gz"), ["0.01", "0.00000001"]],
  ["binance-usdm", sharedData("binance/usdm_btcusdt_20240808.gz"), ["0.1", "0.001"]],
] as const;
/** Lines of a capture that are played. */
const LINES = 12_000;

function rowsOf(reader: TapeReader): string[] {
  const out: string[] = [];
  for (let i = 0; i < reader.batches; i++) {
    const { rows, exchange, local, price, size, kind, side, flags } = reader.batch(i);
    const int = (column: Int32Array, row: number) => column[2 * row + 1] * 2 ** 32 + (column[2 * row] >>> 0);
    for (let row = 0; row < rows; row++) {
      const times = [exchange, local].map((column) => new BigInt64Array(column.slice(2 * row, 2 * row + 2).buffer)[0]);
      out.push([...times, int(price, row), int(size, row), kind[row], side[row], flags[row]].join());
    }
  }
  return out;
}

/** The same exchange, whose rows are kept as they are decoded, put in the order of a tape. */
function watched(of: Exchange): { readonly exchange: Exchange; rows(): string[]; lines(): number } {
  const rows: string[] = [];
  let lines = 0;
  const order = new RowOrder({
    take: (records, at, flags) => {
      const int = (word: number) => records[at + word + 1] * 2 ** 32 + (records[at + word] >>> 0);
      const time = (word: number) => new BigInt64Array(records.slice(at + word, at + word + 2).buffer)[0];
      rows.push([time(0), time(2), int(4), int(6), records[at + 10], records[at + 11], flags].join());
    },
  });
  const tee = (sink: RowSink): RowSink => ({
    row: sink.row,
    add() {
      Object.assign(order.row, sink.row satisfies Row);
      order.add();
      sink.add();
    },
  });
  return {
    exchange: {
      ...of,
      market: ({ into, ...options }, tools) => {
        const teed = new Map([...into].map(([symbol, each]) => [symbol, { ...each, sink: tee(each.sink) }]));
        const record = {
          line: (...given: Parameters<FrameSink["line"]>) => {
            if (given[0] !== "") lines++;
            options.record!.line(...given);
          },
          refused: (symbol: string) => options.record!.refused(symbol),
        };
        return of.market({ ...options, into: teed, record }, tools);
      },
    },
    rows() {
      order.end();
      return rows;
    },
    lines: () => lines,
  };
}

function begin(options: Pick<RecordOptions, "exchange" | "symbols" | "endpoints" | "out"> & Partial<RecordOptions>) {
  const events: LiveEvent[] = [], abort = new AbortController();
  const recording = record({ tools: machineTools((event) => events.push(event)), signal: abort.signal, ...options });
  recording.catch(() => {});
  return {
    events,
    recording,
    stop: () => abort.abort(),
    told: (name: string) => events.some((event) => event.name === name),
  };
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The frames of an instrument as a tape of their own. */
async function converted(folder: string, symbol: string, format: string, tape: TapeReader): Promise<string[]> {
  const { tick, lot, ...instrument } = tape.meta.instrument, out = `${folder}/converted.arrow`;
  const names = [...Deno.readDirSync(`${folder}/frames`)].map(({ name }) => name).sort();
  const sources = names.filter((name) => name.startsWith(`${symbol}.`)).map((name) => `${folder}/frames/${name}`);
  await convert({ sources, format, out, tick, lot, instrument });
  const { reader, close } = openTape(out);
  const rows = rowsOf(reader);
  close();
  return rows;
}

for (const [venue, capture, steps] of CAPTURES) {
  const absent = capture === undefined ? " (ignored: ../shared/data is not there)" : "";
  Deno.test({
    name:
      `record: ${venue} from a server that plays a capture: rows as decoded live, and as its frames convert${absent}`,
    ignore: !capture,
    async fn() {
      const folder = Deno.makeTempDirSync();
      const lines = capturedLines("BTCUSDT", capture!).slice(0, LINES);
      const market = new CapturedBinance(lines, oneInstrument("BTCUSDT", steps));
      await using server = await LocalExchange.serve(market);
      const watch = watched(exchange(venue)), { endpoints } = server;
      const { recording, stop, told } = begin({
        exchange: watch.exchange,
        symbols: ["BTCUSDT"],
        endpoints,
        out: folder,
        rotate: { bytes: 1_000_000 },
      });
      await until(() => server.peers === (venue === "binance-usdm" ? 2 : 1));
      await until(() => market.subscribed >= 3);
      await server.play();
      await until(() => told("MARKET_WHOLE") && watch.lines() > market.delivered);
      stop();
      const { gaps, lines: taken } = await recording;
      assert(taken > LINES * 0.8 && gaps === 0, `${taken} lines, ${gaps} gaps`);
      const { reader, close } = openTape(`${folder}/BTCUSDT`);
      const recorded = rowsOf(reader), live = watch.rows();
      assert(recorded.length > LINES);
      assertEquals([recorded.length, recorded.findIndex((row, i) => row !== live[i])], [live.length, -1]);
      const again = await converted(folder, "BTCUSDT", "binance", reader);
      close();
      assertEquals([again.length, again.findIndex((row, i) => row !== live[i])], [live.length, -1]);
      assertEquals(reader.meta.counts.gap, undefined);
      Deno.removeSync(folder, { recursive: true });
    },
  });
}

const nowNs = () => BigInt(Date.now()) * 1_000_000n;
const MADE = [
  ["binance-spot", ["BTCUSDT", "ETHUSDT"], ScriptedBinance.bind(null, "spot")],
  ["kraken", ["BTC/USD", "ETH/USD"], ScriptedKraken],
  ["coinbase", ["BTC-USD", "ETH-USD"], ScriptedCoinbase],
] as const;

for (const [venue, symbols, Market] of MADE) {
  Deno.test(`record: ${venue} with frames lost and garbled, a connection cut: each capture decodes to its tape`, async () => {
    const folder = Deno.makeTempDirSync(), rng = new Rng(11);
    await using server = await LocalExchange.serve(new Market(symbols, { rng: new Rng(1), nowNs }));
    server.through = (text) => {
      const draw = rng.int(200);
      return draw === 0 ? [] : draw === 1 ? [text.slice(0, text.length >> 1)] : draw === 2 ? [text, text] : [text];
    };
    const of = exchange(venue), out = folder, { endpoints } = server;
    const { recording, stop, told } = begin({ exchange: of, symbols, endpoints, out, rotate: { bytes: 20_000 } });
    for (let i = 0; !told("MARKET_WHOLE") || i < 150; i++) {
      await server.play(10, 1);
      if (i === 100) server.cut();
    }
    stop();
    const { gaps } = await recording;
    assert(gaps > 0);
    for (const symbol of symbols) {
      const name = symbol.replace("/", "-"), { reader, close } = openTape(`${folder}/${name}`);
      const recorded = rowsOf(reader), again = await converted(folder, name, of.format, reader);
      assertEquals([again.length, again.findIndex((row, i) => row !== recorded[i])], [recorded.length, -1], symbol);
      assert((reader.meta.counts.gap ?? 0) > 0);
      close();
    }
    const report = JSON.parse(Deno.readTextFileSync(`${folder}/gaps.0001.json`));
    assert(report.connections["market stream"].count > 0 && Object.keys(report.books).length > 0);
    Deno.removeSync(folder, { recursive: true });
  });
}

Deno.test("record: what the exchange does not list, or cannot be written, is an error; what was recorded is kept", async () => {
  const folder = Deno.makeTempDirSync(), out = `${folder}/made`;
  await using server = await LocalExchange.serve(new ScriptedBinance("spot", ["BTCUSDT"], { rng: new Rng(1), nowNs }));
  const about = { exchange: exchange("binance-spot"), endpoints: server.endpoints, out };
  await assertRejects(() => begin({ ...about, symbols: ["BTCUSTD"] }).recording, RangeError, "did you mean BTCUSDT?");
  const { recording, told } = begin({ ...about, symbols: ["BTCUSDT"], forMs: 200 });
  while (!told("MARKET_WHOLE")) await server.play(10, 1);
  await server.play(100, 1);
  const { gaps, lines } = await recording;
  assert(gaps === 0 && lines > 10, `${gaps} ${lines}`);
  const other = begin({ ...about, symbols: ["BTCUSDT"] });
  while (!other.told("MARKET_WHOLE")) await server.play(10, 1);
  // The next chunk finds no file to go to.
  Deno.removeSync(`${out}/frames`, { recursive: true });
  Deno.writeTextFileSync(`${out}/frames`, "");
  const failing = assertRejects(() => other.recording, Error, "os error");
  while (!other.told("JOURNAL_FAILED")) await server.play(10, 1);
  await failing;
  const { reader, close } = openTape(`${out}/BTCUSDT`);
  assert((reader.meta.counts.gap ?? 0) >= 1 && reader.meta.incomplete !== undefined);
  close();
  Deno.removeSync(folder, { recursive: true });
});
