import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LocalExchange } from "../../../tests/local_exchange.ts";
import { Rng } from "../../core/rng.ts";
import { ScriptedCoinbase } from "../../live/coinbase/_scripted_market.ts";
import { ScriptedKraken } from "../../live/kraken/_scripted_market.ts";
import { ScriptedBinance } from "../../live/binance/_scripted_market.ts";
import { pause } from "../../live/pause.ts";
import { systemTimers } from "../../live/timers.ts";
import { isFile } from "../find_run.ts";
import { convert } from "../convert.ts";
import { openTape } from "../open_tape.ts";
import { parity } from "../parity/parity.ts";
import { verify } from "../verify.ts";
import { ended, inFolder, lockstep, program, project } from "./_lockstep.ts";
import { EXIT } from "./exit_codes.ts";

const MAKER = project("strategies/touch_maker.ts");
const nowNs = () => BigInt(Date.now()) * 1_000_000n;

function served(market: "spot" | "usdm", symbols = ["BTCUSDT", "ETHUSDT"]): Promise<LocalExchange> {
  return LocalExchange.serve(new ScriptedBinance(market, symbols, { rng: new Rng(1), nowNs }));
}

/** Plays on until `work` is done. */
async function alongside<T>(exchange: LocalExchange, work: Promise<T>): Promise<T> {
  let over = false;
  const done = work.finally(() => over = true);
  while (!over) await exchange.play(10, 1);
  return await done;
}

for (const [market, venue] of [["spot", "binance-spot"], ["usdm", "binance-usdm"]] as const) {
  Deno.test(`lockstep run --paper ${venue}: trades on a market as it comes, and its recording proves it`, () =>
    inFolder(async (folder) => {
      await using exchange = await served(market);
      const line = ["--paper", `${venue}:BTCUSDT,ETHUSDT`, ...exchange.flags, "--out", folder, "--latency", "2ms"];
      const more = ["--set", "interval=50ms", "--for", "2s", "--json"];
      const { code, out, err } = await alongside(exchange, lockstep("run", MAKER, ...line, ...more));
      assertEquals(code, EXIT.OK, err);
      assertStringIncludes(err, `${venue} BTCUSDT: the book is whole (MARKET_WHOLE)`);
      const result = JSON.parse(out), [{ name }] = [...Deno.readDirSync(folder)], run = `${folder}/${name}`;
      assertEquals([name, result.incomplete], [`touch_maker-${venue}-BTCUSDT+1-1`, undefined]);
      assert(result.trades > 0 && result.events > 100, `${result.trades} ${result.events}`);
      const report = await verify(run);
      assertEquals([report.equal, report.digest, report.difference], [true, result.digest, undefined]);
      assertEquals((await parity(run)).ok, true);
      const tape = openTape(`${run}/ETHUSDT.arrow`);
      const { symbol, tick, lot, currency } = tape.reader.meta.instrument;
      tape.close();
      assertEquals([symbol, tick, lot, currency], ["ETHUSDT", "0.1", "0.001", "USDT"]);
      assert(Deno.statSync(`${run}/market/frames/ETHUSDT.0001.zst`).size > 1000);
      assertEquals([...Deno.readDirSync(run)].filter(({ name }) => name.endsWith(".arrivals")), []);
    }));
}

const OTHERS = [["kraken", "BTC/USD", ScriptedKraken], ["coinbase", "BTC-USD", ScriptedCoinbase]] as const;
for (const [venue, symbol, Market] of OTHERS) {
  Deno.test(`lockstep run --paper ${venue}: its frames are recorded too, where --record says, and make its tape again`, () =>
    inFolder(async (folder) => {
      await using exchange = await LocalExchange.serve(new Market([symbol], { rng: new Rng(1), nowNs }));
      const to = ["--out", `${folder}/out`, "--record", `${folder}/kept`];
      const line = ["--paper", `${venue}:${symbol}`, ...exchange.flags, ...to, "--for", "1s", "--json"];
      const { code, err } = await alongside(exchange, lockstep("run", MAKER, ...line, "--set", "interval=50ms"));
      assertEquals(code, EXIT.OK, err);
      const [{ name }] = [...Deno.readDirSync(`${folder}/out`)], report = await verify(`${folder}/out/${name}`);
      assertEquals([report.equal, report.difference], [true, undefined]);
      const frames = `${folder}/kept/frames/BTC-USD.0001.zst`, format = venue === "kraken" ? "kraken_v2" : venue;
      const { meta } = await convert({ sources: [frames], format, out: `${folder}/again.arrow` });
      assert(meta.rows > 100 && meta.gaps.count === 0, `${meta.rows} ${meta.gaps.count}`);
      assertStringIncludes(Deno.readTextFileSync(`${folder}/kept/gaps.0001.txt`), "nothing is missing");
    }));
}

