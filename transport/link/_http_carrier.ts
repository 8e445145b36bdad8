import type { Context, Env, Hono } from "hono";
import { CODEC_NAMES, type CodecName } from "../protocol/codec.ts";
import { ERRORS } from "../protocol/errors.ts";
import { type Caller, type CheckCaller, codecAsked } from "./caller.ts";
import { FRAME_BYTES_MAX, type LinkLimits } from "./_endpoint.ts";
import { codeOfFault, LIFE_SIGN } from "./_frame_events.ts";
import { type HttpLinkTimes, HttpServerLink } from "./_http_server_link.ts";
import { LINK_HEADER, POST_HEADER } from "./http_headers.ts";
import { systemTimers, type Timers } from "./timers.ts";

/** What a fall-back carrier takes, and who gets the links. */
export interface HttpCarrierOptions extends LinkLimits {
  /** "/sse". */
  readonly path: string;
  /** Codecs that are spoken, the best first; all. */
  readonly protocols?: readonly CodecName[];
  /** Looks at callers first: origin, address, token. */
  readonly check?: CheckCaller;
  /** The address that `linksPerAddressMax` counts a caller by, as behind a proxy; its socket's. */
  readonly addressOf?: (caller: Pick<Caller, "remote" | "headers">) => string;
  /** Gets each link; sets `onFrame` and `onClose` in the same turn. */
  readonly onLink: (link: HttpServerLink, caller: Caller) => void;
  /** Links at a time; 1,000. */
  readonly linksMax?: number;
  /** Links of one address; 64. */
  readonly linksPerAddressMax?: number;
  /** The most bytes of one post; 1 MiB more than a frame takes as base64. */
  readonly postBytesMax?: number;
  /** A link without a reader for so long ends; 15,000 ms. */
  readonly idleMs?: number;
  /** How long a close may wait for the reader; 2,000 ms. */
  readonly closeMs?: number;
  /** A reader that waits gets a sign of life this often; 15,000 ms. */
  readonly lifeSignMs?: number;
  /** Time for all of these; the machine's. */
  readonly timers?: Timers;
}

/** How a request takes what a link sends. `cut` destroys its socket, and says whether there is one to destroy. */
export type Down = (
  link: HttpServerLink,
  request: Request,
  lifeSignMs: number,
  cut: () => boolean,
) => Response | Promise<Response>;

/**
 * Puts a fall-back carrier's routes into an application: POST makes a link, POST with its name brings frames, GET with its
 * name takes them.
 */
export function acceptHttp<E extends Env>(
  app: Hono<E>,
  options: HttpCarrierOptions,
  how: { readonly carrier: "sse" | "polling"; readonly down: Down },
): void {
  const links = new Map<string, HttpServerLink>();
  const linkOf = (request: Request) => links.get(request.headers.get(LINK_HEADER) ?? "");
  app.post(options.path, (context) => {
    if (context.req.raw.headers.has(LINK_HEADER)) return post(linkOf(context.req.raw), context.req.raw, options);
    return open(context, links, options, how.carrier);
  });
  app.get(options.path, (context) => {
    const link = linkOf(context.req.raw);
    if (!link || link.over) return refusal(404, ERRORS.LINK_LOST[0], "there is no such link");
    if (link.attached) return refusal(409, ERRORS.MALFORMED[0], "another request reads this link");
    const { outgoing } = bindings(context);
    return how.down(link, context.req.raw, options.lifeSignMs ?? 15_000, () => {
      outgoing?.destroy();
      return outgoing !== undefined;
    });
  });
}

