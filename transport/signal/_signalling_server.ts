/** Signalling on a port of its own, for tests. */
import { Hono } from "hono";
import { type HttpServer, serveHttp } from "../link/http_server.ts";
import { mountSignalling, type Signalling, type SignallingOptions } from "./mount.ts";

/** Signalling that stands until it is disposed of. */
export interface SignallingServer extends Signalling, AsyncDisposable {
  readonly http: HttpServer;
  /** "http://127.0.0.1:8787/peer". */
  readonly url: string;
  /** Where its WebSocket is, with a query. */
  socketUrl(query: string): string;
}

/** Serves signalling at /peer; on a port that the system chooses unless one is given. */
export async function signallingServer(options: SignallingOptions = {}, port = 0): Promise<SignallingServer> {
  const app = new Hono();
  const signalling = mountSignalling(app, options);
  const http = await serveHttp({ app, port, onUpgrade: signalling.upgrade });
  return {
    ...signalling,
    http,
    url: `${http.url}/peer`,
    socketUrl: (query) => `${http.url.replace("http", "ws")}/peer/peerjs?${query}`,
    async [Symbol.asyncDispose]() {
      signalling.close();
      await http.close(0);
    },
  };
}

/** A socket by hand: what it hears, and how it ends. */
export async function rawPeer(url: string) {
  const socket = new WebSocket(url);
  const heard: { type: string; src?: string; payload?: { msg?: string } }[] = [];
  const closed = new Promise<number>((resolve) => socket.onclose = ({ code }) => resolve(code));
  socket.onmessage = ({ data }) => heard.push(JSON.parse(data));
  await new Promise((resolve) => socket.onopen = socket.onerror = resolve);
  return { socket, heard, closed };
}