Deno.test("lockstep run --paper: Ctrl-C ends it in good order, with its result", () =>
  inFolder(async (folder) => {
    await using exchange = await served("spot");
    const args = ["run", MAKER, "--paper", "binance-spot:BTCUSDT", ...exchange.flags, "--out", folder];
    const process = program(args, folder), reader = process.stderr.getReader();
    let said = "";
    const whole = (async () => {
      while (!said.includes("MARKET_WHOLE")) {
        const { value, done } = await reader.read();
        if (done) break;
        said += new TextDecoder().decode(value);
      }
      reader.releaseLock();
    })();
    await alongside(exchange, whole);
    await exchange.play(100, 1);
    process.kill("SIGINT");
    const { code, out } = await alongside(exchange, ended(process));
    assertEquals(code, EXIT.OK, said);
    assertStringIncludes(said, "Its folder is touch_maker-binance-spot-BTCUSDT-1");
    assertStringIncludes(out, "Wrote ");
    const report = await verify(`${folder}/touch_maker-binance-spot-BTCUSDT-1`, { strategy: MAKER });
    assertEquals([report.equal, report.closing?.incomplete], [true, null]);
  }));

Deno.test("lockstep parity, verify: a paper session is certified while it goes on, and once it was killed", () =>
  inFolder(async (folder) => {
    await using exchange = await served("spot");
    const args = ["--paper", "binance-spot:BTCUSDT,ETHUSDT", ...exchange.flags, "--out", folder, "--latency", "2ms"];
    const process = program(["run", MAKER, ...args, "--set", "interval=50ms"], folder);
    const run = `${folder}/touch_maker-binance-spot-BTCUSDT+1-1`, arrived = `${run}/ETHUSDT.arrivals`;
    const certified = async () => {
      const certificate = await alongside(exchange, lockstep("parity", run, "--strategy", MAKER, "--json"));
      assertEquals(certificate.code, EXIT.OK, certificate.err + certificate.out);
      const { kind, ok, until, decisions: { made } } = JSON.parse(certificate.out);
      assertEquals([kind, ok], ["paper", true]);
      const verified = await alongside(exchange, lockstep("verify", run, "--strategy", MAKER));
      assertEquals(verified.code, EXIT.OK, verified.err + verified.out);
      assertStringIncludes(verified.out, "it goes on, or was killed: compared up to");
      return { until: BigInt(until), made };
    };
    const grown = async (bytes: number) => {
      while (!isFile(arrived) || Deno.statSync(arrived).size < bytes) await exchange.play(10, 1);
    };
    await grown(20_000);
    const during = await certified();
    await grown(Deno.statSync(arrived).size + 20_000);
    process.kill("SIGKILL");
    await Promise.all([process.stdout.cancel(), process.stderr.cancel()]);
    assertEquals((await process.status).signal, "SIGKILL");
    const after = await certified();
    assert(during.made > 0 && after.made >= during.made && after.until > during.until, `${during.made} ${after.made}`);
    assertStringIncludes(Deno.readTextFileSync(`${run}/parity.html`), "certified up to");
  }));

Deno.test("lockstep run --paper: a connection that is cut leaves a gap on the tape, and the run is proved with it", () =>
  inFolder(async (folder) => {
    await using exchange = await served("spot", ["BTCUSDT"]);
    const line = ["--paper", "binance-spot:BTCUSDT", ...exchange.flags, "--out", folder, "--for", "4s", "--json"];
    const running = lockstep("run", MAKER, ...line, "--set", "interval=50ms");
    const cutting = (async () => {
      while (exchange.peers === 0) await exchange.play(1, 1);
      await exchange.play(100, 1);
      exchange.cut();
    })();
    const { code, out, err } = await alongside(exchange, Promise.all([running, cutting]).then(([said]) => said));
    assertEquals(code, EXIT.OK, err);
    assertStringIncludes(err, "the market stream ended (1006); the book is stale (MARKET_GAP)");
    const run = `${folder}/touch_maker-binance-spot-BTCUSDT-1`, tape = openTape(`${run}/BTCUSDT.arrow`);
    assertEquals(tape.reader.meta.gaps.count, 1);
    tape.close();
    const report = await verify(run);
    assertEquals([report.equal, report.digest], [true, JSON.parse(out).digest]);
  }));

Deno.test("lockstep kill: a paper session is killed by it, its webhook hears of that, and its journal makes it again", () =>
  inFolder(async (folder) => {
    await using exchange = await served("spot");
    const posted: string[] = [];
    await using hook = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      posted.push((await request.json()).text);
      return new Response();
    });
    const posts = ["--alert-webhook", `http://127.0.0.1:${hook.addr.port}/hook`, "--alert-level", "critical"];
    const line = ["--paper", "binance-spot:BTCUSDT", ...exchange.flags, "--out", folder, "--set", "interval=50ms"];
    const running = alongside(exchange, lockstep("run", MAKER, ...line, ...posts, "--for", "3s", "--json"));
    const run = `${folder}/touch_maker-binance-spot-BTCUSDT-1`;
    while (!isFile(`${run}/journal`)) await pause(systemTimers, 10);
    // Some orders rest by then.
    await pause(systemTimers, 1500);
    const killed = await lockstep("kill", run, "--cause", "fat finger", "--flatten");
    assertEquals([killed.code, killed.err], [EXIT.OK, ""]);
    assertStringIncludes(killed.out, ": fat finger; nothing is open");
    const { code, out, err } = await running;
    assertEquals(code, EXIT.OK, err);
    assertStringIncludes(err, "Killed: fat finger; no orders leave, all that rest are cancelled");
    const { kill, position, digest } = JSON.parse(out);
    assertEquals([kill.killed, kill.cause, kill.flatten, position], [true, "fat finger", "market", 0]);
    assertStringIncludes(posted.join(), "critical KILLED: Killed: fat finger;");
    const report = await verify(run);
    assertEquals([report.equal, report.digest], [true, digest]);
  }));