/** Makes a link for a caller that is let in. */
async function open(
  context: Context,
  links: Map<string, HttpServerLink>,
  options: HttpCarrierOptions,
  carrier: "sse" | "polling",
): Promise<Response> {
  const request = context.req.raw;
  const url = new URL(request.url);
  const codec = codecAsked(url, options.protocols ?? CODEC_NAMES);
  if (!codec) return refusal(400, ERRORS.MALFORMED[0], "the codec is unknown");
  const { headers } = request, from = bindings(context).incoming?.socket?.remoteAddress ?? "";
  const remote = options.addressOf?.({ remote: from, headers }) ?? from;
  const caller: Caller = { url, headers, remote, codec, protocols: [] };
  let refused;
  try {
    refused = await options.check?.(caller);
  } catch {
    refused = { code: ERRORS.FAILED[0], reason: "the caller could not be checked", status: 500 };
  }
  if (refused) return refusal(refused.status ?? 403, refused.code, refused.reason);
  let ofAddress = 0;
  for (const link of links.values()) if (link.remote === remote) ofAddress++;
  const { linksMax = 1000, linksPerAddressMax = 64 } = options;
  if (links.size >= linksMax || ofAddress >= linksPerAddressMax) {
    return refusal(429, ERRORS.CONNECTIONS_EXCEEDED[0], "there are too many links already");
  }
  const { timers = systemTimers, idleMs = 15_000, closeMs = 2000 } = options;
  const times: HttpLinkTimes = { timers, idleMs, closeMs };
  const name = crypto.getRandomValues(new Uint8Array(24)).toBase64({ alphabet: "base64url" });
  const link = new HttpServerLink(carrier, caller, options, times);
  links.set(name, link);
  link.gone = () => links.delete(name);
  options.onLink(link, caller);
  return Response.json({ link: name, postBytesMax: postBytesMaxOf(options) }, { headers: HEADERS });
}

/** Takes what a client posts, in the order of its count, and never more of it than is allowed. */
async function post(
  link: HttpServerLink | undefined,
  request: Request,
  options: HttpCarrierOptions,
): Promise<Response> {
  if (!link || link.over) return refusal(404, ERRORS.LINK_LOST[0], "there is no such link");
  if (Number(request.headers.get(POST_HEADER) ?? NaN) !== link.nextPost) {
    return refusal(409, ERRORS.MALFORMED[0], `the next post is ${link.nextPost}`);
  }
  link.nextPost++;
  const most = postBytesMaxOf(options);
  const tooLarge = () => {
    link.refuseWith(ERRORS.TOO_LARGE[0], `a post has more than ${most} B`);
    return refusal(413, ERRORS.TOO_LARGE[0], `a post has at most ${most} B`);
  };
  if (Number(request.headers.get("content-length") ?? 0) > most) return tooLarge();
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.length;
      if (bytes > most) return tooLarge();
      link.post(chunk);
    }
  } catch (error) {
    const code = codeOfFault(error);
    const reason = code === ERRORS.LINK_LOST[0] ? "a post broke off" : error instanceof Error ? error.message : "";
    link.refuseWith(code, reason);
    return refusal(code === ERRORS.TOO_LARGE[0] ? 413 : 400, code, reason);
  }
  return new Response(null, { status: 204, headers: HEADERS });
}

/** Nothing in between may keep or change what goes through. */
export const HEADERS = { "cache-control": "no-store, no-transform", "x-accel-buffering": "no" } as const;

/** Headers of an answer that carries events. */
export const EVENT_HEADERS = { ...HEADERS, "content-type": "text/event-stream; charset=utf-8" } as const;

/** What a reader gets that waited in vain. */
export const nothingYet = (): Uint8Array<ArrayBuffer> => new Uint8Array(LIFE_SIGN);

function refusal(status: number, code: number, reason: string): Response {
  return Response.json({ code, reason }, { status, headers: HEADERS });
}

function postBytesMaxOf({ postBytesMax, frameBytesMax = FRAME_BYTES_MAX }: HttpCarrierOptions): number {
  return postBytesMax ?? 1_048_576 + Math.ceil(frameBytesMax * 4 / 3);
}

/** What node's server tells of a request; empty on a server that is another. */
interface Bindings {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } };
  readonly outgoing?: { destroy(): void };
}

function bindings(context: Context): Bindings {
  return context.env ?? {};
}
