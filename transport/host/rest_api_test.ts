import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { gzipSync } from "node:zlib";
import { createHash } from "node:crypto";
import { verify } from "../../engine/run/verify.ts";
import { Tokens, type UploadLimits } from "../auth/mod.ts";
import { connect } from "../client/mod.ts";
import { ROUTES } from "../protocol/rest.ts";
import { type JsonSchema, schemaFaults } from "./_json_schema.ts";
import { mountRest } from "./rest_api.ts";
import { Server } from "./server.ts";
import { Sessions } from "./sessions.ts";
import { StrategyRegistry } from "./strategy_registry.ts";
import { TapeRegistry } from "./tape_registry.ts";
import { TapeUploads } from "./tape_uploads.ts";

type Operation = keyof typeof ROUTES;
type Json = Record<string, unknown>;

const openapi = JSON.parse(await Deno.readTextFile(new URL("../protocol/openapi.json", import.meta.url)));
const strategies = await StrategyRegistry.load("strategies");
const TAPE = "fixtures/data/bars.arrow";
const ISSUER = { issuer: "desk", keyId: "k1", secret: new Uint8Array(32).fill(7) };
const tokens = new Tokens({ audience: "lockstep", issuers: [ISSUER], now: () => Date.now() });
const tokenOf = (name: string, ...scopes: string[]) =>
  tokens.mint({ name, scopes, lifeMs: 600_000, tokenId: `t-${name}` });

interface Served {
  readonly server: Server;
  readonly folder: string;
  /** Asks a route as somebody; the answer is checked against openapi.json, whatever it is. */
  ask(
    operation: Operation,
    how?: { params?: Json; body?: unknown; token?: string; headers?: Record<string, string> },
  ): Promise<{ status: number; body: Json; bytes: Uint8Array; headers: Headers }>;
}

