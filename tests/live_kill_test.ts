/**
 * `kill -9` of a live run at seeded moments, over a real network: the program is started again each time, and in the end no order was
 * lost, none was sent twice, and the position is the exchange's. `LOCKSTEP_KILLS` says how many moments; 20 unless set.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Rng } from "../engine/core/rng.ts";
import { isFile } from "../engine/run/find_run.ts";
import { OrderBooks } from "../engine/live/order_books.ts";
import { parity } from "../engine/run/parity/parity.ts";
import { verify } from "../engine/run/verify.ts";
import { ended, inFolder, lockstep, program, project, TAPE } from "../engine/run/cli/_lockstep.ts";
import { LIMIT_NAMES } from "../engine/risk/limits.ts";
import { type GatewayWorld, gatewayWorld } from "../transport/gateway/_gateway_world.ts";

const KILLS = Number(Deno.env.get("LOCKSTEP_KILLS") ?? 20);
/** Exchanges at which programs are killed at the same time, each with an account of its own. */
const LANES = 4;
const MAKER = project("strategies/touch_maker.ts");
/** The longest that a program lives, once its book is whole. */
const LIFE_MS = 2500;
/** Lots that the account holds before. */
const BEFORE = 1000;
/** Wide limits of everything: a live run wants all of them stated. */
const LIMITS = { ...Object.fromEntries(LIMIT_NAMES.map((name) => [name, 1e9])), orderSizeMin: 1, notionalMin: 0 };

/** What a live run on a gateway is started with. */
interface Lane {
  readonly folder: string;
  readonly world: GatewayWorld;
}

function start({ folder, world: { gateway: { url, key } } }: Lane, more: readonly string[] = []): Deno.ChildProcess {
  const sockets = url.replace("http", "ws"), endpoints = [`rest=${url}`, `market=${sockets}`, `orders=${sockets}`];
  const line = ["run", MAKER, "--live", "binance-spot:ZEROUSD", "--risk", `${folder}/risk.json`, "--yes"];
  line.push("--keys", `${folder}/keys.json`, "--out", `${folder}/out`, "--set", "interval=50ms", ...more);
  Deno.writeTextFileSync(`${folder}/keys.json`, JSON.stringify({ binance: { key: key.key, secret: key.secret } }));
  Deno.chmodSync(`${folder}/keys.json`, 0o600);
  return program([...line, ...endpoints.flatMap((endpoint) => ["--endpoint", endpoint])], folder);
}

/** Lets a program run until it trades and for a while longer, and kills it. */
async function killed(process: Deno.ChildProcess, ms: number): Promise<void> {
  const decoder = new TextDecoder(), reader = process.stderr.getReader();
  let said = "";
  while (!said.includes("MARKET_WHOLE")) {
    const { value, done } = await reader.read();
    assert(!done, `it ended before it was killed:\n${said}`);
    said += decoder.decode(value);
  }
  await new Promise((resolve) => setTimeout(resolve, ms));
  process.kill("SIGKILL");
  await reader.cancel();
  await process.stdout.cancel();
  assertEquals((await process.status).signal, "SIGKILL");
}

/** Orders of ours at the gateway, by their names. */
async function ordersAt({ ask }: GatewayWorld): Promise<{ readonly name: string; readonly status: string }[]> {
  const { body } = await ask("GET /api/v3/allOrders", { symbol: "ZEROUSD", limit: 1000 }, true);
  return body.map((order: { clientOrderId: string; status: string }) => ({
    name: order.clientOrderId,
    status: order.status,
  }));
}

/** Lots that we hold there, beside those of the start. */
async function heldAt({ ask }: GatewayWorld): Promise<number> {
  const { body: { balances } } = await ask("GET /api/v3/account", {}, true);
  const { free, locked } = balances.find(({ asset }: { asset: string }) => asset === "ZERO");
  return Number(free) + Number(locked) - BEFORE;
}

