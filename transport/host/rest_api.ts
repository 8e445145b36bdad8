import type { Context, Hono } from "hono";
import type * as v from "valibot";
import { sha256 } from "../../engine/run/sha256.ts";
import { personOf, type Principal, serverNeed } from "../auth/mod.ts";
import { problemResponse } from "../ops/mod.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { revocationRequest, ROUTES, sessionRequest, uploadRequest } from "../protocol/rest.ts";
import { readBytes, readJson } from "./request_body.ts";
import type { Env, Server } from "./server.ts";
import { sessionOptions } from "./session_options.ts";
import type { SessionPlan, Sessions } from "./sessions.ts";
import type { StrategyRegistry } from "./strategy_registry.ts";
import type { TapeRegistry } from "./tape_registry.ts";
import type { TapeUploads } from "./tape_uploads.ts";

/** What the REST side gives out and takes in. */
export interface RestApi {
  readonly server: Server;
  readonly sessions: Sessions;
  readonly strategies: StrategyRegistry;
  readonly tapes: TapeRegistry;
  /** It shows what is there, and makes no sessions but forks. */
  readonly shows?: true;
  /** None are taken where absent. */
  readonly uploads?: TapeUploads;
  /** How a journal names a file: its path as others will find it. */
  readonly relative: (path: string) => string;
}

/** A request that came in by the door, and whose it is. */
interface Asked {
  readonly principal: Principal;
  readonly address: string;
  readonly request: Request;
  /** A parameter of the route. */
  param(name: string): string;
}

type Handler = (asked: Asked) => Response | Promise<Response>;

/** Tokens live no longer than this, so that a revocation need not be remembered longer. */
const TOKEN_LIFE_MS = 32 * 86_400_000;
/** Bodies of bytes that are held in memory at one time. */
const BODIES_MAX = 16;
/** … of one person, so that slow ones leave room for others. */
const BODIES_OF_ONE_MAX = 4;

/**
 * Puts up the routes that protocol/rest.ts lists, but for tickets to signalling, which are the server's own: each asks the door
 * who comes, then whether they may, and only then looks at the body.
 */
export function mountRest(app: Hono<Env>, api: RestApi): void {
  const { server } = api;
  for (const [operation, handler] of Object.entries(handlers(api)) as [keyof typeof ROUTES, Handler][]) {
    const { method, path } = ROUTES[operation];
    app.on(method, path.replaceAll(/\{(\w+)\}/g, ":$1"), async (context: Context<Env>) => {
      const address = server.addressOf(context);
      try {
        const principal = await server.principalOf(context), param = (name: string) => context.req.param(name) ?? "";
        return await handler({ principal, address, request: context.req.raw, param });
      } catch (error) {
        return problemResponse(
          error,
          (fault) => server.log.error("a request failed", { operation, error: `${fault}` }),
        );
      }
    });
  }
}

function handlers(api: RestApi): Readonly<Record<Exclude<keyof typeof ROUTES, "makeTicket">, Handler>> {
  return { ...ofSessions(api), ...ofTapes(api), revoke: (asked) => revoke(api, asked) };
}

function ofSessions(api: RestApi) {
  const { server, sessions, strategies } = api;
  /** Its name, where it may be seen: to others it is not there. */
  const seen = ({ principal, param }: Asked): string => {
    const id = param("id");
    if (server.maySee(principal, id)) sessions.info(id);
    else throw new ProtocolError("SESSION_UNKNOWN", `Cannot find session ${id}: there is none of that name`);
    return id;
  };
  const readable = (asked: Asked): string => {
    const id = seen(asked);
    server.permit(asked.principal, serverNeed("result_read", id));
    return id;
  };
  return {
    listSessions: ({ principal }: Asked) => {
      const ids = sessions.ids().filter((id) => server.maySee(principal, id));
      return answer(200, { sessions: ids.map((id) => sessions.info(id)) });
    },
    createSession: async (asked: Asked) => {
      const { principal, address, request } = asked, action = "session_create";
      server.permit(principal, serverNeed(action));
      if (api.shows) {
        const why =
          "this server shows one run, of which clock_fork makes others; `lockstep serve` hosts what clients make";
        throw new ProtocolError("MODE_UNSUPPORTED", `Cannot make a session: ${why}`);
      }
      const wanted = await readJson(request, sessionRequest), info = sessions.start(planOf(api, wanted));
      server.record({ principal, address, session: info.session, action, outcome: "done", detail: wanted });
      return answer(201, info);
    },
    readSession: (asked: Asked) => answer(200, sessions.info(seen(asked))),
    deleteSession: async (asked: Asked) => {
      const { principal, address } = asked, session = seen(asked), action = "session_delete";
      server.permit(principal, serverNeed(action, session));
      await sessions.forget(session, `Stopped by ${principal.name}`);
      server.record({ principal, address, session, action, outcome: "done" });
      return new Response(null, { status: 204 });
    },
    readResult: (asked: Asked) =>
      fileAnswer(sessions.file(readable(asked), "result.json"), { "content-type": "application/json" }),
    readFile: (asked: Asked) => {
      const name = asked.param("name");
      return fileAnswer(sessions.file(readable(asked), name), {
        "content-type": "application/octet-stream",
        "content-disposition": `attachment; filename="${name}"`,
      });
    },
    listStrategies: ({ principal }: Asked) => {
      server.permit(principal, serverNeed("session_list"));
      return answer(200, { strategies: strategies.list() });
    },
  };
}

