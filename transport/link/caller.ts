import type { CodecName } from "../protocol/codec.ts";

/** Who asks for a link, as the request says that asked for it. */
export interface Caller {
  /** Path and query; its host is what the caller named. */
  readonly url: URL;
  /** As they came; a token among them perhaps, so not for logs. */
  readonly headers: Headers;
  /** The address it came from, without a port. */
  readonly remote: string;
  /** The codec that was agreed on. */
  readonly codec: CodecName;
  /** Subprotocols it offered, a token among them perhaps; empty where the carrier has none. */
  readonly protocols: readonly string[];
}

/** Why a caller gets no link. */
export interface Refusal {
  /** Code and reason that the caller is told, see protocol/errors.ts. */
  readonly code: number;
  readonly reason: string;
  /** Answer with this HTTP status before a link exists; a browser's WebSocket hears nothing of the code then. */
  readonly status?: number;
}

/** Looks at a caller before it gets a link: undefined lets it in. */
export type CheckCaller = (caller: Caller) => Refusal | undefined | Promise<Refusal | undefined>;

/** The codec that `?codec=` names, the simplest of those served where it names none; undefined where it names another. */
export function codecAsked(url: URL, served: readonly CodecName[]): CodecName | undefined {
  const asked = url.searchParams.get("codec");
  return asked === null ? served.at(-1) : served.find((codec) => codec === asked);
}
