import { assert, assertEquals, assertMatch } from "@std/assert";
import { inFolder, program, project, TAPE } from "../../engine/run/cli/_lockstep.ts";
import { Rng } from "../../engine/core/rng.ts";
import { ScriptedBinance } from "../../engine/live/binance/_scripted_market.ts";
import { LocalExchange } from "../../tests/local_exchange.ts";
import { connect } from "../client/mod.ts";
import { drive } from "../client/drive.ts";
import { linesOf, lockstep } from "./_command_line.ts";

/**
 * A run that is served, as a program of its own; `work` gets a client of it, and the run goes to its end. It runs where it is verified
 * from: a journal's paths are relative to there.
 */
async function servedRun(
  folder: string,
  flags: readonly string[],
  work: (client: ReturnType<typeof connect>) => Promise<void>,
): Promise<string> {
  const market = flags.includes("--paper") ? [] : ["--tape", TAPE];
  const child = program(["run", ...flags, ...market, "--out", folder, "--serve", "0", "--leave"], project("."));
  const lines = linesOf(child.stderr), said: string[] = [];
  let url: URL | undefined;
  while (url === undefined) {
    const { value, done } = await lines.next();
    if (done) throw new Error(`it ended: ${said.join("\n")}`);
    said.push(value);
    const [, found] = /^Serving on (\S+)/.exec(value) ?? [];
    if (found !== undefined) url = new URL(found);
  }
  const [token, socket] = [url.hash.slice("#token=".length), `ws://${url.host}/ws`];
  const client = connect({ url: socket, token });
  try {
    await work(client);
  } finally {
    client.close();
  }
  for await (const line of lines) said.push(line);
  const [{ code }] = await Promise.all([child.status, new Response(child.stdout).bytes()]);
  assertEquals(code, 0, said.join("\n"));
  const [{ name }] = Deno.readDirSync(folder);
  return `${folder}/${name}`;
}

Deno.test("run --serve: what a client submits, cancels, limits and kills stands in the journal, and verify makes it again", () =>
  inFolder(async (folder) => {
    const strategy = project("strategies/remote.ts");
    const run = await servedRun(folder, [strategy, "--paused", "--pace", "free"], async (client) => {
      const { commands } = await client.ready();
      assert(["submit", "cancel", "set_limit", "kill", "clock_fork"].every((kind) => commands.includes(kind)));
      let stood = -1n;
      const step = async (count: number) => {
        await client.command({ kind: "clock_step", count });
        stood = await new Promise<bigint>((resolve) => {
          const end = client.listen("clock", "", ({ data: { state, time } }) => {
            if (state === "paused" && time > stood) resolve((queueMicrotask(end), time));
          });
        });
      };
      await step(500);
      const { order } = await client.command({ kind: "submit", side: "buy", size: 3, price: 1900 });
      assert(order > 0);
      await step(300);
      assertEquals((await client.command({ kind: "cancel", order })).code, 0);
      await client.command({ kind: "set_limit", scope: "instruments", name: "position", value: 4 });
      await client.command({ kind: "submit", side: "buy", size: 2 });
      await step(500);
      await client.command({ kind: "kill", cause: "enough" });
      const refused = await client.command({ kind: "submit", side: "buy", size: 1 });
      assert(refused.code > 0);
      await client.command({ kind: "clock_resume" });
    });
    const { code, out } = await lockstep("verify", run);
    assertEquals(code, 0, out);
    assertMatch(out, /6 commands/);
  }));

Deno.test("run --serve --pace lockstep: who drives it from outside is not missed when it is verified", () =>
  inFolder(async (folder) => {
    let fills = 0, parents = 0, refused = 0;
    const run = await servedRun(folder, [project("strategies/remote.ts"), "--pace", "lockstep"], async (client) => {
      await drive(client, {
        async onStart(ctx) {
          await ctx.every("60s");
          await ctx.command({ kind: "parent_start", algo: "twap", side: "sell", size: 6, over: "5m" });
        },
        async onTimer(ctx) {
          const { bestAsk } = ctx.book();
          if (Number.isFinite(bestAsk)) await ctx.submit({ side: 1, size: 1, price: bestAsk, tif: "ioc" });
        },
        onFill: () => void fills++,
        // A market order that no other callback would send: it stands in the journal in its place.
        async onParent(ctx, { state }) {
          parents++;
          if (state === "Filled") await ctx.submit({ side: 1, size: 6 });
        },
        async onStop(ctx) {
          if (await ctx.submit({ side: 1, size: 1 }) < 0) refused++;
        },
      });
    });
    const { code, out } = await lockstep("verify", run);
    assertEquals(code, 0, out);
    const { trades } = JSON.parse(await Deno.readTextFile(`${run}/result.json`));
    assertEquals([trades > 10, fills, parents > 0, refused], [true, trades, true, 1]);
  }));

