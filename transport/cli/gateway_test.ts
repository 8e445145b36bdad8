import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createHmac } from "node:crypto";
import { inFolder, program, project, TAPE } from "../../engine/run/cli/_lockstep.ts";
import { lockstep } from "./_command_line.ts";

/** What a program's standard error says of each pattern; the rest is read and forgotten. */
async function found(stream: ReadableStream<Uint8Array>, patterns: readonly RegExp[]): Promise<string[]> {
  const reader = stream.getReader(), decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`it ended: ${text}`);
    text += decoder.decode(value, { stream: true });
    const matches = patterns.flatMap((pattern) => pattern.exec(text)?.[1] ?? []);
    if (matches.length < patterns.length) continue;
    void (async () => {
      while (!(await reader.read()).done);
    })();
    return matches;
  }
}

Deno.test("gateway: prints a key for this start, trades for a bot, and verify makes the run again", () =>
  inFolder(async (folder) => {
    const flags = ["gateway", "--tape", TAPE, "--port", "0", "--pace", "free", "--leave", "--out", folder];
    flags.push("--commission", "received");
    const child = program([...flags, "--fees", "maker=0,taker=0.001", "--latency", "5ms"], project("."));
    const said = [/dialect at (http:\S+);/, /^API key (\w{64})$/m, /^secret {2}(\w{64})$/m];
    const [url, key, secret] = await found(child.stderr, said);
    const query = `symbol=ZEROUSD&side=BUY&type=MARKET&quantity=4&timestamp=${Date.now()}`;
    const signature = createHmac("sha256", secret).update(query).digest("hex");
    const response = await fetch(`${url}/api/v3/order`, {
      method: "POST",
      headers: { "x-mbx-apikey": key, "content-type": "application/x-www-form-urlencoded" },
      body: `${query}&signature=${signature}`,
    });
    const { status, executedQty, fills: [{ commissionAsset }] } = await response.json();
    assertEquals([response.status, status, executedQty, commissionAsset], [200, "FILLED", "4.00000000", "ZERO"]);
    const [{ code }] = await Promise.all([child.status, new Response(child.stdout).bytes()]);
    assertEquals(code, 0);
    const [{ name }] = Deno.readDirSync(folder);
    const { final } = JSON.parse(Deno.readTextFileSync(`${folder}/${name}/result.json`));
    assertEquals(final?.position ?? 4, 4);
    const verified = await lockstep("verify", `${folder}/${name}`);
    assertEquals(verified.code, 0, verified.err);
    assertMatch(verified.out, /same digest|digest/i);
  }));

Deno.test("gateway: bots trade among agents, too", () =>
  inFolder(async (folder) => {
    const flags = ["gateway", "--agents", "3m, newsRate=1", "--seed", "3", "--port", "0", "--leave", "--out", folder];
    const child = program([...flags, "--pace", "free"], project("."));
    const [url] = await found(child.stderr, [/dialect at (http:\S+);/]);
    const response = await fetch(`${url}/api/v3/depth?symbol=ZEROUSD&limit=5`), { bids, asks } = await response.json();
    assertEquals([bids.length, asks.length], [5, 5]);
    const [{ code }] = await Promise.all([child.status, new Response(child.stdout).bytes()]);
    assertEquals(code, 0);
    const [run] = [...Deno.readDirSync(folder)].filter(({ name }) => name !== "agents");
    assertEquals((await lockstep("verify", `${folder}/${run.name}`)).code, 0);
    assertStringIncludes(run.name, "agents-3m_newsRate_1-seed3-");
  }));

Deno.test("gateway: says what is missing", async () => {
  const { code, err } = await lockstep("gateway");
  assertEquals(code, 2);
  assertStringIncludes(err, "a tape is missing");
  const wrong = await lockstep("gateway", "--tape", TAPE, "--port", "x", "--no-out");
  assertStringIncludes(wrong.err, "Cannot put a gateway up at port x: it is a whole number");
  const { out: help } = await lockstep("gateway", "--help");
  assertEquals(help.match(/^ {2}--(live|keys|paper|set) /gm), null, "it has no exchange's market, and no strategy");
  const odd = await lockstep("gateway", "--tape", TAPE, "--port", "0", "--no-out", "--commission", "BNB");
  assertEquals(odd.code, 2);
  assertStringIncludes(odd.err, "Cannot pay commissions in BNB: --commission is one of quote, received");
  for (const flags of [["--commission", "received"], ["--tape-time"]]) {
    for (const first of [["run", project("strategies/touch_maker.ts"), "--tape", TAPE], ["start"]]) {
      const { code, err } = await lockstep(...first, "--no-out", ...flags);
      assertEquals([code, err], [2, `error: ${flags[0]} is of a gateway; add --gateway PORT, or leave it out\n`]);
    }
  }
});