function ofTapes({ server, tapes, uploads }: RestApi) {
  /** Whose bodies are being read, each as often as they send one. */
  const senders: string[] = [];
  const taking = (principal: Principal): TapeUploads => {
    server.permit(principal, serverNeed("upload"));
    if (uploads) return uploads;
    throw new ProtocolError("MODE_UNSUPPORTED", "Cannot upload: this server takes no tapes; see `lockstep serve`");
  };
  return {
    listTapes: ({ principal }: Asked) => {
      server.permit(principal, serverNeed("session_list"));
      return answer(200, { tapes: tapes.list() });
    },
    beginUpload: async ({ principal, address, request }: Asked) => {
      const to = taking(principal), wanted = await readJson(request, uploadRequest);
      const begun = to.begin(personOf(principal), wanted);
      server.record({ principal, address, action: "upload", outcome: "done", detail: { ...wanted, as: begun.upload } });
      return answer(201, begun);
    },
    putPart: async ({ principal, request, param }: Asked) => {
      const to = taking(principal), user = personOf(principal), upload = param("upload"), part = param("part");
      if (!/^\d{1,9}$/.test(part)) throw new ProtocolError("MALFORMED", `Cannot take part ${part}: it is no number`);
      const room = to.room(user, upload);
      const own = senders.filter((sender) => sender === user).length;
      if (senders.length >= BODIES_MAX || own >= BODIES_OF_ONE_MAX) {
        throw new ProtocolError("OVERLOADED", "Cannot take the part: many come at once", 1000);
      }
      senders.push(user);
      try {
        return answer(200, to.part(user, upload, Number(part), await readBytes(request, room)));
      } finally {
        senders.splice(senders.indexOf(user), 1);
      }
    },
    endUpload: async ({ principal, address, param }: Asked) => {
      const { info } = await taking(principal).end(personOf(principal), param("upload"));
      server.record({ principal, address, action: "tape", outcome: "done", detail: { tape: info.tape } });
      return answer(201, info);
    },
    deleteTape: ({ principal, address, param }: Asked) => {
      const tape = param("tape");
      taking(principal).delete(personOf(principal), tape);
      server.record({ principal, address, action: "tape_delete", outcome: "done", detail: { tape } });
      return new Response(null, { status: 204 });
    },
  };
}

async function revoke({ server }: RestApi, { principal, address, request }: Asked): Promise<Response> {
  const action = "revoke";
  server.permit(principal, serverNeed(action));
  const { before = Date.now(), ...whose } = await readJson(request, revocationRequest);
  server.revoke({ ...whose, before, until: Date.now() + TOKEN_LIFE_MS });
  server.record({ principal, address, action, outcome: "done", detail: { ...whose, before } });
  return new Response(null, { status: 204 });
}

/** What a request for a session means: names become a strategy and tapes, and everything else an option of a run. */
function planOf(
  { strategies, tapes, relative }: RestApi,
  { strategy, tapes: names, set = {}, options = {}, pace = "free", speed = 1, paused }: v.InferOutput<
    typeof sessionRequest
  >,
): SessionPlan {
  const { definition, path, sha256: hash } = strategies.get(strategy), found = names.map((name) => tapes.get(name));
  return {
    strategy,
    tapes: names,
    options: {
      ...sessionOptions(options, set, found.map(({ meta }) => meta)),
      strategy: definition,
      tape: found.map((tape) => tape.path),
    },
    pace,
    speed,
    paused,
    journal: { hasher: sha256, strategy: { path, sha256: hash }, relative },
  };
}

const HEADERS = { "cache-control": "no-store" };

/** A file, read as whoever asked for it takes it. */
async function fileAnswer(path: string, headers: Readonly<Record<string, string>>): Promise<Response> {
  const file = await Deno.open(path), { size } = await file.stat();
  return new Response(file.readable, { headers: { ...HEADERS, ...headers, "content-length": `${size}` } });
}

/** JSON, with 64-bit integers as decimal texts. */
function answer(status: number, body: unknown): Response {
  const text = JSON.stringify(body, (_, value) => typeof value === "bigint" ? `${value}` : value);
  return new Response(text, { status, headers: { ...HEADERS, "content-type": "application/json" } });
}