Deno.test("lockstep run --paper: a kill file that is there already keeps it from starting", () =>
  inFolder(async (folder) => {
    await using exchange = await served("spot");
    Deno.writeTextFileSync(`${folder}/STOP`, "not today\n");
    const line = ["--paper", "binance-spot:BTCUSDT", ...exchange.flags, "--out", `${folder}/out`];
    const { code, err } = await lockstep("run", MAKER, ...line, "--kill-file", `${folder}/STOP`);
    assertEquals(code, EXIT.INPUT);
    assertStringIncludes(err, "STOP is there (it says: not today); remove it to trade again");
    assertEquals([...Deno.readDirSync(`${folder}/out`)], []);
  }));

Deno.test("lockstep run --paper: what does not fit is said before anything happens", async () => {
  await using exchange = await served("spot");
  const cases: readonly (readonly [readonly string[], number, string])[] = [
    [["--paper", "binance-sopt:BTCUSDT"], EXIT.USAGE, "there is no such exchange; did you mean binance-spot?"],
    [["--paper", "binance-spot"], EXIT.USAGE, "it names no exchange and instruments; write binance-spot:BTCUSDT"],
    [["--paper", "binance-spot:BTCUSTD"], EXIT.INPUT, "binance-spot does not list it; did you mean BTCUSDT?"],
    [["--paper", "binance-spot:DOGEEUR"], EXIT.INPUT, "does not list it; there are BTCUSDT, ETHUSDT"],
    [["--paper", "binance-spot:BTCUSDT", "--tape", "x.arrow"], EXIT.USAGE, "--tape is of runs on tapes"],
    [["--paper", "binance-spot:BTCUSDT", "--sandbox"], EXIT.USAGE, "--sandbox is of runs on tapes"],
    [["--paper", "binance-spot:BTCUSDT", "--for", "soon"], EXIT.USAGE, "soon"],
    [["--paper", "binance-spot:BTCUSDT", "--limit", "ETHUSDT.position=1"], EXIT.USAGE, "ETHUSDT"],
    [["--paper", "binance-spot:BTCUSDT", "--timeout", "3"], EXIT.USAGE, "--timeout is of runs on tapes"],
    [["--paper", "binance-spot:BTCUSDT", "--yes"], EXIT.USAGE, "--yes is of live runs; leave it out, or give"],
    [["--paper", "binance-spot:BTCUSDT", "--keys", "keys.json"], EXIT.USAGE, "--keys is of live runs"],
    [["--paper", "binance-spot:BTCUSDT", "--rehearsed", "out/a"], EXIT.USAGE, "--rehearsed is of live runs"],
    [["--paper", "binance-spot:BTCUSDT", "--foreign-orders", "leave"], EXIT.USAGE, "--foreign-orders is of live runs"],
    [["--paper", "binance-spot:BTCUSDT", "--positions", "adopt"], EXIT.USAGE, "--positions is of live runs"],
    [["--positions", "adopt"], EXIT.USAGE, "--positions is of live runs; give their market as --live"],
    [["--testnet"], EXIT.USAGE, "--testnet is of an exchange's market"],
    [[], EXIT.USAGE, "an exchange's market as --paper"],
  ];
  for (const [args, code, told] of cases) {
    const flags = args[0] === "--paper" ? exchange.flags : [];
    const said = await lockstep("run", MAKER, ...args, ...flags, "--no-out");
    assertEquals(said.code, code, said.err);
    assertStringIncludes(said.err, told);
  }
  const nobody = ["--endpoint", "rest=http://127.0.0.1:1"];
  const away = await lockstep("run", MAKER, "--paper", "binance-spot:BTCUSDT", ...nobody, "--no-out");
  assertEquals(away.code, EXIT.INPUT);
  assertStringIncludes(away.err, "Cannot ask http://127.0.0.1:1/api/v3/exchangeInfo: ");
  assertStringIncludes(away.err, "; check the network, or name another address with --endpoint");
  const deaf = ["--endpoint", "market=ws://127.0.0.1:1"];
  const never = await lockstep(
    "run",
    MAKER,
    "--paper",
    "binance-spot:BTCUSDT",
    ...exchange.flags.slice(0, 2),
    ...deaf,
    "--no-out",
  );
  assertEquals(never.code, EXIT.INPUT);
  assertStringIncludes(
    never.err,
    "error: Cannot connect to binance-spot: its market stream could not be opened in 5 attempts",
  );
});
