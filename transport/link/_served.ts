import { Hono } from "hono";
import type { Link } from "./link.ts";
import type { Caller } from "./caller.ts";
import { type HttpLimits, type HttpOptions, type HttpServer, serveHttp } from "./http_server.ts";

/** A server that stands for a test, and hands over what its carrier makes of callers. */
export interface Served {
  readonly http: HttpServer;
  readonly app: Hono;
  /** For carriers: gets their links. */
  readonly onLink: (link: Link, caller: Caller) => void;
  /** The next link that comes, or that has come and was not asked for. */
  next(): Promise<{ readonly link: Link; readonly caller: Caller }>;
  close(): Promise<void>;
}

/** Serves on a port that the system chooses. Routes of `app` must be there before the first request. */
export async function served(
  limits: HttpLimits = {},
  more: Pick<HttpOptions, "proxies" | "tls"> = {},
): Promise<Served> {
  const app = new Hono();
  const http = await serveHttp({ app, limits, ...more });
  const come: { link: Link; caller: Caller }[] = [];
  const wanted: ((one: { link: Link; caller: Caller }) => void)[] = [];
  return {
    http,
    app,
    onLink(link, caller) {
      const resolve = wanted.shift();
      if (resolve) resolve({ link, caller });
      else come.push({ link, caller });
    },
    next() {
      const one = come.shift();
      return one ? Promise.resolve(one) : new Promise((resolve) => wanted.push(resolve));
    },
    close: () => http.close(0),
  };
}

/** A TCP connection that speaks HTTP by hand. */
export interface RawCaller {
  write(text: string | Uint8Array): Promise<void>;
  /** Reads at most so many bytes. */
  sip(count: number): Promise<void>;
  /** Reads until a mark has come, or the other end has closed. */
  until(mark?: string): Promise<string>;
  close(): void;
}

/** Connects to a server without any manners. */
export async function rawCaller(port: number): Promise<RawCaller> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const bytes = new Uint8Array(65_536);
  let text = "";
  let closed = false;
  return {
    async write(what) {
      const data = typeof what === "string" ? new TextEncoder().encode(what) : what;
      for (let at = 0; at < data.length;) at += await connection.write(data.subarray(at));
    },
    async sip(count) {
      await connection.read(bytes.subarray(0, count)).catch(() => null);
    },
    async until(mark) {
      while (!mark || !text.includes(mark)) {
        const count = await connection.read(bytes).catch(() => null);
        if (count === null) break;
        for (const byte of bytes.subarray(0, count)) text += String.fromCharCode(byte);
      }
      return text;
    },
    close() {
      if (!closed) connection.close();
      closed = true;
    },
  };
}

/** Opens a WebSocket by hand, up to the server's answer. */
export async function rawWebSocket(port: number, headers = ""): Promise<RawCaller> {
  const caller = await rawCaller(port);
  await caller.write(
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`,
  );
  await caller.until("\r\n\r\n");
  return caller;
}
