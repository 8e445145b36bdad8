/** `run --live` from the outside: what it asks before it sends anything, and how it ends. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inFolder, lockstep, program, project, TAPE } from "../engine/run/cli/_lockstep.ts";
import { EXIT } from "../engine/run/cli/exit_codes.ts";
import { verify } from "../engine/run/verify.ts";
import { LIMIT_NAMES } from "../engine/risk/limits.ts";
import { type GatewayWorld, gatewayWorld } from "../transport/gateway/_gateway_world.ts";

const MAKER = project("strategies/touch_maker.ts");
const LIMITS = { ...Object.fromEntries(LIMIT_NAMES.map((name) => [name, 1e9])), orderSizeMin: 1, notionalMin: 0 };

/** An exchange, and a command line with all that a live run wants. */
interface Place {
  readonly folder: string;
  readonly world: GatewayWorld;
  readonly line: readonly string[];
}

/** Where a strategy was rehearsed, with an exchange and keys for it. */
function place(work: (place: Place) => Promise<void>): Promise<void> {
  return inFolder((folder) =>
    gatewayWorld(async (world) => {
      const { url, key } = world.gateway, sockets = url.replace("http", "ws");
      Deno.writeTextFileSync(`${folder}/risk.json`, JSON.stringify(LIMITS));
      Deno.writeTextFileSync(`${folder}/keys.json`, JSON.stringify({ binance: { key: key.key, secret: key.secret } }));
      Deno.chmodSync(`${folder}/keys.json`, 0o600);
      assertEquals((await lockstep("run", MAKER, "--tape", TAPE, "--out", `${folder}/out`)).code, 0);
      const line = ["run", MAKER, "--live", "binance-spot:ZEROUSD", "--out", `${folder}/out`, "--set", "interval=50ms"];
      for (const endpoint of [`rest=${url}`, `market=${sockets}`, `orders=${sockets}`]) {
        line.push("--endpoint", endpoint);
      }
      await work({ folder, world, line: [...line, "--risk", `${folder}/risk.json`, "--keys", `${folder}/keys.json`] });
    }, {
      gateway: { quiet: false },
      session: { cash: { USD: "1000000" }, positions: { ZEROUSD: { size: "1000", price: "99" } } },
      host: { pace: "real", speed: 3 },
    })
  );
}

/** An execution, as the exchange lists it. */
interface Trade {
  readonly isBuyer: boolean;
  readonly qty: string;
}

/** A command line with another value for a flag, or, undefined, without it. */
function other(line: readonly string[], flag: string, value?: string): string[] {
  const at = line.indexOf(flag);
  return at < 0 ? [...line, flag, value!] : line.toSpliced(at, 2, ...(value === undefined ? [] : [flag, value]));
}

/** Orders at the exchange, open or not. */
async function orders({ ask }: GatewayWorld): Promise<{ readonly status: string }[]> {
  return (await ask("GET /api/v3/allOrders", { symbol: "ZEROUSD", limit: 1000 }, true)).body;
}

Deno.test("run --live: nothing is sent before limits, rehearsal, keys and terms are what they must be", () =>
  place(async ({ folder, world, line }) => {
    const { key } = world.gateway.key, wrong = { binance: { key, secret: "of another key" } };
    Deno.writeTextFileSync(`${folder}/wrong.json`, JSON.stringify(wrong), { mode: 0o600 });
    const half = line.toSpliced(line.findIndex((word) => word.startsWith("orders=")) - 1, 2);
    Deno.writeTextFileSync(`${folder}/some.json`, JSON.stringify({ ...LIMITS, leverage: "unlimited" }));
    const refusals: readonly (readonly [line: readonly string[], code: number, ...words: string[]])[] = [
      [other(line, "--risk"), EXIT.USAGE, "not limited in 24 of 24 ways", '"position": …, // lots\n'],
      [other(line, "--risk", `${folder}/some.json`), EXIT.USAGE, '{\n  "leverage": … // times the equity\n}\n'],
      [other(line, "--out", `${folder}/none`), EXIT.INPUT, "has no run of touch_maker on ZEROUSD to compare with"],
      [other(line, "--keys", `${folder}/risk.json`), EXIT.INPUT, "Cannot use keys"],
      [[...other(line, "--keys", `${folder}/wrong.json`), "--yes"], EXIT.INPUT, "-1022", "; check key and secret, "],
      [[...half, "--yes"], EXIT.USAGE, "orders go to wss://ws-api.binance.com", "give --endpoint orders=URL, too"],
      [line, EXIT.USAGE, "this run trades with REAL MONEY", "the terms were not accepted"],
      [[...line, "--paper", "binance-spot:ZEROUSD"], EXIT.USAGE, "--paper and --live are two ways to run"],
      [[...line, "--no-out"], EXIT.USAGE, "a live run is recorded and journalled"],
    ];
    for (const [words, code, ...said] of refusals) {
      const answer = await lockstep(...words);
      assertEquals(answer.code, code, answer.err);
      for (const part of said) assertStringIncludes(answer.err, part);
    }
    assertEquals(await orders(world), []);
  }));