/** Orders that the logs of all runs say were sent. */
function sentIn(folder: string): Set<string> {
  const names = new Set<string>();
  for (const text of logsIn(folder)) {
    for (const line of text.split("\n").slice(0, -1)) {
      const entry = JSON.parse(line);
      if (entry.kind === "sent") names.add(entry.clientId);
    }
  }
  return names;
}

function logsIn(folder: string): string[] {
  const [account] = [...Deno.readDirSync(`${folder}/out/live`)], path = `${folder}/out/live/${account.name}`;
  const names = [...Deno.readDirSync(path)].map(({ name }) => name).filter((name) => name.endsWith(".jsonl")).sort();
  return names.map((name) => Deno.readTextFileSync(`${path}/${name}`));
}

/** Holds what killed runs have left against a replay: as far as they handed it over, it is certified. Returns how many records. */
async function certified(folder: string): Promise<number> {
  let records = 0;
  for (const { name } of Deno.readDirSync(`${folder}/out`)) {
    const run = `${folder}/out/${name}`;
    const handedOver = [`${run}/journal`, `${run}/ZEROUSD.arrivals`].every((path) => isFile(path) && sizeOf(path) > 0);
    if (!handedOver) continue;
    const { equal, difference, unfinished, compared } = await verify(run, { strategy: MAKER });
    const { ok, kind } = await parity(run, { strategy: MAKER });
    assertEquals([run, equal, difference, unfinished !== undefined], [run, true, undefined, true]);
    assertEquals([run, ok, kind], [run, true, "live"]);
    records += compared;
  }
  return records;
}

function sizeOf(path: string): number {
  return Deno.statSync(path).size;
}

/** Kills the runs of one account so many times, and looks at what came of it. */
function lane(number: number, kills: number): Promise<void> {
  return inFolder((folder) =>
    gatewayWorld((world) => survive({ folder, world }, new Rng(number).child("kills"), kills), {
      gateway: { quiet: false },
      session: { cash: { USD: "1000000" }, positions: { ZEROUSD: { size: String(BEFORE), price: "99" } } },
      // At another speed the times of its fills would part from the exchange's clock.
      host: { pace: "real" },
    })
  );
}

async function survive(at: Lane, rng: Rng, kills: number): Promise<void> {
  const { folder, world } = at, sent = new Set<string>();
  const note = () => sentIn(folder).forEach((name) => sent.add(name));
  Deno.writeTextFileSync(`${folder}/risk.json`, JSON.stringify(LIMITS));
  assertEquals((await lockstep("run", MAKER, "--tape", TAPE, "--out", `${folder}/out`)).code, 0);
  for (let i = 0; i < kills; i++) {
    await killed(start(at), rng.int(LIFE_MS));
    note();
  }
  const { code, out, err } = await ended(start(at, ["--for", "1500ms", "--json"]));
  assertEquals(code, 0, err);
  assertStringIncludes(err, "Nothing is left open.");
  note();
  const orders = await ordersAt(world), names = orders.map(({ name }) => name);
  const open = orders.filter(({ status }) => status === "NEW" || status === "PARTIALLY_FILLED");
  assertEquals([open, names.length - new Set(names).size], [[], 0]);
  assertEquals(names.filter((name) => !sent.has(name)), [], "what left was not written down");
  const held = await heldAt(world), books = OrderBooks.read(logsIn(folder).at(-1)!);
  assertEquals([JSON.parse(out).position, Number(books.positionOf("ZEROUSD").size)], [held, held]);
  assert(names.length > kills, `${names.length} orders`);
  assert(await certified(folder) > 0);
}

Deno.test(`run --live: killed at ${KILLS} moments and started again, no order is lost or doubled, and one position`, async () => {
  await Promise.all(Array.from({ length: LANES }, (_, i) => lane(i + 1, Math.floor((KILLS + i) / LANES))));
});