Deno.test("run --serve: what has ended is written and told while its page stays, and Ctrl-C ends that", () =>
  inFolder(async (folder) => {
    const args = ["run", project("strategies/touch_maker.ts"), "--tape", TAPE, "--out", folder, "--serve", "0"];
    const child = program([...args, "--pace", "free"], project(".")), lines = linesOf(child.stderr);
    const [{ value: first }, { value: second }] = [await lines.next(), await lines.next()];
    assertEquals(second, "The session has ended; its page stays until Ctrl-C.");
    const url = new URL(/^Serving on (\S+)/.exec(first!)![1]);
    const [{ name }] = Deno.readDirSync(folder);
    assertEquals((await lockstep("verify", `${folder}/${name}`)).code, 0);
    const client = connect({ url: `ws://${url.host}/ws`, token: url.hash.slice("#token=".length) });
    assertEquals((await client.ready()).mode, "backtest");
    client.close();
    const headers = { authorization: `Bearer ${url.hash.slice("#token=".length)}` };
    const asked = async (path: string, init: RequestInit = {}) => {
      const answer = await fetch(new URL(`/api/${path}`, url), { headers, ...init });
      return { status: answer.status, text: await answer.text() };
    };
    // The page's line comes after the files: by then they can be had.
    const { sessions: [shown, ...others] } = JSON.parse((await asked("sessions")).text);
    assertEquals([shown.session, shown.state, shown.tapes, others], ["touch_maker", "ended", ["market_l2"], []]);
    assertEquals(shown.files.length, 8);
    const result = JSON.parse((await asked("sessions/touch_maker/result")).text);
    assertEquals(result.digest, shown.digest);
    assertEquals(
      (await asked("sessions/touch_maker/files/tearsheet.txt")).text,
      Deno.readTextFileSync(`${folder}/${name}/tearsheet.txt`),
    );
    const made = await asked("sessions", { method: "POST" }),
      gone = await asked("sessions/touch_maker", { method: "DELETE" });
    assertMatch(made.text, /Cannot make a session: this server shows one run.* `lockstep serve`/);
    assertMatch(gone.text, /Cannot delete touch_maker: it is the run that this server shows/);
    child.kill("SIGINT");
    const [{ code }, out] = await Promise.all([child.status, new Response(child.stdout).text()]);
    assertEquals([code, (await lines.next()).done], [0, true]);
    assertMatch(out, /digest [0-9a-f]{32}/);
  }));

Deno.test("run --serve: ports, hosts, paces and tokens that do not fit are refused before anything runs", async () => {
  const run = (...flags: string[]) =>
    lockstep("run", project("strategies/touch_maker.ts"), "--tape", TAPE, "--no-out", ...flags);
  const cases: readonly (readonly [flags: string[], said: RegExp])[] = [
    [["--serve", "high"], /Cannot serve at port high/],
    [["--serve", "0", "--pace", "slow"], /Cannot go at pace slow/],
    [["--serve", "0", "--pace", "free", "--speed", "3"], /only pace real has a speed/],
    [["--serve", "0", "--flush", "slow"], /Cannot flush by slow/],
    [["--serve", "0", "--host", "0.0.0.0"], /Cannot serve on 0.0.0.0/],
    [["--serve", "0", "--cert", "none.pem"], /the key is missing/],
    [["--serve", "0", "--tokens", "none.jsonc"], /Cannot read tokens from none.jsonc/],
    [["--serve", "0", "--relay-only"], /Cannot relay only: no TURN server/],
    [["--serve", "0", "--stun", "stun.example"], /Cannot use ICE server stun.example/],
    [["--serve", "0", "--host", "192.0.2.1", "--plain-text-trade"], /no token is configured/],
  ];
  for (const [flags, said] of cases) {
    const { code, err } = await run(...flags);
    assertEquals([code === 2 || code === 3, said.test(err)], [true, true], `${flags}: ${code} ${err}`);
  }
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, err } = await run("--serve", `${(taken.addr as Deno.NetAddr).port}`);
  taken.close();
  assertEquals(code, 2, err);
  assertMatch(err, /another program has it/);
});

Deno.test("serve: a folder that is not there is named, help lists what there is", async () => {
  const { code, err } = await lockstep("serve", "--strategies", "nowhere", "--port", "0");
  assertEquals(code, 3);
  assertMatch(err, /Cannot serve strategies in nowhere/);
  const { out } = await lockstep("help", "serve");
  for (const flag of ["--port", "--tapes", "--tokens", "--audit", "--flush", "--running", "--turn-secret"]) {
    assert(out.includes(flag), flag);
  }
});