async function serving(work: (served: Served) => Promise<void>, limits: Partial<UploadLimits> = {}): Promise<void> {
  const folder = await Deno.makeTempDir(), tapes = new TapeRegistry(), admin = await tokenOf("root", "admin");
  tapes.addFolder("fixtures/data");
  const uploads = new TapeUploads({ folder: `${folder}/tapes`, tapes, limits });
  let sessions!: Sessions;
  const server = await Server.start({
    port: 0,
    issuers: [ISSUER],
    auditFile: `${folder}/audit.log`,
    mount: (server) => {
      sessions = new Sessions({ server, out: `${folder}/out` });
      mountRest(server.app, { server, sessions, strategies, tapes, uploads, relative: (path) => path });
    },
  });
  const ask: Served["ask"] = async (operation, { params = {}, body, token = admin, headers = {} } = {}) => {
    const { method, path } = ROUTES[operation];
    const place = path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(`${params[name]}`));
    const json = body !== undefined && !(body instanceof Uint8Array);
    const response = await fetch(server.url + place, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(json ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : json ? JSON.stringify(body) : body as Uint8Array<ArrayBuffer>,
    });
    const bytes = await response.bytes(), { responses } = openapi.paths[path][method.toLowerCase()];
    const said = responses[response.status] ?? openapi.components.responses.Error;
    const schema = (said.content?.["application/json"]?.schema ?? {}) as JsonSchema & { $ref?: string };
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    const parsed = isJson ? JSON.parse(new TextDecoder().decode(bytes)) : {};
    const whole = schema.$ref ? openapi.components.schemas.Error : schema;
    if (isJson) assertEquals(schemaFaults(whole, parsed), [], operation);
    return { status: response.status, body: parsed, bytes, headers: response.headers };
  };
  try {
    await work({ server, folder, ask });
  } finally {
    await sessions.close();
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const shaOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

Deno.test("mountRest: a session is made, watched, read, downloaded and deleted; every answer is as openapi.json has it", () =>
  serving(async ({ server, folder, ask }) => {
    const { body: { strategies: known } } = await ask("listStrategies");
    assert((known as Json[]).some(({ name }) => name === "sma_cross"));
    const { body: { tapes } } = await ask("listTapes");
    assertEquals((tapes as Json[]).map(({ tape }) => tape), ["bars", "market_l2", "market_l3", "pair_a", "pair_b"]);
    const body = {
      strategy: "sma_cross",
      tapes: ["bars"],
      set: { fast: 5 },
      options: { seed: 7, fees: "maker=0.001,taker=0.002", "self-trade": "allow", limit: "position=500" },
    };
    const made = await ask("createSession", { body: { ...body, paused: true } });
    assertEquals([made.status, made.body.session, made.body.state], [201, "sma_cross-bars-1", "paused"]);
    const params = { id: made.body.session };
    const early = await ask("readResult", { params });
    assertEquals([early.status, early.body.name], [404, "SESSION_UNKNOWN"]);
    const client = connect({
      url: `${server.url.replace("http", "ws")}/ws`,
      token: await tokenOf("ann", "control"),
      session: `${made.body.session}`,
    });
    await client.command({ kind: "clock_resume" });
    client.close();
    let info: Json = {};
    while (info.state !== "ended") ({ body: info } = await ask("readSession", { params }));
    const result = await ask("readResult", { params });
    assertEquals(result.body.digest, info.digest);
    for (const name of info.files as string[]) {
      const { status, bytes, headers } = await ask("readFile", { params: { ...params, name } });
      assertEquals([status, bytes], [200, await Deno.readFile(`${folder}/out/${params.id}/${name}`)]);
      assertStringIncludes(headers.get("content-disposition")!, name);
    }
    assertEquals((await ask("readFile", { params: { ...params, name: "../audit.log" } })).status, 404);
    assert((await verify(`${folder}/out/${params.id}`)).equal);
    assertEquals((await ask("deleteSession", { params })).status, 204);
    assertEquals((await ask("listSessions")).body, { sessions: [] });
    const audit = await Deno.readTextFile(`${folder}/audit.log`);
    for (const action of ["login", "session_create", "session_delete"]) {
      assertStringIncludes(audit, `"action":"${action}"`);
    }
  }));

Deno.test("mountRest: what is wrong is said with a status and a code, and nothing is made of it", () =>
  serving(async ({ ask, server, folder }) => {
    const good = { strategy: "sma_cross", tapes: ["bars"] };
    const wrong: readonly (readonly [body: unknown, message: RegExp])[] = [
      [{ ...good, strategy: "sma_cros" }, /no strategy of that name here; did you mean sma_cross/],
      [{ ...good, strategy: "strategies/sma_cross.ts" }, /no strategy of that name/],
      [{ ...good, tapes: ["../fixtures/data/bars"] }, /no tape of that name/],
      [{ ...good, tapes: ["market_l2"] }, /it needs bars/],
      [{ ...good, set: { fats: 3 } }, /did you mean fast/],
      [{ ...good, options: { risk: "/etc/passwd" } }, /no option of that name/],
      [{ ...good, options: { steps: "steps.csv" } }, /no option of that name/],
      [{ ...good, options: { constructor: "x" } }, /key constructor/],
      [{ ...good, options: { seed: -1 } }, /whole number/],
      [{ ...good, options: { latency: "soon" } }, /latency/],
      [{ ...good, file: "x" }, /file is not a field/],
      [{ strategy: "sma_cross" }, /tapes is missing/],
      [{ ...good, tapes: "bars" }, /tapes is "bars"; it is a list/],
      [[], /./],
    ];
    for (const [body, message] of wrong) {
      const { status, body: problem } = await ask("createSession", { body });
      assertEquals([status, problem.category], [400, "protocol"], JSON.stringify(body));
      assertMatch(`${problem.message}`, message);
    }
    const raw = async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => {
      const authorization = `Bearer ${await tokenOf("root", "admin")}`;
      const all = { authorization, "content-type": "application/json", ...headers };
      const response = await fetch(`${server.url}/api/sessions`, { method: "POST", headers: all, body });
      return [response.status, (await response.json()).name];
    };
    assertEquals(await raw("["), [400, "MALFORMED"]);
    assertEquals(await raw("[".repeat(60_000)), [429, "TOO_DEEP"]);
    assertEquals(await raw(`{"a":"${"x".repeat(70_000)}"}`), [413, "TOO_LARGE"]);
    assertEquals(await raw('{"__proto__":{"strategy":"x"}}'), [400, "MALFORMED"]);
    assertEquals(await raw(JSON.stringify(good), { "content-type": "text/plain" }), [400, "MALFORMED"]);
    assertEquals(await raw(JSON.stringify(good), { "content-encoding": "br" }), [400, "MALFORMED"]);
    // A bomb: 64 MiB of blanks in 64 KiB.
    const bomb = new Uint8Array(gzipSync(new Uint8Array(67_108_864).fill(32)));
    assertEquals(await raw(bomb, { "content-encoding": "gzip" }), [413, "TOO_LARGE"]);
    assertEquals(await raw(new Uint8Array(gzipSync("[")), { "content-encoding": "gzip" }), [400, "MALFORMED"]);
    await Deno.stat(`${folder}/out`).then(({ isDirectory }) => assert(isDirectory), () => {});
    assertEquals((await ask("listSessions")).body, { sessions: [] });
  }));

Deno.test("mountRest: each route wants its scope, and who may not see a session finds none", () =>
  serving(async ({ ask, server }) => {
    const reader = await tokenOf("rob", "read"), other = await tokenOf("tim", "control:elsewhere");
    const made = await ask("createSession", { body: { strategy: "sma_cross", tapes: ["bars"], paused: true } });
    const params = { id: made.body.session, upload: "upload-1", part: 0, tape: "bars", name: "journal" };
    const needs: readonly (readonly [operation: Operation, body?: unknown])[] = [
      ["createSession", { strategy: "sma_cross", tapes: ["bars"] }],
      ["deleteSession"],
      ["beginUpload", { name: "x", bytes: 1, sha256: "0".repeat(64) }],
      ["putPart", new Uint8Array(1)],
      ["endUpload"],
      ["deleteTape"],
      ["revoke", { name: "root" }],
    ];
    for (const [operation, body] of needs) {
      const { status, body: problem } = await ask(operation, { params, body, token: reader });
      assertEquals([operation, status, problem.name], [operation, 403, "SCOPE_MISSING"]);
    }
    for (const operation of ["readSession", "deleteSession", "readResult", "readFile"] as const) {
      assertEquals((await ask(operation, { params, token: other })).status, 404, operation);
    }
    assertEquals((await ask("listSessions", { token: other })).body, { sessions: [] });
    assertEquals((await ask("readSession", { params, token: reader })).status, 200);
    for (const authorization of [[], ["Bearer a.b.c"], ["Basic eDp5"]]) {
      const headers = authorization.map((each): [string, string] => ["authorization", each]);
      const response = await fetch(`${server.url}/api/sessions`, { headers });
      assertEquals([response.status, (await response.json()).category], [401, "authentication"]);
    }
  }));

Deno.test("mountRest: a revoked token is worth nothing, and cuts who is here by it", () =>
  serving(async ({ ask, server }) => {
    await ask("createSession", { body: { strategy: "sma_cross", tapes: ["bars"], paused: true } });
    const token = await tokenOf("ann", "read"), url = `${server.url.replace("http", "ws")}/ws`;
    const client = connect({ url, token, backoff: { attempts: 1 } });
    await client.ready();
    const cut = new Promise((resolve) => client.on("error", (error) => resolve(error.data.name)));
    assertEquals((await ask("revoke", { body: { tokenId: "t-ann", before: Date.now() + 5000 } })).status, 204);
    assertEquals(await cut, "TOKEN_REVOKED");
    assertEquals((await ask("listSessions", { token })).body.name, "TOKEN_REVOKED");
    assertEquals((await ask("listSessions", { token: await tokenOf("bob", "read") })).status, 200);
    assertEquals((await ask("revoke", { body: {} })).status, 400);
    client.close();
  }));

Deno.test("mountRest: a tape comes in parts, packed or not, twice or once, is looked at, listed, run on and deleted", () =>
  serving(async ({ ask, folder }) => {
    const tape = await Deno.readFile(TAPE), body = { name: "../../my bars", bytes: tape.length, sha256: shaOf(tape) };
    const { status, body: begun } = await ask("beginUpload", { body });
    assertEquals([status, begun.partBytes, begun.parts], [201, 8192, Math.ceil(tape.length / 8192)]);
    const { upload } = begun;
    for (let part = 0; part < (begun.parts as number); part++) {
      const piece = tape.slice(part * 8192, (part + 1) * 8192), params = { upload, part };
      const packed = part % 2 === 1;
      const headers: Record<string, string> = packed ? { "content-encoding": "gzip" } : {};
      const sent = await ask("putPart", { params, body: packed ? new Uint8Array(gzipSync(piece)) : piece, headers });
      assertEquals(sent.body, { part, bytes: piece.length, received: Math.min((part + 1) * 8192, tape.length) });
      if (part === 1) assertEquals((await ask("putPart", { params, body: piece })).body, sent.body);
    }
    const stranger = await tokenOf("eve", "control");
    assertEquals((await ask("endUpload", { params: { upload }, token: stranger })).body.name, "MALFORMED");
    const done = await ask("endUpload", { params: { upload } });
    assertEquals([done.status, done.body.tape, done.body.label, done.body.layout], [201, upload, body.name, "bars"]);
    assertEquals((await ask("endUpload", { params: { upload } })).body, done.body);
    assertMatch(`${upload}`, /^upload-[0-9a-f]{32}$/);
    assertEquals([...Deno.readDirSync(`${folder}/tapes`)].map(({ name }) => name), [`${upload}.arrow`]);
    const made = await ask("createSession", { body: { strategy: "sma_cross", tapes: [upload] } });
    assertEquals(made.status, 201);
    assertEquals((await ask("deleteTape", { params: { tape: upload }, token: stranger })).status, 400);
    assertEquals((await ask("deleteTape", { params: { tape: upload } })).status, 204);
    assertEquals([...Deno.readDirSync(`${folder}/tapes`)].length, 0);
    assertEquals((await ask("deleteTape", { params: { tape: "bars" } })).status, 400);
  }, { partBytesMax: 8192 }));

Deno.test("mountRest: what is no tape, another than was said, too large, out of order or too much is refused and leaves nothing", () =>
  serving(async ({ ask, folder }) => {
    const tape = await Deno.readFile(TAPE),
      put = async (bytes: Uint8Array, sha256 = shaOf(bytes)) => {
        const { status, body: begun } = await ask("beginUpload", { body: { name: "x", bytes: bytes.length, sha256 } });
        if (status !== 201) return begun;
        for (let part = 0; part < (begun.parts as number); part++) {
          const body = bytes.slice(part * 65_536, (part + 1) * 65_536);
          await ask("putPart", { params: { upload: begun.upload, part }, body });
        }
        return (await ask("endUpload", { params: { upload: begun.upload } })).body;
      };
    const damaged = tape.slice();
    damaged[2000] ^= 255;
    const unreadable = tape.map((byte, i) => byte === 0x7b && tape[i + 1] === 0x22 ? 0x5b : byte); // {" of its metadata
    const cases: readonly (readonly [answer: Json, message: RegExp])[] = [
      [await put(new TextEncoder().encode("time,price\n1,2\n")), /Cannot read tape upload-\w+\.arrow: it is text/],
      [await put(tape.slice(0, tape.length / 2)), /upload-\w+\.arrow/],
      [await put(damaged), /upload-\w+\.arrow/],
      [await put(unreadable), /it is no whole tape/],
      [await put(tape, "0".repeat(64)), /its sha256 is/],
      [await put(new Uint8Array(400_000)), /over 300000 bytes/],
    ];
    for (const [{ message }, pattern] of cases) assertMatch(`${message}`, pattern);
    const { body: { upload } } = await ask("beginUpload", {
      body: { name: "x", bytes: 100_000, sha256: "0".repeat(64) },
    });
    const part = async (part: unknown, bytes: number) =>
      (await ask("putPart", { params: { upload, part }, body: new Uint8Array(bytes) })).body.message;
    assertMatch(`${await part(1, 34_464)}`, /part 0 comes next/);
    assertMatch(`${await part(0, 10)}`, /has 10 bytes, not 65536/);
    assertMatch(`${await part(0, 70_000)}`, /over 65536 bytes/);
    assertMatch(`${await part("zero", 10)}`, /it is no number/);
    assertMatch(`${(await ask("endUpload", { params: { upload } })).body.message}`, /0 of its 100000 bytes have come/);
    for (let i = 0; i < 3; i++) await ask("beginUpload", { body: { name: "x", bytes: 10, sha256: "0".repeat(64) } });
    const fifth = await ask("beginUpload", { body: { name: "x", bytes: 10, sha256: "0".repeat(64) } });
    assertEquals([fifth.status, fifth.body.name], [429, "RATE_EXCEEDED"]);
    assertEquals([...Deno.readDirSync(`${folder}/tapes`)].length, 0);
    assertEquals(((await ask("listTapes")).body.tapes as Json[]).length, 5);
  }, { partBytesMax: 65_536, bytesMax: 300_000 }));

Deno.test("mountRest: four parts that one person sends slowly leave room for others, and make room when they break off", () =>
  serving(async ({ server, ask }) => {
    const slow = await tokenOf("ann", "control"), quick = await tokenOf("bob", "control");
    const begin = async (token: string) =>
      (await ask("beginUpload", { body: { name: "x", bytes: 10, sha256: "0".repeat(64) }, token })).body.upload;
    const upload = await begin(slow),
      part = (token: string, upload: unknown) =>
        ask("putPart", { params: { upload, part: 0 }, body: new Uint8Array(10), token });
    const { port, host } = new URL(server.url),
      path = ROUTES.putPart.path.replace("{upload}", `${upload}`).replace("{part}", "0");
    const sockets: Deno.TcpConn[] = [];
    for (let i = 0; i < 4; i++) {
      const socket = await Deno.connect({ port: Number(port), hostname: "127.0.0.1" });
      const head = [
        `PUT ${path} HTTP/1.1`,
        `Host: ${host}`,
        `Authorization: Bearer ${slow}`,
        "Content-Length: 10",
        "",
        "x",
      ];
      await socket.write(new TextEncoder().encode(head.join("\r\n")));
      sockets.push(socket);
    }
    const patiently = async (status: number) => {
      for (;;) {
        const { status: found, body } = await part(slow, upload);
        if (found === status) return body;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    assertEquals((await patiently(503)).name, "OVERLOADED");
    assertEquals((await part(quick, await begin(quick))).status, 200);
    for (const socket of sockets) socket.close();
    assertEquals((await patiently(200)).received, 10);
  }));
