import { createHmac } from "node:crypto";
import type { RunResult } from "../../engine/stats/result.ts";
import type { BacktestOptions } from "../../engine/run/prepare.ts";
import type { HostOptions } from "../host/host_options.ts";
import { HostedSession } from "../host/hosted_session.ts";
import { STILL, TAPE } from "../host/_one_session.ts";
import { Gateway, type GatewayOptions } from "./gateway.ts";

/** A gateway with a session, and requests to it. */
export interface GatewayWorld {
  readonly gateway: Gateway;
  readonly session: HostedSession;
  /** Asks over HTTP; signs where `signed`. */
  ask(request: string, params?: Params, signed?: boolean): Promise<Answer>;
  /** Opens a WebSocket. */
  open(path: string): Promise<Socket>;
  /** Resolves when the session has come to its end. */
  readonly over: Promise<unknown>;
  /** Ends the session, and returns its result where it has one. */
  end(): Promise<RunResult | undefined>;
}

type Params = Readonly<Record<string, string | number>>;

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

/** What JSON came to, for whoever knows what it is. */
export type Json = Awaited<ReturnType<Response["json"]>>;

/** A WebSocket whose messages are waited for one by one. */
export interface Socket {
  /** The next message that passes. */
  next(passes?: (message: Json) => boolean): Promise<Json>;
  send(message: unknown): void;
  /** Resolves to the code with which it closes. */
  readonly closed: Promise<number>;
  close(): void;
}

/** What a gateway is tried with. */
export interface GatewayWish {
  readonly gateway?: Partial<GatewayOptions>;
  readonly session?: Partial<BacktestOptions>;
  readonly host?: Partial<HostOptions>;
}

/** A quiet gateway on the tape that comes along, with money in its account, while `work` is done. */
export async function gatewayWorld(
  work: (world: GatewayWorld) => Promise<void>,
  wish: GatewayWish = {},
): Promise<void> {
  const gateway = new Gateway({ port: 0, quiet: true, quietMs: 2, ...wish.gateway });
  const options = {
    strategy: STILL,
    tape: TAPE,
    cash: { USD: "10000" },
    latency: "5ms",
    limits: SPOT,
    ...wish.session,
  };
  const recorders = [gateway.recorder, ...options.recorders ?? []];
  const session = new HostedSession({ ...options, recorders }, { id: "one", ...wish.host, ...gateway.hostOptions });
  await gateway.start(session);
  const running: Promise<RunResult | undefined> = session.run().catch(() => undefined).finally(() => gateway.ended());
  const sockets: WebSocket[] = [];
  const end = () => {
    session.stop(new Error("enough"));
    return running;
  };
  try {
    await work({
      gateway,
      session,
      end,
      over: running,
      ask: (request, params = {}, signed = false) => ask(gateway, request, params, signed),
      open: (path) => open(`${gateway.url.replace("http", "ws")}${path}`, sockets),
    });
  } finally {
    for (const socket of sockets) socket.close();
    await end();
    await gateway.close();
  }
}

/** Nothing is sold that is not there, and nothing spent. */
export const SPOT = { shortSelling: 0 };

async function ask({ url, key }: Gateway, request: string, params: Params, signed: boolean): Promise<Answer> {
  const [method, path] = request.split(" ");
  const all = Object.entries(signed ? { timestamp: Date.now(), ...params } : params);
  let query = all.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  if (signed) query += `&signature=${sign(key.secret, query)}`;
  const headers = signed ? { "x-mbx-apikey": key.key } : undefined;
  const response = await fetch(`${url}${path}${query ? `?${query}` : ""}`, { method, headers });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** What proves that a payload is from who knows the secret. */
export function sign(secret: string, payload: string): string {
  return createHmac("sha256", secret).update(payload).digest("hex");
}

async function open(url: string, sockets: WebSocket[]): Promise<Socket> {
  const socket = new WebSocket(url), messages: Json[] = [];
  sockets.push(socket);
  let look = () => {};
  socket.onmessage = ({ data }) => {
    messages.push(JSON.parse(data));
    look();
  };
  const closed = new Promise<number>((resolve) => socket.onclose = ({ code }) => resolve(code));
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`Cannot open ${url}`));
  });
  return {
    closed,
    send: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    close: () => socket.close(),
    next: (passes = () => true) =>
      new Promise((resolve) => {
        look = () => {
          for (let message = messages.shift(); message !== undefined; message = messages.shift()) {
            if (!passes(message)) continue;
            look = () => {};
            return resolve(message);
          }
        };
        look();
      }),
  };
}