Deno.test("run --live: instruments that are not what they were when rehearsed keep it from starting", () =>
  place(async ({ folder, line }) => {
    const pair = project("fixtures/data/pair_a.arrow"), buy = project("strategies/buy_and_hold.ts");
    assertEquals((await lockstep("run", buy, "--tape", pair, "--out", `${folder}/other`)).code, 0);
    const [{ name }] = [...Deno.readDirSync(`${folder}/other`)];
    const { code, err } = await lockstep(...line, "--yes", "--rehearsed", `${folder}/other/${name}`);
    assertEquals(code, EXIT.INPUT);
    assertStringIncludes(err, "it ran on TWIN_A, not on ZEROUSD; rehearse it there");
  }));

Deno.test("run --live: Ctrl-C cancels what rests and says so, and the run is proved by its journal", () =>
  place(async ({ folder, world, line }) => {
    const process = program([...line, "--yes"], folder), said = saying(process);
    await said("MARKET_WHOLE");
    while ((await orders(world)).length < 5) await new Promise((resolve) => setTimeout(resolve, 50));
    // As `deno task` has it: from the terminal, and passed on by the task. It is one.
    process.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 2));
    process.kill("SIGINT");
    const err = await said("Nothing is left open."), { code } = await process.status;
    assertEquals(code, EXIT.OK, err);
    const left = (await orders(world)).filter(({ status }) => status === "NEW" || status === "PARTIALLY_FILLED");
    assertEquals(left, []);
    const report = await verify(`${folder}/out/touch_maker-binance-spot-ZEROUSD-1`, { strategy: MAKER });
    assertEquals([report.equal, report.difference, report.closing?.incomplete], [true, undefined, null]);
    const again = await lockstep("replay", `${folder}/out/touch_maker-binance-spot-ZEROUSD-1`, "--latency", "2ms");
    assertEquals(again.code, EXIT.INPUT);
    assertStringIncludes(again.err, "its orders went to an exchange, which would have answered others otherwise");
  }));

Deno.test("run --live: `lockstep kill --flatten` closes what it holds, at an exchange that knows no positions", () =>
  place(async ({ folder, world, line }) => {
    const process = program([...line, "--yes"], folder), said = saying(process);
    await said("MARKET_WHOLE");
    const bought = async () => {
      const { body } = await world.ask("GET /api/v3/myTrades", { symbol: "ZEROUSD", limit: 1000 }, true);
      return body.reduce((sum: number, { isBuyer, qty }: Trade) => sum + (isBuyer ? Number(qty) : -Number(qty)), 0);
    };
    while (await bought() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const { code, err } = await lockstep("kill", `${folder}/out/touch_maker-binance-spot-ZEROUSD-1`, "--flatten");
    assertEquals([code, await bought()], [EXIT.OK, 0], err);
    process.kill("SIGINT");
    await said("Nothing is left open.");
    await process.status;
  }));

Deno.test("run --live: a second program may not trade by the same account", () =>
  place(async ({ folder, line }) => {
    const process = program([...line, "--yes"], folder), said = saying(process);
    await said("MARKET_WHOLE");
    const { code, err } = await lockstep(...line, "--yes");
    assertEquals(code, EXIT.OUTPUT);
    assertStringIncludes(err, "a program is writing it");
    process.kill("SIGINT");
    await said("Nothing is left open.");
    await process.status;
  }));

/** What waits until a program has said something; it tells all that was said. */
function saying(process: Deno.ChildProcess): (words: string) => Promise<string> {
  const reader = process.stderr.getReader(), decoder = new TextDecoder();
  void process.stdout.pipeTo(new WritableStream());
  let all = "";
  return async (words) => {
    while (!all.includes(words)) {
      const { value, done } = await reader.read();
      assert(!done, `it ended without a word of ${words}:\n${all}`);
      all += decoder.decode(value);
    }
    return all;
  };
}