Deno.test("serve: it makes sessions, and ends in order when it is asked to, with what ran kept", () =>
  inFolder(async (folder) => {
    const flags = ["--strategies", project("strategies"), "--tapes", project("fixtures/data"), "--out", folder];
    const child = program(["serve", "--port", "0", ...flags], project(".")), lines = linesOf(child.stderr);
    const { value } = await lines.next(), url = new URL(/^Serving on (\S+)/.exec(value!)![1]);
    const headers = { authorization: `Bearer ${url.hash.slice("#token=".length)}`, "content-type": "application/json" };
    const body = JSON.stringify({ strategy: "touch_maker", tapes: ["market_l2"], pace: "real", speed: 1 });
    const made = await fetch(new URL("/api/sessions", url), { method: "POST", headers, body });
    const { session } = await made.json();
    assertEquals(made.status, 201);
    const client = connect({ url: `ws://${url.host}/ws`, token: url.hash.slice(7), session });
    await client.ready();
    const drained = new Promise<void>((resolve) => client.on("drain", () => resolve(client.close())));
    child.kill("SIGTERM");
    await drained;
    const said: string[] = [];
    for await (const line of lines) said.push(line);
    const [{ code }] = await Promise.all([child.status, new Response(child.stdout).bytes()]);
    assertEquals(code, 0, said.join("\n"));
    const { incomplete } = JSON.parse(await Deno.readTextFile(`${folder}/${session}/result.json`));
    assertEquals(incomplete, "The server stopped");
    assertEquals((await lockstep("verify", `${folder}/${session}`)).code, 0);
  }));

Deno.test("token: a secret, a file, and a token that the server of that file takes", () =>
  inFolder(async (folder) => {
    const secret = (await lockstep("token", "--secret")).out.trim(), file = `${folder}/tokens.jsonc`;
    const issuers = [{ issuer: "desk", keyId: "1", secret, scopesMax: ["read", "trade"] }];
    await Deno.writeTextFile(file, `// Of this test.\n${JSON.stringify({ issuers })}`, { mode: 0o644 });
    const open = await lockstep("token", "--tokens", file, "--name", "ann");
    assertEquals([open.code, open.err.includes("chmod 600")], [3, true], open.err);
    await Deno.chmod(file, 0o600);
    const { code, out } = await lockstep("token", "--tokens", file, "--name", "ann", "--scope", "read", "--life", "8h");
    assertEquals([code, out.trim().split(".").length], [0, 3]);
    assertEquals((await lockstep("token", "--tokens", file)).code, 2);
    assertMatch((await lockstep("token", "--tokens", file, "--name", "a", "--scope", "all")).err, /scope is all/);
    assertMatch((await lockstep("token", "--tokens", file, "--name", "a", "--life", "40d")).err, /good for 40d/);
    for (const wrong of ['{"issuers":[]}', '{"issuers":[{"issuer":"x","keyId":"1","secret":"short"}]}', "{"]) {
      await Deno.writeTextFile(file, wrong);
      const { code, err } = await lockstep("token", "--tokens", file, "--name", "ann");
      assertEquals([code, err.includes("Cannot read tokens from"), err.includes("short")], [3, true, false], err);
    }
  }));

Deno.test("run --paper --serve: a market as it comes is watched and commanded, and verify makes it again", () =>
  inFolder(async (folder) => {
    const nowNs = () => BigInt(Date.now()) * 1_000_000n;
    await using exchange = await LocalExchange.serve(
      new ScriptedBinance("spot", ["BTCUSDT"], { rng: new Rng(1), nowNs }),
    );
    const strategy = project("strategies/remote.ts");
    let over = false;
    const playing = (async () => {
      while (!over) await exchange.play(10, 1);
    })();
    const flags = [strategy, "--paper", "binance-spot:BTCUSDT", ...exchange.flags, "--for", "2s"];
    const run = await servedRun(folder, flags, async (client) => {
      const { mode, commands } = await client.ready();
      assertEquals([mode, commands.includes("clock_fork"), commands.includes("clock_speed")], ["paper", false, false]);
      await new Promise<void>((traded) => client.listen("trades", "BTCUSDT", () => traded()));
      await client.command({ kind: "submit", side: "buy", size: 3 });
    }).finally(() => over = true);
    await playing;
    const { code, out } = await lockstep("verify", run, "--json");
    const report = JSON.parse(out);
    assertEquals([code, report.equal, report.commands], [0, true, 1]);
  }));
