import { assertEquals, assertRejects } from "@std/assert";
import { KIND_NAMES } from "../core/event.ts";
import { convert, type ConvertOptions } from "./convert.ts";
import { openTape } from "./open_tape.ts";

const TRADES = "time,price,size,side\n" +
  "2024-08-08T15:59:59Z,61659.7,0.001,buy\n2024-08-08T16:00:00Z,61659.8,0.001,buy\n2024-08-08T16:00:01Z,61659.9,0.001,buy\n";
/** Seconds after midnight, type, order, size, price × 10,000, direction. */
const MESSAGES = "57599,1,7,10,2238100,1\n57600.5,1,8,10,2239100,-1\n57601,4,7,2,2238100,1\n";
const EVENTS = "time,kind,value\n2024-08-08T08:00:00Z,funding,0.0001\n2024-08-08T16:00:00Z,funding,-0.0002\n" +
  "2024-08-08T16:00:00.5Z,dividend,0.0625\n2024-08-09T00:00:00Z,funding,0.0003\n";

/** What the last conversion left in its folder. */
let left: readonly string[] = [];

/** Writes the files, converts them with the events, and gives the kinds and prices of the tape's rows. */
async function converted(name: string, text: string, more: Partial<ConvertOptions>, events = EVENTS) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    await Deno.writeTextFile(`${folder}/events.csv`, events);
    const out = `${folder}/x.arrow`;
    const options = { sources: [`${folder}/${name}`], events: `${folder}/events.csv`, format: "trades", out, ...more };
    const report = await convert(options);
    const { reader, close } = openTape(out);
    const { kind, price, rows } = reader.batch(0);
    const seen = Array.from({ length: rows }, (_, i) => `${KIND_NAMES[kind[i]]} ${price[2 * i]}`);
    close();
    return { report, seen, meta: reader.meta };
  } finally {
    left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("convert: events are joined in by time; those outside the market's rows are left out and counted", async () => {
  const { report, seen, meta } = await converted("trades.csv", TRADES, {});
  // The dividend made the tick finer: 0.0625.
  assertEquals(seen, ["trade 616597000", "trade 616598000", "funding -200000", "dividend 625", "trade 616599000"]);
  assertEquals([report.eventsLeftOut, meta.layout, meta.instrument.tick], [2, "l2", "0.0001"]);
  assertEquals(meta.source.files.map(({ name }) => name), ["trades.csv", "events.csv"]);
  assertEquals(meta.counts, { trade: 3, funding: 1, dividend: 1 });
});

Deno.test("convert: events join a tape of single orders as well", async () => {
  const { seen, meta } = await converted("AMZN_2024-08-08_34200000_57600000_message_10.csv", MESSAGES, {
    format: "lobster",
  }, EVENTS.replaceAll("16:00", "20:00"));
  assertEquals(seen, ["add 2238100", "funding -200000", "add 2239100", "dividend 625", "execute 2238100"]);
  assertEquals(meta.layout, "l3");
});

Deno.test("convert: a bad line of the events is told with its file, and bars take none", async () => {
  await assertRejects(
    () => converted("trades.csv", TRADES, {}, EVENTS.replace("dividend", "dividnd")),
    RangeError,
    "events.csv, line 4: kind is dividnd, none of an event; did you mean dividend?",
  );
  const bars = "date,open,high,low,close,volume\n2024-08-08,1,2,1,2,5\n2024-08-09,1,2,1,2,5\n";
  await assertRejects(
    () => converted("bars.csv", bars, { format: "bars" }),
    RangeError,
    "Cannot put events on a tape of bars: it holds bars alone; leave the events out, or convert quotes or trades",
  );
  assertEquals(left, ["bars.csv", "events.csv"]);
  await assertRejects(
    () => converted("trades.csv", TRADES, { events: "no_such_file.csv" }),
    Error,
    "no_such_file.csv",
  );
});
